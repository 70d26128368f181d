// What `info` tells about the server. The version is what a client gates its features on.
import type { State } from "./State.ts"
import type { Fields } from "./wire.ts"

const plugin = (name: string, description: string): Fields => ({
  name,
  author: "Meetecho s.r.l.",
  description,
  version_string: "0.0.9",
  version: 9
})

/** 1102 is 1.1.2. */
const versionString = (version: number) =>
  `${Math.floor(version / 1000)}.${Math.floor(version / 100) % 10}.${version % 100}`

export const serverInfo = ({ settings }: State): Fields => ({
  name: "Janus WebRTC Server",
  version: settings.version,
  version_string: versionString(settings.version),
  author: "Meetecho s.r.l.",
  "commit-hash": "not-a-git-repo",
  "compile-time": "Thu Jan  1 00:00:00 UTC 1970",
  "log-to-stdout": true,
  "log-to-file": false,
  data_channels: true,
  "accepting-new-sessions": true,
  "session-timeout": settings.sessionTimeout,
  "reclaim-session-timeout": settings.reclaimSessionTimeout,
  "candidates-timeout": 10,
  "server-name": settings.serverName,
  "local-ip": settings.address,
  ipv6: false,
  "ice-lite": false,
  "ice-tcp": false,
  "ice-nomination": "aggressive",
  "ice-keepalive-conncheck": false,
  "full-trickle": settings.fullTrickle,
  "mdns-enabled": false,
  "min-nack-queue": 200,
  "nack-optimizations": false,
  "twcc-period": 200,
  "dtls-mtu": 1200,
  "static-event-loops": 0,
  api_secret: settings.apiSecret !== undefined,
  auth_token: settings.tokens !== undefined,
  event_handlers: false,
  opaqueid_in_api: false,
  dependencies: {},
  transports: {
    "janus.transport.websockets": {
      name: "JANUS WebSockets transport plugin",
      author: "Meetecho s.r.l.",
      description: "This is a test double.",
      version_string: "0.0.1",
      version: 1
    }
  },
  events: {},
  loggers: {},
  plugins: {
    "janus.plugin.streaming": plugin("JANUS Streaming plugin", "This is a test double."),
    "janus.plugin.videoroom": plugin("JANUS VideoRoom plugin", "This is a test double.")
  }
})
