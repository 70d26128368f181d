// What the VideoRoom plugin checks, in the order in which Janus 1.1.2 checks it.
import { type Codes, parameters } from "./wire.ts"

export const codes: Codes = { missing: 429, invalid: 430, unauthorized: 433 }

export const roomId = { number: parameters({ room: "positive integer!" }), string: parameters({ room: "string!" }) }
export const maybeRoomId = { number: parameters({ room: "positive integer" }), string: parameters({ room: "string" }) }
export const userId = { number: parameters({ id: "positive integer!" }), string: parameters({ id: "string!" }) }
export const maybeUserId = { number: parameters({ id: "positive integer" }), string: parameters({ id: "string" }) }
export const feedId = { number: parameters({ feed: "positive integer!" }), string: parameters({ feed: "string!" }) }
export const publisherId = {
  number: parameters({ publisher_id: "positive integer!" }),
  string: parameters({ publisher_id: "string!" })
}

export const creatable = parameters({
  description: "string",
  is_private: "boolean",
  allowed: "array",
  secret: "string",
  pin: "string",
  require_pvtid: "boolean",
  signed_tokens: "boolean",
  bitrate: "positive integer",
  bitrate_cap: "boolean",
  fir_freq: "positive integer",
  publishers: "positive integer",
  audiocodec: "string",
  videocodec: "string",
  vp9_profile: "string",
  h264_profile: "string",
  opus_fec: "boolean",
  opus_dtx: "boolean",
  video_svc: "boolean",
  audiolevel_ext: "boolean",
  audiolevel_event: "boolean",
  audio_active_packets: "positive integer",
  audio_level_average: "positive integer",
  videoorient_ext: "boolean",
  playoutdelay_ext: "boolean",
  transport_wide_cc_ext: "boolean",
  record: "boolean",
  rec_dir: "string",
  lock_record: "boolean",
  permanent: "boolean",
  notify_joining: "boolean",
  require_e2ee: "boolean",
  dummy_publisher: "boolean",
  dummy_streams: "array"
})

export const editable = parameters({
  secret: "string",
  new_description: "string",
  new_is_private: "boolean",
  new_secret: "string",
  new_pin: "string",
  new_require_pvtid: "boolean",
  new_bitrate: "positive integer",
  new_fir_freq: "positive integer",
  new_publishers: "positive integer",
  new_lock_record: "boolean",
  new_rec_dir: "string",
  permanent: "boolean"
})

export const destroyable = parameters({ permanent: "boolean" })
export const kickable = parameters({ secret: "string" })

export const joinable = parameters({
  ptype: "string!",
  audio: "boolean",
  video: "boolean",
  data: "boolean",
  bitrate: "positive integer",
  record: "boolean",
  filename: "string",
  token: "string"
})
export const displayable = parameters({ display: "string" })
export const describable = parameters({ mid: "string!", description: "string!" })

export const publishable = parameters({
  descriptions: "array",
  audiocodec: "string",
  videocodec: "string",
  bitrate: "positive integer",
  keyframe: "boolean",
  record: "boolean",
  filename: "string",
  display: "string",
  secret: "string",
  audio: "boolean",
  video: "boolean",
  data: "boolean",
  update: "boolean",
  restart: "boolean"
})

export const subscribable = parameters({
  streams: "array",
  private_id: "positive integer",
  autoupdate: "boolean",
  audio: "boolean",
  video: "boolean",
  data: "boolean"
})
export const subscribedStream = parameters({ mid: "string", crossrefid: "string", send: "boolean" })

const legacyForward = {
  video_port: "positive integer",
  video_rtcp_port: "positive integer",
  video_ssrc: "positive integer",
  video_pt: "positive integer",
  video_port_2: "positive integer",
  video_ssrc_2: "positive integer",
  video_pt_2: "positive integer",
  video_port_3: "positive integer",
  video_ssrc_3: "positive integer",
  video_pt_3: "positive integer",
  audio_port: "positive integer",
  audio_rtcp_port: "positive integer",
  audio_ssrc: "positive integer",
  audio_pt: "positive integer",
  data_port: "positive integer"
} as const
export const forwardable = parameters({
  secret: "string",
  host: "string!",
  host_family: "string",
  simulcast: "boolean",
  srtp_suite: "positive integer",
  srtp_crypto: "string",
  streams: "array",
  ...legacyForward
})
export const forwardedStream = parameters({
  secret: "string",
  mid: "string!",
  host: "string",
  host_family: "string",
  port: "positive integer!",
  rtcp_port: "positive integer",
  ssrc: "positive integer",
  pt: "positive integer",
  simulcast: "boolean",
  srtp_suite: "positive integer",
  srtp_crypto: "string",
  port_2: "positive integer",
  ssrc_2: "positive integer",
  pt_2: "positive integer",
  port_3: "positive integer",
  ssrc_3: "positive integer",
  pt_3: "positive integer"
})
export const stoppable = parameters({ secret: "string", stream_id: "positive integer!" })
