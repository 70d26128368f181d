// Our field names to Janus' and back. What is not given is left out: Janus has its own defaults.
import * as Extra from "@headend/core/Extra"
import type { MountpointId, MountpointSpec, RtpMountpointSpec } from "@headend/core/Mountpoint"
import type { Forward, ForwardOptions, RoomId, RoomSpec } from "@headend/core/Room"
import { complete, type CompleteTrack, standard } from "@headend/core/Track"
import { Duration, Redacted } from "effect"

export type Body = Readonly<Record<string, unknown>>

const value = (secret: Redacted.Redacted | undefined) => (secret === undefined ? undefined : Redacted.value(secret))

const given = (fields: Record<string, unknown>): Record<string, unknown> => {
  const body: Record<string, unknown> = {}
  for (const name in fields) if (fields[name] !== undefined) body[name] = fields[name]
  return body
}

/** Janus counts in whole seconds: up, and at least 1 for anything above 0. */
const seconds = (duration: Duration.Duration | undefined) =>
  duration === undefined ? undefined : Math.ceil(Duration.toSeconds(duration))

/** What a mountpoint listens on, with every choice made. */
export const tracksOf = (spec: RtpMountpointSpec): ReadonlyArray<CompleteTrack> => complete(spec.media ?? standard)

const collisionMillis = 200

const media = (track: CompleteTrack, defaultInterface: string): Body => {
  const common = {
    type: track.type,
    mid: track.mid,
    label: track.label,
    port: track.port ?? 0,
    iface: track.interface ?? defaultInterface,
    mcast: track.multicast
  }
  if (track.type === "data") {
    return given({ ...common, datatype: track.dataType, databuffermsg: track.bufferLatestMessage })
  }
  const rtp = { ...common, pt: track.pt, codec: track.codec, fmtp: track.fmtp }
  if (track.type === "audio") return given({ ...rtp, rtcpport: track.rtcpPort })
  return given({
    ...rtp,
    rtcpport: track.rtcpPort ?? 0,
    simulcast: track.simulcast,
    svc: track.svc,
    bufferkf: track.bufferKeyframes ?? true,
    h264sps: track.h264Sps
  })
}

/** How a mountpoint is made, but for the admin key. */
export const mountpoint = (
  spec: MountpointSpec & { readonly id: MountpointId },
  own: { readonly secret: string; readonly metadata: string; readonly interface: string }
): Body => ({
  ...Extra.forMountpoint(spec.extra),
  ...given({
    type: spec.type,
    id: spec.id,
    name: spec.name,
    description: spec.description,
    metadata: own.metadata,
    secret: own.secret,
    pin: value(spec.pin),
    is_private: spec.private,
    permanent: spec.permanent
  }),
  ...byType(spec, own.interface)
})

const byType = (spec: MountpointSpec, defaultInterface: string): Body => {
  switch (spec.type) {
    case "rtp":
      return given({
        threads: spec.threads,
        collision: spec.collision === undefined ? collisionMillis : Math.ceil(Duration.toMillis(spec.collision)),
        srtpsuite: spec.srtp?.suite,
        srtpcrypto: value(spec.srtp?.crypto),
        media: tracksOf(spec).map((track) => media(track, defaultInterface))
      })
    case "live":
    case "ondemand":
      // Janus plays audio files only, and those of Opus only when it is told that they are
      return {
        filename: spec.filename,
        audio: true,
        ...(spec.filename.endsWith(".opus") ? { audiocodec: "opus", audiopt: 111 } : {})
      }
    case "rtsp":
      return given({
        url: Redacted.value(spec.url),
        rtsp_user: spec.rtspUser,
        rtsp_pwd: value(spec.rtspPassword),
        rtsp_timeout: seconds(spec.rtspTimeout),
        rtsp_conn_timeout: seconds(spec.rtspConnectTimeout),
        rtsp_reconnect_delay: seconds(spec.rtspReconnectDelay),
        audio: true,
        video: true
      })
  }
}

