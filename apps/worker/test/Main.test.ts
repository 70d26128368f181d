import { assert, describe, it } from "@effect/vitest"
import { awaitHttp, spawnNode } from "@headend/integration/Processes"
import { Effect } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-worker-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** The app from its sources, in an empty folder. */
const run = Effect.fnUntraced(function*(env: Record<string, string>) {
  return yield* spawnNode("apps/worker/src/main.ts", {
    cwd: yield* folder,
    env: { HEADEND_HTTP_PORT: "0", HEADEND_LOG_FORMAT: "json", ...env }
  })
})

const serving = Effect.fnUntraced(function*(env: Record<string, string>) {
  const program = yield* run(env)
  const line = yield* program.awaitLine(/Listening on http/)
  return { program, url: /http:\/\/127\.0\.0\.1:\d+/.exec(line)![0] }
})

const status = (url: string, headers: Record<string, string> = {}) =>
  Effect.promise(() => fetch(url, { headers }).then((answer) => answer.status))

describe("the worker app", () => {
  it.live("says how it is, and ends in order at SIGTERM", () =>
    Effect.gen(function*() {
      const { program, url } = yield* serving({ HEADEND_JANUS_URL: "fake", HEADEND_WORKER_ID: "w1" })
      yield* awaitHttp(`${url}/livez`)
      yield* awaitHttp(`${url}/readyz`)
      const metrics = yield* awaitHttp(`${url}/metrics`)
      assert.match(metrics, /^headend_janus_up 1$/m)
      assert.strictEqual(yield* status(`${url}/v1/broadcasts`), 404)
      yield* program.signal("SIGTERM")
      assert.deepStrictEqual(yield* program.ended, { code: 0, signal: null })
    }), 120_000)

  it.live("is not ready without Janus, and shows its metrics to those who have a token", () =>
    Effect.gen(function*() {
      const { url } = yield* serving({
        HEADEND_JANUS_URL: "ws://127.0.0.1:1",
        HEADEND_API_TOKENS: "prometheus:read:let-me-see"
      })
      yield* awaitHttp(`${url}/livez`)
      assert.include(yield* awaitHttp(`${url}/readyz`, { status: 503 }), "janus: ")
      assert.strictEqual(yield* status(`${url}/metrics`), 401)
      assert.strictEqual(yield* status(`${url}/metrics`, { authorization: "Bearer let-me-see" }), 200)
    }), 120_000)

  it.live("does not start with settings that cannot be used, and names them all", () =>
    Effect.gen(function*() {
      const program = yield* run({
        HEADEND_JANUS_URL: "tcp://x",
        HEADEND_WORKER_CAPACITY: "many",
        HEADEND_FLEET_PROFILE: "slow",
        HEADEND_REGISTRY: "redis",
        HEADEND_REDIS_URL: "http://:hidden@x"
      })
      assert.strictEqual((yield* program.ended).code, 1)
      const said = (yield* program.tail).join("\n")
      for (const name of ["JANUS_URL", "WORKER_CAPACITY", "FLEET_PROFILE", "REDIS_URL", "SECRET_KEY"]) {
        assert.include(said, `HEADEND_${name}:`)
      }
      assert.notInclude(said, "hidden")
      assert.notInclude(said, "    at ")
    }), 120_000)
})
