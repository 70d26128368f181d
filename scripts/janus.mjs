// A Janus of our own for the demo: the distribution's program with a generated configuration in a folder that goes
// away again; signalling on a free loopback port, admin keys nobody else knows.
import { randomBytes, randomInt } from "node:crypto"
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs"
import { connect, createServer } from "node:net"
import { networkInterfaces } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { launch } from "./processes.mjs"

/** Resolves with the port when it is free on loopback (0: with any free one), else with undefined. */
export const freePort = (port) =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(undefined))
    server.listen({ host: "127.0.0.1", port }, () => {
      const found = server.address().port
      server.close(() => resolve(found))
    })
  })

/** The first IPv4 address that is not loopback: Janus never uses loopback for media. */
export const mediaAddress = () =>
  Object.values(networkInterfaces()).flat().find(({ family, internal }) => family === "IPv4" && !internal)?.address

const accepts = (port) =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port })
    socket.once("error", () => resolve(false))
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
  })

/** The last lines of a log file. */
export const lastLines = (file) => readFileSync(file, "utf8").trimEnd().split("\n").slice(-15).join("\n")

// No folders are named: the program knows where its distribution keeps the plugins. Level 4 would open a crash of
// Janus 1.1.2 (a disabled mountpoint).
const configuration = ({ port, firstMediaPort, streamingKey, videoroomKey }) => ({
  "janus.jcfg": `general: {
  debug_level = 3
  debug_colors = false
  debug_timestamps = true
  server_name = "headend-demo"
  session_timeout = 60
  reclaim_session_timeout = 0
  candidates_timeout = 10
}
media: {
  ipv6 = false
  rtp_port_range = "${firstMediaPort}-${firstMediaPort + 999}"
  no_media_timer = 1
}
nat: {
  full_trickle = true
  ignore_mdns = true
}
plugins: {
  disable = "${
    ["audiobridge", "duktape", "echotest", "lua", "nosip", "recordplay", "sip", "textroom", "videocall", "voicemail"]
      .map((name) => `libjanus_${name}.so`).join(",")
  }"
}
transports: {
  disable = "${["http", "mqtt", "nanomsg", "pfunix", "rabbitmq"].map((name) => `libjanus_${name}.so`).join(",")}"
}
loggers: {
  disable = "libjanus_jsonlog.so"
}
events: {
  broadcast = false
}
`,
  "janus.transport.websockets.jcfg": `general: {
  json = "compact"
  ws = true
  ws_port = ${port}
  ws_ip = "127.0.0.1"
  wss = false
  ws_logging = "err,warn"
}
admin: {
  admin_ws = false
  admin_wss = false
}
`,
  "janus.plugin.streaming.jcfg": `general: {
  admin_key = "${streamingKey}"
  rtp_port_range = "${firstMediaPort + 1000}-${firstMediaPort + 1999}"
  events = false
}
`,
  "janus.plugin.videoroom.jcfg": `general: {
  admin_key = "${videoroomKey}"
  lock_rtp_forward = true
  events = false
}
`
})

/**
 * Starts Janus with its configuration and log in `folder`, offering media on `address`.
 * Resolves once it accepts connections; rejects with its last words when it does not within 15 s.
 */
export const startJanus = async (folder, address) => {
  const port = await freePort(0)
  const key = () => randomBytes(16).toString("hex")
  const [streamingKey, videoroomKey] = [key(), key()]
  // Below the ports that the kernel gives to anybody, and not the same for two demos.
  const firstMediaPort = 20_000 + 2_000 * randomInt(6)

  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(configuration({ port, firstMediaPort, streamingKey, videoroomKey }))) {
    writeFileSync(join(folder, name), text)
  }
  const logFile = join(folder, "janus.log")
  const log = openSync(logFile, "w")
  const janus = launch("janus", ["-F", folder, "-E", address], { cwd: folder, log })
  closeSync(log)

  const listens = async () => {
    for (const limit = Date.now() + 15_000; Date.now() < limit; await sleep(50)) if (await accepts(port)) return true
    return false
  }
  if (await Promise.race([listens(), janus.exited.then(() => false)])) {
    return { ...janus, logFile, url: `ws://127.0.0.1:${port}`, streamingKey, videoroomKey }
  }
  const how = await janus.end(1_000)
  throw new Error(`Janus did not start (${how}):\n${lastLines(logFile)}`)
}