const codecs = (list: ReadonlyArray<string> | undefined) => list?.join(",")

/** How a room is made, but for the admin key. */
export const room = (
  id: RoomId,
  spec: RoomSpec,
  own: { readonly secret: string; readonly description: string; readonly token: string | undefined }
): Body => ({
  ...Extra.forRoom(spec.extra),
  ...given({
    room: id,
    description: own.description,
    secret: own.secret,
    pin: value(spec.pin),
    is_private: spec.private,
    permanent: spec.permanent,
    publishers: spec.publishers ?? 3,
    bitrate: spec.bitrate,
    bitrate_cap: spec.bitrateCap,
    fir_freq: seconds(spec.firInterval) ?? 10,
    audiocodec: codecs(spec.audioCodecs ?? ["opus"]),
    videocodec: codecs(spec.videoCodecs ?? ["h264"]),
    vp9_profile: spec.vp9Profile,
    h264_profile: spec.h264Profile,
    opus_fec: spec.opusFec,
    opus_dtx: spec.opusDtx,
    audiolevel_ext: spec.audioLevel,
    audiolevel_event: spec.audioLevelEvents,
    audio_active_packets: spec.audioActivePackets,
    audio_level_average: spec.audioLevelAverage,
    videoorient_ext: spec.videoOrientation,
    playoutdelay_ext: spec.playoutDelay,
    transport_wide_cc_ext: spec.transportWideCongestionControl,
    record: spec.record,
    rec_dir: spec.recordFolder,
    lock_record: spec.lockRecord,
    require_pvtid: spec.requirePrivateId,
    signed_tokens: spec.signedTokens,
    notify_joining: spec.notifyJoining,
    require_e2ee: spec.requireE2ee,
    dummy_publisher: spec.dummyPublisher,
    threads: spec.threads,
    allowed: spec.allowed === undefined
      ? undefined
      : [...spec.allowed.map(Redacted.value), ...(own.token === undefined ? [] : [own.token])],
    admin_key: value(spec.adminKey)
  })
})

/** How tracks are forwarded, but for room and keys. `addresses` are those of the forwards' hosts. */
export const forward = (
  publisher: unknown,
  forwards: ReadonlyArray<Forward>,
  options: ForwardOptions,
  address: (host: string) => string
): Body => ({
  publisher_id: publisher,
  host: address(forwards[0]?.host ?? "127.0.0.1"),
  // Janus 1.1.2 takes no notice of these two inside of a stream, and would send in clear
  ...given({ srtp_suite: options.srtp?.suite, srtp_crypto: value(options.srtp?.crypto) }),
  streams: forwards.map((one) =>
    given({
      mid: one.sourceMid,
      host: address(one.host),
      port: one.port,
      rtcp_port: one.rtcpPort ?? undefined,
      pt: one.pt ?? undefined,
      ssrc: options.ssrc,
      simulcast: options.simulcast
    })
  )
})

const hidden = new Set([
  "secret",
  "new_secret",
  "pin",
  "admin_key",
  "token",
  "allowed",
  "srtpcrypto",
  "srtp_crypto",
  "rtsp_pwd",
  "apisecret"
])

// an address that is a secret as a whole shows its scheme; any other neither credentials nor query
const wholeAddress = (address: unknown) => String(address).replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*$/is, "$1***")
const openAddress = (text: string) =>
  text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1***@")
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^?#]*)[?#].*$/is, "$1?***")

/** A request as a plan shows it: secrets as `***`, also in `extra` and in addresses. */
export const redact = (body: unknown): unknown => {
  if (typeof body === "string") return openAddress(body)
  if (Array.isArray(body)) return body.map(redact)
  if (typeof body !== "object" || body === null) return body
  return Object.fromEntries(
    Object.entries(body).map((
      [name, field]
    ) => [name, hidden.has(name) ? "***" : name === "url" ? wholeAddress(field) : redact(field)])
  )
}
