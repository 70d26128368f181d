import { assert, describe, it } from "@effect/vitest"
import type { Snapshot } from "@headend/core/Snapshot"
import { Effect, Schedule } from "effect"
import { type App, serve } from "./support/App.ts"
import type { Answer, Ask } from "./support/Call.ts"

const camera = { source: { kind: "browser_webrtc" } }
const named = (id: string, more: object = {}) => ({ id, ...camera, ...more })

const problem = (answer: Answer) => {
  assert.strictEqual(answer.headers["content-type"], "application/problem+json")
  const { code, status } = answer.json<{ code: string; status: number }>()
  assert.strictEqual(status, answer.status)
  return [answer.status, code]
}

const post = (app: App, body: object, query = "", headers: Ask["headers"] = {}) =>
  app.call(`POST /v1/broadcasts${query}`, { body, headers })

describe("a request", () => {
  it.live("answers ten requests with one key and no id with one broadcast", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const all = yield* Effect.all(
        Array.from({ length: 10 }, () => post(app, camera, "", { "idempotency-key": "k" })),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(all.map(({ status }) => status).toSorted(), [...Array(9).fill(200), 201])
      assert.strictEqual(new Set(all.map((answer) => answer.json<Snapshot>().id)).size, 1)
    }))

  it.live("answers 409 when it ended without being on air", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const over = yield* post(app, named("a", { limits: { maxDuration: "1 second" } }), "?wait=running&timeout=20")
      assert.deepStrictEqual(problem(over), [409, "broadcast_ended"])
      assert.strictEqual(over.json<{ endReason: { code: string } }>().endReason.code, "max_duration")
      const [stopped] = yield* Effect.all([
        post(app, named("b"), "?wait=running&timeout=20"),
        app.call("DELETE /v1/broadcasts/b").pipe(
          Effect.repeat({ until: ({ status }) => status < 300, schedule: Schedule.spaced("20 millis") })
        )
      ], { concurrency: 2 })
      assert.deepStrictEqual(problem(stopped), [409, "broadcast_ended"])
      assert.strictEqual(stopped.json<{ endReason: { code: string } }>().endReason.code, "stopped")
    }))

  it.live("refuses query parameters that are not known, by name, and does nothing then", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      yield* post(app, named("a"))
      for (
        const what of [
          "DELETE /v1/broadcasts?all=true&lable=x:y",
          "GET /v1/broadcasts?lable=x",
          "GET /v1/broadcasts/a?lable=x",
          "POST /v1/broadcasts/a/restart?lable=x",
          "DELETE /v1/broadcasts/a?lable=1",
          "GET /v1/events?lable=1",
          "GET /v1/health?lable=1",
          "POST /whip/a?lable=1"
        ]
      ) {
        const answer = yield* app.call(what)
        assert.deepStrictEqual(problem(answer), [400, "invalid_request"], what)
        assert.include(answer.json<{ detail: string }>().detail, "query.lable")
      }
      assert.notInclude(["stopping", "stopped"], (yield* app.call("GET /v1/broadcasts/a")).json<Snapshot>().state)
      for (const query of ["state=on", "label=team", "limit=x", "limit=0", "cursor=garbage", "cursor=%00"]) {
        const answer = yield* app.call(`GET /v1/broadcasts?${query}`)
        assert.deepStrictEqual(problem(answer), [400, "invalid_request"], query)
        assert.include(answer.json<{ detail: string }>().detail, `query.${query.split("=")[0]}`)
      }
    }))

  it.live("names every wrong query parameter at once", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const answer = yield* post(app, camera, "?wait=forever&timeout=301")
      assert.deepStrictEqual(problem(answer), [400, "invalid_request"])
      const { errors } = answer.json<{ errors: ReadonlyArray<{ path: ReadonlyArray<string> }> }>()
      assert.deepStrictEqual(errors.map(({ path }) => path.join(".")), ["query.wait", "query.timeout"])
    }))
})
