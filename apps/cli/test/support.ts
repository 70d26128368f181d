// The built command, run as a user runs it, and the built HTTP app on the embedded fake Janus.
import { assert } from "@effect/vitest"
import { spawn, type SpawnOptions } from "@headend/integration/Processes"
import type { RunningJanus } from "@headend/integration/RealJanus"
import { Context, Effect, Fiber, FileSystem, Layer, type Scope } from "effect"
import { execFile, spawn as spawnChild } from "node:child_process"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url))
const httpMain = fileURLToPath(new URL("../../http/dist/main.js", import.meta.url))

/** What Node is told to run. */
export const commandOf = (args: ReadonlyArray<string>): ReadonlyArray<string> => [main, ...args]

/** Nothing of the machine's own settings. */
const clean: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("HEADEND_"))
)

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

export type Env = Readonly<Record<string, string>>

/** Runs it to its end. */
export const headend = (args: ReadonlyArray<string>, env: Env = {}, input = "", cwd?: string): Effect.Effect<Said> =>
  Effect.callback((resume) => {
    const child = execFile(
      process.execPath,
      [main, ...args],
      { env: { ...clean, ...env }, maxBuffer: 2 ** 24, ...(cwd === undefined ? {} : { cwd }) },
      (error, out, err) => resume(Effect.succeed({ code: error === null ? 0 : Number(error.code), out, err }))
    )
    child.stdin?.end(input)
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

/** Starts it, for as long as the scope. */
export const headendRunning = (args: ReadonlyArray<string>, options: SpawnOptions & { readonly env?: Env } = {}) =>
  spawn(process.execPath, [main, ...args], { ...options, env: { ...clean, ...options.env } })

export const folder = Effect.flatMap(FileSystem.FileSystem, (files) => Effect.orDie(files.makeTempDirectoryScoped()))

/** Of a real Janus. */
export const settings = (janus: RunningJanus) => ({
  HEADEND_JANUS_URL: janus.url,
  HEADEND_JANUS_STREAMING_ADMIN_KEY: janus.streamingAdminKey,
  HEADEND_JANUS_VIDEOROOM_ADMIN_KEY: janus.videoroomAdminKey,
  HEADEND_HTTP_PORT: "0"
})

/** The app on the fake Janus, in this folder. */
export const appProgram = (env: Env, cwd: string) =>
  spawn(process.execPath, [httpMain], {
    cwd,
    env: { ...clean, HEADEND_JANUS_URL: "fake", HEADEND_HTTP_PORT: "0", HEADEND_REGISTRY: "memory", ...env }
  })

/** The app on the fake Janus; its address. */
export const app = Effect.fnUntraced(function*(env: Env = {}): Effect.fn.Return<
  string,
  unknown,
  Scope.Scope | FileSystem.FileSystem
> {
  const program = yield* appProgram(env, yield* folder)
  const line = yield* program.awaitLine(/Listening on http/)
  return /http:\/\/127\.0\.0\.1:\d+/.exec(line)![0]
})

/** Starts it, and closes its standard output as soon as what it said there is enough, as `head` does. */
export const readUntil = Effect.fnUntraced(function*(args: ReadonlyArray<string>, env: Env, enough: RegExp) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawnChild(process.execPath, [main, ...args], { env: { ...clean, ...env } })),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )
  let [out, err] = ["", ""]
  const read = Effect.promise(() =>
    new Promise<void>((resolve) => {
      child.stdout.on("data", (text) => {
        out += String(text)
        if (!enough.test(out)) return
        child.stdout.destroy()
        resolve()
      })
    })
  )
  const ended = Effect.promise(() =>
    new Promise<{ readonly code: number | null; readonly err: string }>((resolve) => {
      child.stderr.on("data", (text) => void (err += String(text)))
      child.once("exit", (code) => resolve({ code, err }))
    })
  )
  const [reading, ending] = [yield* Effect.forkScoped(read), yield* Effect.forkScoped(ended)]
  return { read: Fiber.join(reading), ended: Fiber.join(ending) }
})

export interface Finding {
  readonly what: string
  readonly status: string
  readonly evidence: string
  readonly advice?: string
}

/** What `doctor --json` finds, by what it is about; fails where it finds nothing of that. */
export const findings = (args: ReadonlyArray<string>, env: Env, cwd?: string) =>
  Effect.map(headend(["doctor", "--json", ...args], env, "", cwd), ({ code, err, out }) => {
    const all = out.trim().split("\n").filter((line) => line !== "").map((line): Finding => JSON.parse(line))
    const of = (what: string) => all.find((one) => one.what === what) ?? assert.fail(`no ${what} in ${out}${err}`)
    return Object.assign(of, { code, all })
  })

/** An app with a token that may do everything, and one that may only read; what the command needs to ask it. */
export class App extends Context.Service<App, { readonly env: Env }>()("test/App") {
  static readonly layer = Layer.effect(
    App,
    Effect.map(
      app({ HEADEND_API_TOKENS: "ops:write:let-me-in,eye:read:only-look" }),
      (url) => App.of({ env: { HEADEND_URL: url, HEADEND_TOKEN: "let-me-in" } })
    )
  )
}

const offer = [
  "v=0",
  "o=- 1 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "c=IN IP4 0.0.0.0",
  "a=rtpmap:111 opus/48000/2",
  "a=mid:0",
  "a=sendonly",
  ""
].join("\r\n")

/** Somebody publishes to it over WHIP for a second, which an app on the fake Janus takes for media. */
export const comesAndGoes = Effect.fnUntraced(function*(env: Env, id: string) {
  const ask = (method: string, path: string, body?: string) =>
    Effect.promise(() =>
      fetch(`${env["HEADEND_URL"]}${path}`, {
        method,
        headers: { "content-type": "application/sdp", authorization: `Bearer ${env["HEADEND_TOKEN"]}` },
        ...(body === undefined ? {} : { body })
      })
    )
  const { headers } = yield* ask("POST", `/whip/${id}`, offer)
  yield* Effect.sleep("1 second")
  yield* ask("DELETE", headers.get("location") ?? "/")
  yield* Effect.sleep("500 millis")
})

/** A specification that needs no program. */
export const browser = (id: string, more: object = {}) =>
  JSON.stringify({ id, source: { kind: "browser_webrtc" }, ...more })
