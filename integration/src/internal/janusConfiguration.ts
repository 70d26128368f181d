// The configuration of a Janus for tests: WebSockets on loopback, Streaming and VideoRoom, no STUN or TURN. Folders of
// plugins are left to the program's own defaults, which differ from machine to machine.
import type { RealJanusOptions } from "../RealJanus.ts"

interface Range {
  readonly first: number
  readonly last: number
}

interface Settings extends Omit<RealJanusOptions, "rtpPorts"> {
  readonly port: number
  readonly adminPort: number
  readonly icePorts: Range
  readonly rtpPorts: Range
  readonly adminSecret: string
  readonly streamingAdminKey: string
  readonly videoroomAdminKey: string
}

const libraries = (...names: ReadonlyArray<string>) => names.map((name) => `libjanus_${name}.so`).join(",")

const range = ({ first, last }: Range) => `${first}-${last}`

/** The files of the configuration folder, by name. */
export const configuration = (settings: Settings): Readonly<Record<string, string>> => ({
  "janus.jcfg": `
general: {
  debug_level = ${settings.debugLevel ?? 3}
  debug_colors = false
  debug_timestamps = true
  admin_secret = "${settings.adminSecret}"
  ${settings.apiSecret === undefined ? "" : `api_secret = "${settings.apiSecret}"`}
  server_name = "headend-test"
  session_timeout = ${settings.sessionTimeout ?? 60}
  reclaim_session_timeout = ${settings.reclaimSessionTimeout ?? 0}
  candidates_timeout = 10
}
media: {
  ipv6 = false
  rtp_port_range = "${range(settings.icePorts)}"
  no_media_timer = 1
}
nat: {
  full_trickle = true
  ice_lite = false
  ignore_mdns = true
}
plugins: {
  disable = "${
    libraries(
      "audiobridge",
      "duktape",
      "echotest",
      "lua",
      "nosip",
      "recordplay",
      "sip",
      "textroom",
      "videocall",
      "voicemail"
    )
  }"
}
transports: {
  disable = "${libraries("http", "mqtt", "nanomsg", "pfunix", "rabbitmq")}"
}
loggers: {
  disable = "${libraries("jsonlog")}"
}
events: {
  broadcast = false
}
`,
  "janus.transport.websockets.jcfg": `
general: {
  json = "compact"
  ws = true
  ws_port = ${settings.port}
  ws_ip = "127.0.0.1"
  wss = false
  ws_logging = "err,warn"
}
admin: {
  admin_ws = true
  admin_ws_port = ${settings.adminPort}
  admin_ws_ip = "127.0.0.1"
  admin_wss = false
}
`,
  "janus.plugin.streaming.jcfg": `
general: {
  admin_key = "${settings.streamingAdminKey}"
  rtp_port_range = "${range(settings.rtpPorts)}"
  events = false
  string_ids = ${settings.stringIds ?? false}
}
`,
  "janus.plugin.videoroom.jcfg": `
general: {
  admin_key = "${settings.videoroomAdminKey}"
  lock_rtp_forward = ${settings.lockRtpForward ?? true}
  events = false
  string_ids = ${settings.stringIds ?? false}
}
`
})
