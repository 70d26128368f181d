/**
 * What a caller passes through to Janus untouched. A field that headend writes itself has its own name in the
 * specification: in `extra` it could turn a request into another one, or take our mark off, and is refused.
 */
import { Schema } from "effect"

type Fields = Readonly<Record<string, string>>

const ours = "headend sets it"
const field = (name: string) => `use "${name}"`

/** What headend writes into every request. */
const always: Fields = {
  request: ours,
  admin_key: "headend sets it from its own settings",
  secret: field("secret"),
  pin: field("pin"),
  description: field("description"),
  is_private: field("private"),
  permanent: field("permanent"),
  threads: field("threads"),
  private: field("private")
}

const ofMountpoint: Fields = {
  ...always,
  type: field("type"),
  id: field("id"),
  room: "it belongs to a room",
  name: field("name"),
  metadata: field("metadata"),
  enabled: field("enabled"),
  collision: field("collision"),
  srtpsuite: field("srtp.suite"),
  srtpcrypto: field("srtp.crypto"),
  media: field("media"),
  audio: field("media"),
  video: field("media"),
  data: field("media"),
  filename: field("filename"),
  url: field("url"),
  rtsp_user: field("rtspUser"),
  rtsp_pwd: field("rtspPassword"),
  rtsp_timeout: field("rtspTimeout"),
  rtsp_conn_timeout: field("rtspConnectTimeout"),
  rtsp_reconnect_delay: field("rtspReconnectDelay")
}

const ofRoom: Fields = {
  ...always,
  room: "use the \"id\" of the room",
  id: "use the \"id\" of the room",
  type: "it belongs to a mountpoint",
  metadata: "it belongs to a mountpoint",
  admin_key: field("adminKey"),
  publishers: field("publishers"),
  bitrate: field("bitrate"),
  bitrate_cap: field("bitrateCap"),
  fir_freq: field("firInterval"),
  audiocodec: field("audioCodecs"),
  videocodec: field("videoCodecs"),
  vp9_profile: field("vp9Profile"),
  h264_profile: field("h264Profile"),
  opus_fec: field("opusFec"),
  opus_dtx: field("opusDtx"),
  audiolevel_ext: field("audioLevel"),
  audiolevel_event: field("audioLevelEvents"),
  audio_active_packets: field("audioActivePackets"),
  audio_level_average: field("audioLevelAverage"),
  videoorient_ext: field("videoOrientation"),
  playoutdelay_ext: field("playoutDelay"),
  transport_wide_cc_ext: field("transportWideCongestionControl"),
  record: field("record"),
  rec_dir: field("recordFolder"),
  lock_record: field("lockRecord"),
  require_pvtid: field("requirePrivateId"),
  signed_tokens: field("signedTokens"),
  notify_joining: field("notifyJoining"),
  require_e2ee: field("requireE2ee"),
  dummy_publisher: field("dummyPublisher"),
  allowed: field("allowed")
}

const reason = (fields: Fields, name: string): string | undefined =>
  name.startsWith("new_") ? ours : Object.hasOwn(fields, name) ? fields[name] : undefined

const make = (fields: Fields) =>
  Schema.Record(Schema.String, Schema.Unknown).check(
    Schema.makeFilter((extra: { readonly [name: string]: unknown }) =>
      Object.keys(extra).flatMap((name) => {
        const why = reason(fields, name)
        return why === undefined ? [] : [{ path: [name], issue: `"${name}" may not be given in extra: ${why}` }]
      })
    )
  )

/** Fields for the making of a mountpoint that headend has no name for. */
export const MountpointExtra = make(ofMountpoint)
/** Fields for the making of a room that headend has no name for. */
export const RoomExtra = make(ofRoom)

const others = (fields: Fields) => (extra: { readonly [name: string]: unknown } | undefined) =>
  Object.fromEntries(Object.entries(extra ?? {}).filter(([name]) => reason(fields, name) === undefined))

/** Those of a mountpoint's that headend does not write itself: a specification built by hand was never decoded. */
export const forMountpoint = others(ofMountpoint)
/** Those of a room's that headend does not write itself. */
export const forRoom = others(ofRoom)
