// Behind `npm run demo`, once run.mjs has done the set-up: a broadcast on air and the address of its page.
// `fake` as an argument takes the embedded fake Janus; `--seconds N` ends it by itself.
import { randomBytes } from "node:crypto"
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { freePort, lastLines, mediaAddress, startJanus } from "./janus.mjs"
import { endAll, launch, root, run, toldToEnd, whenToldToEnd } from "./processes.mjs"
import { ensurePrograms, isInstalled } from "./programs.mjs"
import { inTurn } from "./turn.mjs"

const usage = (why) => {
  console.error(`\n${why}\n\nUsage: npm run demo -- [fake] [--seconds N]`)
  process.exit(2)
}

const readOptions = () => {
  try {
    return parseArgs({ allowPositionals: true, options: { seconds: { type: "string" } } })
  } catch (error) {
    return usage(error.message)
  }
}

const { positionals, values } = readOptions()
const stranger = positionals.find((word) => word !== "fake")
if (stranger !== undefined) usage(`What is "${stranger}"?`)
const seconds = values.seconds === undefined ? undefined : Number(values.seconds)
// a timer takes no more milliseconds than 31 bits hold
if (seconds !== undefined && !(seconds > 0 && seconds <= 2_000_000)) {
  usage(`--seconds takes a number of seconds, up to 2000000, not "${values.seconds}".`)
}

/** Resolves when the demo is to end: told by a signal. */
const told = new Promise((resolve) =>
  whenToldToEnd((signal) => {
    endAll(signal, 10_000)
    resolve(undefined)
  })
)

class Ended extends Error {}

const goOn = () => {
  if (toldToEnd() !== undefined) throw new Ended()
}

/** The Janus to use, or the reason why it can only be the fake. */
const chooseJanus = () => {
  if (positionals.includes("fake")) return { reason: "as you asked" }
  const missing = ensurePrograms(["janus", "ffmpeg"])
  if (missing.includes("janus")) return { reason: "there is no Janus on this machine" }
  const address = mediaAddress()
  return address === undefined ? { reason: "this machine has no address but loopback" } : { address }
}

const build = async () => {
  console.log("Building …")
  const path = `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH}`
  const env = { ...process.env, PATH: path, TURBO_TELEMETRY_DISABLED: "1" }
  const code = await run("turbo", ["run", "build", "--filter=@headend/http"], { env, quiet: true })
  goOn()
  if (code !== 0) throw new Error("The build failed.")
}

const portForHttp = async () => {
  for (let port = 8080; port < 8180; port++) if (await freePort(port) !== undefined) return port
  throw new Error("No free port from 8080 to 8179.")
}

/** The settings that give a program this Janus. */
const janusSettings = (janus) => ({
  HEADEND_JANUS_URL: janus.url,
  HEADEND_JANUS_STREAMING_ADMIN_KEY: janus.streamingKey,
  HEADEND_JANUS_VIDEOROOM_ADMIN_KEY: janus.videoroomKey,
  HEADEND_JANUS_RTP_HOST: "127.0.0.1"
})

/** The same for programs of one's own, in a file for a shell to read. */
const writeSettings = (folder, janus) => {
  const lines = Object.entries(janusSettings(janus)).map(([name, value]) => `export ${name}='${value}'\n`)
  writeFileSync(join(folder, "janus.env"), lines.join(""), { mode: 0o600 })
}

/** Starts the HTTP app; the settings of this shell are not for the demo, those for its log excepted. */
const startHttp = (folder, port, janus) => {
  const inherited = Object.entries(process.env).filter(([name]) => !/^HEADEND_(?!LOG_)/.test(name))
  const env = {
    ...Object.fromEntries(inherited),
    HEADEND_HTTP_PORT: String(port),
    HEADEND_REGISTRY: "memory",
    HEADEND_SECRET_KEY: randomBytes(32).toString("base64"),
    ...janus ? janusSettings(janus) : { HEADEND_JANUS_URL: "fake" }
  }
  const logFile = join(folder, "http.log")
  const log = openSync(logFile, "w")
  const http = launch("node", [join(root, "apps", "http", "dist", "main.js")], { cwd: folder, env, log })
  closeSync(log)
  return { ...http, logFile }
}

