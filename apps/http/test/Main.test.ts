import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { caller } from "./support/Call.ts"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

interface Run {
  readonly process: ChildProcess
  readonly output: () => string
  readonly exit: Effect.Effect<number | null>
}

/** The app as a process of its own, in an empty folder; killed with the scope when it has not ended. */
const run = (environment: Record<string, string>) =>
  Effect.acquireRelease(
    Effect.sync((): Run & { readonly folder: string } => {
      const folder = mkdtempSync(join(tmpdir(), "headend-http-"))
      const child = spawn(process.execPath, ["--conditions=@headend/source", main], {
        cwd: folder,
        env: { PATH: process.env.PATH ?? "", ...environment },
        stdio: ["ignore", "pipe", "pipe"]
      })
      let output = ""
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => output += chunk.toString())
      }
      const ended = new Promise<number | null>((resolve) => child.on("close", resolve))
      return { folder, process: child, output: () => output, exit: Effect.promise(() => ended) }
    }),
    ({ exit, folder, process }) =>
      Effect.andThen(
        Effect.sync(() => process.kill("SIGKILL")),
        Effect.andThen(exit, Effect.sync(() => rmSync(folder, { recursive: true, force: true })))
      )
  )

const address = ({ exit, output }: Run) =>
  Effect.sync(() => /Listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output())?.[1]).pipe(
    Effect.delay("20 millis"),
    Effect.repeat({ until: (found) => found !== undefined }),
    Effect.raceFirst(Effect.as(exit, undefined)),
    Effect.map((found) => found ?? assert.fail(output()))
  )

describe("the app", () => {
  it.live(
    "runs with the fake Janus, says that it is open, and ends with its broadcasts at SIGTERM",
    () =>
      Effect.gen(function*() {
        const app = yield* run({ HEADEND_JANUS_URL: "fake", HEADEND_HTTP_PORT: "0", HEADEND_LOG_FORMAT: "json" })
        const call = caller(yield* address(app))
        yield* Effect.repeat(call("GET /readyz"), { until: ({ status }) => status === 200 })
        const started = yield* call("POST /v1/broadcasts?wait=running&timeout=0.2", {
          body: { id: "a", source: { kind: "browser_webrtc" } }
        })
        assert.strictEqual(started.status, 202)
        assert.include(app.output(), "no API tokens are set (HEADEND_API_TOKENS)")
        app.process.kill("SIGTERM")
        assert.strictEqual(yield* app.exit, 0)
        assert.notInclude(app.output(), "left behind")
      }),
    60_000
  )

  it.live(
    "ends at once at the second signal, even when Janus is away and broadcasts cannot be undone",
    () =>
      Effect.gen(function*() {
        const app = yield* run({ HEADEND_JANUS_URL: "ws://127.0.0.1:1", HEADEND_HTTP_PORT: "0" })
        const url = yield* address(app)
        const call = caller(url)
        assert.strictEqual((yield* call("GET /readyz")).status, 503)
        assert.strictEqual((yield* call("GET /livez")).status, 200)
        const body = { id: "a", source: { kind: "browser_webrtc" } }
        assert.strictEqual((yield* call("POST /v1/broadcasts?wait=running&timeout=0.3", { body })).status, 202)
        app.process.kill("SIGTERM")
        const refuses = Effect.promise(() => fetch(`${url}/livez`).then(() => false, () => true))
        yield* Effect.repeat(refuses, { until: (isRefused) => isRefused })
        assert.isNull(app.process.exitCode)
        app.process.kill("SIGTERM")
        assert.strictEqual(yield* app.exit, 130)
      }),
    60_000
  )

  it.live("says which settings to change when the port is taken", () =>
    Effect.gen(function*() {
      const first = yield* run({ HEADEND_JANUS_URL: "fake", HEADEND_HTTP_PORT: "0" })
      const port = new URL(yield* address(first)).port
      const second = yield* run({ HEADEND_JANUS_URL: "fake", HEADEND_HTTP_PORT: port })
      assert.strictEqual(yield* second.exit, 1)
      assert.match(second.output(), /headend cannot listen \(HEADEND_HTTP_HOST, HEADEND_HTTP_PORT\): .*EADDRINUSE/)
    }), 60_000)

  it.live("does not start with settings that cannot be used, and names them all", () =>
    Effect.gen(function*() {
      const app = yield* run({
        HEADEND_JANUS_URL: "tcp://x",
        HEADEND_HTTP_HOST: "0.0.0.0",
        HEADEND_REGISTRY: "etcd"
      })
      assert.strictEqual(yield* app.exit, 1)
      for (const name of ["HEADEND_JANUS_URL", "HEADEND_API_TOKENS", "HEADEND_HTTP_HOST", "HEADEND_REGISTRY"]) {
        assert.include(app.output(), name)
      }
      assert.notInclude(app.output(), "    at ")
    }), 60_000)
})
