// A real Janus for the conformance tests of the fake: own folder, free ports, WebSocket on loopback only.
// `kill` and `freeze` act on exactly the process that was started here.
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"

const LIBRARY = "/usr/lib/x86_64-linux-gnu/janus"
const UNUSED_PLUGINS = [
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
]
const UNUSED_TRANSPORTS = ["http", "mqtt", "nanomsg", "pfunix", "rabbitmq"]
const libraries = (names: ReadonlyArray<string>) => names.map((name) => `libjanus_${name}.so`).join(",")

/** What may differ from the ordinary test Janus. */
export interface LocalJanusOptions {
  readonly sessionTimeout?: number
  readonly reclaimSessionTimeout?: number
  readonly apiSecret?: string
  readonly tokenAuth?: boolean
  readonly streamingPorts?: readonly [number, number]
  readonly lockRtpForward?: boolean
}

export interface LocalJanus {
  readonly url: string
  readonly adminUrl: string
  /** Ended with `kill -9` and started again on the same port, with the same files. */
  readonly restart: () => Promise<void>
  readonly stop: () => Promise<void>
  readonly freeze: () => void
  readonly thaw: () => void
}

/** A port that is free at the moment; the kernel chooses. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")))
    })
  })

/** The first IPv4 address of this machine that is not loopback: ICE offers no other. */
export const outsideAddress = (): string => {
  for (const addresses of Object.values(os.networkInterfaces())) {
    const found = addresses?.find((address) => address.family === "IPv4" && !address.internal)
    if (found) return found.address
  }
  throw new Error("this machine has no IPv4 address besides loopback")
}

const files = (
  port: number,
  adminPort: number,
  options: LocalJanusOptions
): ReadonlyArray<readonly [string, string]> => {
  const base = 20_000 + Math.floor(Math.random() * 20) * 1000
  const [first, last] = options.streamingPorts ?? [base, base + 900]
  return [
    [
      "janus.jcfg",
      `general: {
  plugins_folder = "${LIBRARY}/plugins"
  transports_folder = "${LIBRARY}/transports"
  events_folder = "${LIBRARY}/events"
  loggers_folder = "${LIBRARY}/loggers"
  debug_level = 2
  debug_colors = false
  admin_secret = "janusoverlord"
  server_name = "headend-test"
  session_timeout = ${options.sessionTimeout ?? 60}
  reclaim_session_timeout = ${options.reclaimSessionTimeout ?? 0}
  candidates_timeout = 10
}
certificates: {
}
media: {
  ipv6 = false
  rtp_port_range = "41000-45999"
  no_media_timer = 1
}
nat: {
  full_trickle = true
  ice_lite = false
  ignore_mdns = true
}
plugins: {
  disable = "${libraries(UNUSED_PLUGINS)}"
}
transports: {
  disable = "${libraries(UNUSED_TRANSPORTS)}"
}
loggers: {
  disable = "libjanus_jsonlog.so"
}
events: {
  broadcast = false
}
`
    ],
    [
      "janus.transport.websockets.jcfg",
      `general: {
  json = "compact"
  ws = true
  ws_port = ${port}
  ws_ip = "127.0.0.1"
  wss = false
}
admin: {
  admin_ws = true
  admin_ws_port = ${adminPort}
  admin_ws_ip = "127.0.0.1"
  admin_wss = false
}
`
    ],
    [
      "janus.plugin.streaming.jcfg",
      `general: {
  admin_key = "streaming-admin"
  rtp_port_range = "${first}-${last}"
  events = false
}
`
    ],
    [
      "janus.plugin.videoroom.jcfg",
      `general: {
  admin_key = "videoroom-admin"
  lock_rtp_forward = ${options.lockRtpForward ?? true}
  events = false
}
`
    ]
  ]
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1")
    socket.once("connect", () => resolve(socket.destroy() !== undefined))
    socket.once("error", () => resolve(false))
  })

const end = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once("close", () => resolve())
    child.kill("SIGKILL")
  })

const launch = async (args: ReadonlyArray<string>, port: number): Promise<ChildProcess> => {
  const child = spawn("janus", args, { stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  const keep = (chunk: Buffer) => void (output = (output + chunk.toString()).slice(-4000))
  child.stdout.on("data", keep)
  child.stderr.on("data", keep)
  const limit = Date.now() + 60_000
  while (!(await accepts(port))) {
    if (child.exitCode !== null || Date.now() > limit) {
      await end(child)
      throw new Error(`Janus did not start:\n${output}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return child
}

/** Starts a Janus and waits until it accepts connections. Fails with its last output when it ends before that. */
export const startJanus = async (options: LocalJanusOptions = {}): Promise<LocalJanus> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "headend-janus-"))
  const [port, adminPort] = [await freePort(), await freePort()]
  for (const [name, text] of files(port, adminPort, options)) await writeFile(path.join(folder, name), text)
  const args = ["-F", folder, "-E", outsideAddress()]
  if (options.apiSecret) args.push("-a", options.apiSecret)
  if (options.tokenAuth) args.push("-A")
  let child = await launch(args, port)
  return {
    url: `ws://127.0.0.1:${port}`,
    adminUrl: `ws://127.0.0.1:${adminPort}`,
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    restart: async () => {
      await end(child)
      child = await launch(args, port)
    },
    stop: async () => {
      await end(child)
      await rm(folder, { recursive: true, force: true })
    }
  }
}
