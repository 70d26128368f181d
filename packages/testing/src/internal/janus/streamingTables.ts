// What `create` of the Streaming plugin checks, in the order in which Janus 1.1.2 checks it.
import { type Codes, parameters, type Refusal } from "./wire.ts"

export const codes: Codes = { missing: 453, invalid: 454, unauthorized: 457 }
export const refuse = (error: string): Refusal => ({ code: 456, error })
export const NOTHING = "no audio or video have to be streamed..."

export const common = parameters({
  name: "string",
  description: "string",
  metadata: "string",
  is_private: "boolean",
  type: "string!",
  secret: "string",
  pin: "string",
  media: "array",
  permanent: "boolean",
  audio: "boolean",
  video: "boolean",
  data: "boolean"
})
export const numberId = parameters({ id: "positive integer" })
export const stringId = parameters({ id: "string" })
export const rtpOnly = parameters({
  collision: "positive integer",
  threads: "positive integer",
  srtpsuite: "positive integer",
  srtpcrypto: "string",
  e2ee: "boolean",
  playoutdelay_ext: "boolean"
})
export const mediaLine = parameters({
  type: "string!",
  mid: "string!",
  label: "string",
  msid: "string",
  mcast: "string",
  iface: "string",
  port: "positive integer!",
  rtcpport: "positive integer",
  pt: "positive integer",
  codec: "string",
  rtpmap: "string",
  fmtp: "string",
  skew: "boolean",
  bufferkf: "boolean",
  simulcast: "boolean",
  port2: "positive integer",
  port3: "positive integer",
  svc: "boolean",
  buffermsg: "boolean"
})
const oldLine = (kind: "audio" | "video") =>
  parameters({
    [`${kind}mcast`]: "string",
    [`${kind}port`]: "positive integer!",
    [`${kind}rtcpport`]: "positive integer",
    [`${kind}pt`]: "positive integer!",
    [`${kind}codec`]: "string",
    [`${kind}rtpmap`]: "string",
    [`${kind}fmtp`]: "string",
    [`${kind}iface`]: "string"
  })
export const oldLines = {
  audio: oldLine("audio"),
  video: oldLine("video"),
  data: parameters({
    dataport: "positive integer!",
    databuffermsg: "boolean",
    datatype: "string",
    dataiface: "string"
  })
}
export const file = parameters({
  filename: "string!",
  audiocodec: "string",
  audiortpmap: "string",
  audiofmtp: "string",
  audiopt: "positive integer"
})
export const rtspOnly = parameters({
  url: "string",
  rtsp_user: "string",
  rtsp_pwd: "string",
  rtsp_reconnect_delay: "positive integer",
  rtsp_session_timeout: "positive integer",
  rtsp_timeout: "positive integer",
  rtsp_conn_timeout: "positive integer",
  audiocodec: "string",
  audiortpmap: "string",
  audiofmtp: "string",
  audiopt: "positive integer",
  videocodec: "string",
  videortpmap: "string",
  videofmtp: "string",
  videopt: "positive integer",
  videobufferkf: "boolean",
  threads: "positive integer",
  rtspiface: "string",
  rtsp_failcheck: "boolean"
})
