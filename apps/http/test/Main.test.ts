import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
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

const remove = (path: string) => rmSync(path, { recursive: true, force: true })

/** The app as a process of its own, in an empty folder; killed with the scope when it has not ended. */
const run = (environment: Record<string, string>, cwd?: string) =>
  Effect.acquireRelease(
    Effect.sync((): Run & { readonly folder: string } => {
      const folder = cwd ?? mkdtempSync(join(tmpdir(), "headend-http-"))
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
        Effect.andThen(exit, cwd === undefined ? Effect.sync(() => remove(folder)) : Effect.void)
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
    "runs with the fake Janus, says that it is open, and ends with its broadcasts at a Ctrl-C",
    () =>
      Effect.gen(function*() {
        const app = yield* run({ HEADEND_JANUS_URL: "fake", HEADEND_HTTP_PORT: "0", HEADEND_REGISTRY: "memory" })
        const call = caller(yield* address(app))
        yield* Effect.repeat(call("GET /readyz"), { until: ({ status }) => status === 200 })
        const started = yield* call("POST /v1/broadcasts?wait=running&timeout=0.2", {
          body: { id: "a", source: { kind: "browser_webrtc" } }
        })
        assert.strictEqual(started.status, 202)
        assert.include(app.output(), "no API tokens are set (HEADEND_API_TOKENS)")
        // as a terminal and what is between do, who both pass one Ctrl-C on; two of one kind might arrive as one
        app.process.kill("SIGINT")
        app.process.kill("SIGTERM")
        assert.strictEqual(yield* app.exit, 0)
        assert.notInclude(app.output(), "left behind")
      }),
    120_000
  )

  it.live(
    "ends at once at the second signal, even when Janus is away and broadcasts cannot be undone",
    () =>
      Effect.gen(function*() {
        const app = yield* run({
          HEADEND_JANUS_URL: "ws://127.0.0.1:1",
          HEADEND_HTTP_PORT: "0",
          HEADEND_REGISTRY: "memory"
        })
        const url = yield* address(app)
        const call = caller(url)
        assert.strictEqual((yield* call("GET /readyz")).status, 503)
        assert.strictEqual((yield* call("GET /livez")).status, 200)
        const body = { id: "a", source: { kind: "browser_webrtc" } }
        assert.strictEqual((yield* call("POST /v1/broadcasts?wait=running&timeout=0.3", { body })).status, 202)
        app.process.kill("SIGTERM")
        const refuses = Effect.promise(() => fetch(`${url}/livez`).then(() => false, () => true))
        yield* Effect.repeat(refuses, { until: (isRefused) => isRefused })
        yield* Effect.sleep("600 millis") // sooner it would pass for the same signal
        assert.isNull(app.process.exitCode)
        app.process.kill("SIGTERM")
        assert.strictEqual(yield* app.exit, 130)
      }),
    120_000
  )

  it.live(
    "keeps what is wanted in a file of its folder: there again after kill -9, and one process's only",
    () =>
      Effect.gen(function*() {
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-http-"))),
          (path) => Effect.sync(() => remove(path))
        )
        // without Janus nothing goes on air, and everything is kept all the same
        const environment = { HEADEND_JANUS_URL: "ws://127.0.0.1:1", HEADEND_HTTP_PORT: "0" }
        const first = yield* run(environment, folder)
        const before = caller(yield* address(first))
        const body = { source: { kind: "browser_webrtc", token: "correct-horse" } }
        assert.strictEqual((yield* before("PUT /v1/broadcasts/a", { body })).status, 201)
        const job = { type: "start_broadcast", spec: { id: "b", ...body } }
        assert.strictEqual((yield* before("POST /v1/jobs", { body: job })).status, 202)
        const second = yield* run(environment, folder)
        assert.strictEqual(yield* second.exit, 1)
        assert.match(second.output(), /HEADEND_SQLITE_PATH: .*headend\.db is used by another process/)
        first.process.kill("SIGKILL")
        yield* first.exit
        assert.sameMembers(readdirSync(folder).filter((name) => !name.startsWith("headend.db-")), [
          "headend.db",
          "headend.key"
        ])
        for (const name of readdirSync(folder)) {
          assert.notInclude(readFileSync(join(folder, name), "latin1"), "correct-horse", name)
          assert.strictEqual(statSync(join(folder, name)).mode & 0o077, 0, `${name} is nobody else's`)
        }
        const third = yield* run(environment, folder)
        const after = caller(yield* address(third))
        const lists = yield* Effect.repeat(after("GET /v1/broadcasts"), {
          schedule: Schedule.spaced("50 millis"),
          until: (answer) => answer.json<{ items: Array<unknown> }>().items.length === 2
        })
        assert.deepStrictEqual(
          lists.json<{ items: Array<{ id: string; run: number }> }>().items.map(({ id, run }) => [id, run]),
          [["a", 1], ["b", 1]]
        )
        third.process.kill("SIGTERM")
        assert.strictEqual(yield* third.exit, 0)
      }),
    120_000
  )

  it.live("says which settings to change when the port is taken", () =>
    Effect.gen(function*() {
      const first = yield* run({ HEADEND_JANUS_URL: "fake", HEADEND_HTTP_PORT: "0" })
      const port = new URL(yield* address(first)).port
      const second = yield* run({ HEADEND_JANUS_URL: "fake", HEADEND_HTTP_PORT: port })
      assert.strictEqual(yield* second.exit, 1)
      assert.match(second.output(), /headend cannot listen \(HEADEND_HTTP_HOST, HEADEND_HTTP_PORT\): .*EADDRINUSE/)
    }), 120_000)

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
    }), 120_000)
})