const untilReady = async (address) => {
  for (const limit = Date.now() + 30_000; Date.now() < limit; await sleep(100)) {
    const answer = await fetch(`${address}/readyz`).catch(() => undefined)
    if (answer?.status === 200) return
    if (toldToEnd() !== undefined) return
  }
  throw new Error("The HTTP app was not ready within 30 s.")
}

/** A test pattern where there are a real Janus and FFmpeg; otherwise whoever opens the page publishes. */
const hasPattern = (choice) => choice.address !== undefined && isInstalled("ffmpeg") && isInstalled("ffprobe")

const startBroadcast = async (address, choice) => {
  const source = hasPattern(choice)
    ? { kind: "test_pattern", width: 640, height: 360, fps: 25 }
    : { kind: "browser_webrtc" }
  const wait = hasPattern(choice) ? "?wait=running&timeout=30" : ""
  const answer = await fetch(`${address}/v1/broadcasts/demo${wait}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ description: "Demo", source })
  })
  if (!answer.ok) throw new Error(`The broadcast was refused: ${answer.status} ${await answer.text()}`)
}

const tell = (address, choice, folder) => {
  const fake = choice.address === undefined
  console.log(`
headend demo: the broadcast "demo" ${hasPattern(choice) ? "is on air" : "is waiting for its publisher"}.

  Page    ${address}/
  Janus   ${
    fake ? `the embedded fake, ${choice.reason}: there will be no picture` : `the real one, media on ${choice.address}`
  }
  Logs    ${folder}
${fake ? "" : `  Own     ". ${folder}/janus.env" in a shell gives your own programs this Janus\n`}
${
    hasPattern(choice)
      ? "Open the page: it shows a test pattern, relayed by FFmpeg through Janus. Unmute it to hear a beep each second."
      : `Open the page and click "Publish picture": this browser sends a moving picture and a tone, no camera needed.
${
        fake
          ? "The states are real, the picture is not: the fake carries no media."
          : "Then click Watch: the picture comes back through Janus."
      }`
  }
Ctrl-C ends it all.
`)
}

/** The whole demo; every part started is put on `parts`, and its unexpected end is the demo's. */
const demo = async (folder, parts) => {
  const choice = await inTurn(async () => {
    goOn()
    const choice = chooseJanus()
    await build()
    return choice
  })

  const death = Promise.withResolvers()
  death.promise.catch(() => {})
  const watch = (name, part) => {
    parts.unshift(part)
    void part.exited.then((how) =>
      death.reject(new Error(`${name} ended by itself (${how}):\n${lastLines(part.logFile)}`))
    )
    return part
  }
  const janus = choice.address && watch("Janus", await startJanus(join(folder, "janus"), choice.address))
  if (janus) writeSettings(folder, janus)
  const address = `http://127.0.0.1:${await portForHttp()}`
  watch("The HTTP app", startHttp(folder, new URL(address).port, janus))
  const alive = async (promise) => {
    await Promise.race([promise, death.promise, told])
    goOn()
  }

  await alive(untilReady(address))
  await alive(startBroadcast(address, choice))
  tell(address, choice, folder)
  const time = seconds === undefined ? new Promise(() => {}) : sleep(seconds * 1000)
  await alive(time)
}

const folder = mkdtempSync(join(tmpdir(), "headend-demo-"))
const parts = []
let code = 0
try {
  await demo(folder, parts)
} catch (error) {
  if (!(error instanceof Ended)) {
    console.error(`\n${error.message}`)
    code = 1
  }
}
console.log("Ending …")
// The HTTP app first, while its Janus still answers.
for (const part of parts) await part.end(10_000)
rmSync(folder, { recursive: true, force: true })
process.exit(code)
