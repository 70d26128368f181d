/**
 * The fields of streaming_utils by their names here. Some have two names there: its own, and that of Janus.
 */
import type { Target } from "./carrying.ts"

type Table = Readonly<Record<string, Target>>

/** Seconds there, milliseconds here; what is no number is left for the schema to refuse. */
const millis = (value: unknown) => (typeof value === "number" ? value * 1000 : value)
const lower = (value: unknown) => (typeof value === "string" ? value.toLowerCase() : value)
/** Janus takes `opus,pcmu`. */
const list = (value: unknown) => (typeof value === "string" ? value.split(",").map((one) => one.trim()) : value)

const everyTrack: Table = {
  type: "type",
  mid: "mid",
  port: "port",
  multicast: "multicast",
  mcast: "multicast",
  bind_interface: "interface",
  iface: "interface",
  label: "label",
  mindex: "sourceIndex"
}

const rtpTrack: Table = {
  ...everyTrack,
  pt: "pt",
  codec: ["codec", lower],
  fmtp: "fmtp",
  rtp_port: "rtcpPort",
  rtcp_port: "rtcpPort",
  rtcpport: "rtcpPort"
}

export const tracks: Readonly<Record<string, Table>> = {
  audio: rtpTrack,
  video: {
    ...rtpTrack,
    simulcast: "simulcast",
    svc: "svc",
    buffer_keyframes: "bufferKeyframes",
    bufferkf: "bufferKeyframes",
    h264_sps: "h264Sps",
    h264sps: "h264Sps"
  },
  data: {
    ...everyTrack,
    data_type: "dataType",
    datatype: "dataType",
    buffer_latest_message: "bufferLatestMessage",
    databuffermsg: "bufferLatestMessage"
  }
}

export const mountpoint: Table = {
  type: "type",
  id: "id",
  name: "name",
  description: "description",
  metadata: "metadata",
  secret: "secret",
  pin: "pin",
  is_private: "private",
  permanent: "permanent",
  enabled: "enabled",
  filename: "filename",
  url: "url",
  rtsp_user: "rtspUser",
  rtsp_pwd: "rtspPassword",
  rtsp_timeout: ["rtspTimeout", millis],
  rtsp_conn_timeout: ["rtspConnectTimeout", millis],
  rtsp_reconnect_delay: ["rtspReconnectDelay", millis],
  threads: "threads",
  collision: "collision",
  extra: "extra"
}

export const room: Table = {
  description: "description",
  is_private: "private",
  permanent: "permanent",
  publishers: "publishers",
  bitrate: "bitrate",
  bitrate_cap: "bitrateCap",
  fir_freq: ["firInterval", millis],
  audiocodec: ["audioCodecs", list],
  videocodec: ["videoCodecs", list],
  vp9_profile: "vp9Profile",
  h264_profile: "h264Profile",
  opus_fec: "opusFec",
  opus_dtx: "opusDtx",
  audiolevel_ext: "audioLevel",
  audiolevel_event: "audioLevelEvents",
  audio_active_packets: "audioActivePackets",
  audio_level_average: "audioLevelAverage",
  videoorient_ext: "videoOrientation",
  playoutdelay_ext: "playoutDelay",
  transport_wide_cc_ext: "transportWideCongestionControl",
  record: "record",
  rec_dir: "recordFolder",
  lock_record: "lockRecord",
  require_pvtid: "requirePrivateId",
  signed_tokens: "signedTokens",
  notify_joining: "notifyJoining",
  require_e2ee: "requireE2ee",
  dummy_publisher: "dummyPublisher",
  threads: "threads",
  allowed: "allowed",
  admin_key: "adminKey",
  extra: "extra"
}

export const camera: Table = {
  url: "url",
  username: "username",
  password: "password",
  transport: "transport",
  timeout: ["timeout", millis]
}

export const ingest: Table = { rtmp_url: "rtmpUrl", app: "app", stream_key: "streamKey", srs_api: "srsApi" }

export const obs: Table = {
  obs_host: "host",
  obs_port: "port",
  obs_password: "password",
  obs_secure: "secure"
}
