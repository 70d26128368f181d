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

/** The room of a waiting broadcast, with somebody who publishes in it. */
const publish = (app: App, id: string) =>
  app.call(`GET /v1/broadcasts/${id}`).pipe(
    Effect.map((answer) => answer.json<Snapshot>().room),
    Effect.filterOrFail((room) => room !== null && room !== undefined),
    Effect.retry(Schedule.spaced("20 millis")),
    Effect.tap((room) => Effect.sync(() => app.janus.publish(room.id)))
  )

describe("starting a broadcast", () => {
  it.live("answers 201 to a new one, 200 to the same again, 409 to another under its id", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const first = yield* post(app, named("a"))
      const same = yield* post(app, named("a"))
      const other = yield* post(app, named("a", { description: "another" }))
      assert.strictEqual(first.status, 201)
      assert.strictEqual(first.json<Snapshot>().id, "a")
      assert.strictEqual(same.status, 200)
      assert.strictEqual(same.json<Snapshot>().run, 1)
      assert.deepStrictEqual(problem(other), [409, "broadcast_exists"])
    }))

  it.live("starts one run per idempotency key, and refuses the key with another specification", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const key = { "idempotency-key": "k1" }
      const first = yield* post(app, camera, "", key)
      const again = yield* post(app, { ...camera, id: first.json<Snapshot>().id }, "", key)
      const other = yield* post(app, named("b"), "", key)
      assert.strictEqual(first.status, 201)
      assert.deepStrictEqual([again.status, again.json<Snapshot>().id], [200, first.json<Snapshot>().id])
      assert.deepStrictEqual(problem(other), [409, "idempotency_key_reused"])
      assert.deepStrictEqual(problem(yield* post(app, camera, "", { "idempotency-key": "x".repeat(256) })), [
        400,
        "invalid_request"
      ])
    }))

  it.live("takes the id of a PUT from the path, and refuses another one in the body with all that is wrong", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const put = yield* app.call("PUT /v1/broadcasts/p", { body: camera })
      const again = yield* app.call("PUT /v1/broadcasts/p", { body: named("p") })
      const other = yield* app.call("PUT /v1/broadcasts/p", { body: { id: "q", source: { kind: "videoroom" } } })
      assert.deepStrictEqual([put.status, put.json<Snapshot>().id], [201, "p"])
      assert.strictEqual(again.status, 200)
      assert.deepStrictEqual(problem(other), [422, "spec_invalid"])
      const { errors } = other.json<{ errors: ReadonlyArray<{ path: ReadonlyArray<string> }> }>()
      assert.deepStrictEqual(errors.map(({ path }) => path.join(".")).toSorted(), ["id", "source.room"])
    }))

  it.live("tells bodies apart: no JSON 400, another type 415, too much 413, a bad specification 422", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const json = { "content-type": "application/json" }
      const send = (body: string, headers: Ask["headers"] = json) => app.call("POST /v1/broadcasts", { body, headers })
      assert.deepStrictEqual(problem(yield* send("{")), [400, "malformed_json"])
      assert.deepStrictEqual(problem(yield* send("")), [400, "malformed_json"])
      assert.deepStrictEqual(problem(yield* send("{}", { "content-type": "text/plain" })), [
        415,
        "unsupported_media_type"
      ])
      assert.deepStrictEqual(problem(yield* send("{}", {})), [415, "unsupported_media_type"])
      const large = JSON.stringify(named("l", { description: "x".repeat(1024 * 1024) }))
      assert.deepStrictEqual(problem(yield* send(large)), [413, "body_too_large"])
      assert.deepStrictEqual(problem(yield* send(large, { ...json, "transfer-encoding": "chunked" })), [
        413,
        "body_too_large"
      ])
      assert.deepStrictEqual(problem(yield* send("[]")), [422, "spec_invalid"])
      const bad = yield* send(JSON.stringify({ id: "-", labels: 3, source: { kind: "obs" } }))
      assert.deepStrictEqual(problem(bad), [422, "spec_invalid"])
      assert.strictEqual(bad.json<{ errors: ReadonlyArray<unknown> }>().errors.length, 3)
    }))

  it.live("waits until it is on air: 201, or 202 when the time is over", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const [started] = yield* Effect.all([post(app, named("a"), "?wait=running&timeout=20"), publish(app, "a")], {
        concurrency: 2
      })
      assert.deepStrictEqual([started.status, started.json<Snapshot>().state], [201, "running"])
      const waiting = yield* post(app, named("b"), "?wait=running&timeout=0.2")
      assert.strictEqual(waiting.status, 202)
      assert.include(["pending", "starting", "waiting"], waiting.json<Snapshot>().state)
      const running = yield* post(app, named("a"), "?wait=running")
      assert.strictEqual(running.status, 200)
    }))

  it.live("tells why it failed: 422 when the caller can mend it, 502 when the world must", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const missing = yield* post(app, { source: { kind: "videoroom", room: { id: 77 } } }, "?wait=running")
      assert.deepStrictEqual(problem(missing), [422, "room_missing"])
      assert.strictEqual(missing.json<{ endReason: { fault: string } }>().endReason.fault, "caller")
      const alone = yield* post(app, named("c", { limits: { giveUpAfter: 1000 } }), "?wait=running&timeout=20")
      assert.deepStrictEqual(problem(alone), [502, "gave_up"])
      assert.deepInclude(alone.json<object>(), { broadcast: "c", run: 1 })
    }))
})

describe("reading broadcasts", () => {
  it.live("pages through the list, and filters by state, source and label", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      for (const id of ["a", "b", "c"]) yield* post(app, named(id, { labels: { team: id === "b" ? "x:y" : "z" } }))
      yield* post(app, { id: "d", source: { kind: "frontend_owned" } })
      const ids = (query: string) =>
        Effect.map(app.call(`GET /v1/broadcasts?${query}`), (answer) => {
          assert.strictEqual(answer.status, 200)
          const { items, next } = answer.json<{ items: ReadonlyArray<Snapshot>; next: string | null }>()
          return { ids: items.map(({ id }) => id).join(""), next }
        })
      const first = yield* ids("limit=3")
      assert.strictEqual(first.ids, "abc")
      assert.deepStrictEqual(yield* ids(`limit=3&cursor=${encodeURIComponent(first.next!)}`), { ids: "d", next: null })
      assert.strictEqual((yield* ids("label=team:x:y")).ids, "b")
      assert.strictEqual((yield* ids("source=frontend_owned")).ids, "d")
      assert.strictEqual((yield* ids("state=failed")).ids, "")
      assert.deepStrictEqual(problem(yield* app.call("GET /v1/broadcasts?limit=501&label=team")), [
        400,
        "invalid_request"
      ])
    }))

  it.live("answers 404 to what is not there", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const unknown = [
        "GET /v1/broadcasts/x",
        "DELETE /v1/broadcasts/x",
        "POST /v1/broadcasts/x/restart",
        "POST /v1/broadcasts/x/kick"
      ]
      for (const what of [...unknown, "GET /v1/broadcasts/x/events"]) {
        assert.deepStrictEqual(problem(yield* app.call(what)), [404, "broadcast_not_found"], what)
      }
      assert.deepStrictEqual(problem(yield* app.call("GET /v1/nothing")), [404, "route_not_found"])
      for (const id of ["__proto__", "%00", "constructor"]) {
        assert.deepStrictEqual(problem(yield* app.call(`GET /v1/broadcasts/${id}`)), [404, "broadcast_not_found"], id)
      }
      const patch = yield* app.call("PATCH /v1/broadcasts/x")
      assert.deepStrictEqual(problem(patch), [405, "method_not_allowed"])
      assert.strictEqual(patch.headers.allow, "HEAD, GET, PUT, DELETE")
      assert.deepStrictEqual(problem(yield* app.call("GET /whip/x")), [405, "method_not_allowed"])
    }))

  it.live("plans without touching anything", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      app.janus.clearJournal()
      const plan = yield* app.call("POST /v1/plan", { body: named("a") })
      assert.strictEqual(plan.status, 200)
      const { steps } = plan.json<{ steps: ReadonlyArray<{ does: string }> }>()
      assert.isTrue(steps.some(({ does }) => does.startsWith("create room")))
      assert.strictEqual(app.janus.rooms.size, 0)
      assert.deepStrictEqual(problem(yield* app.call("POST /v1/plan", { body: { source: {} } })), [422, "spec_invalid"])
      assert.deepStrictEqual(problem(yield* app.call("GET /v1/broadcasts/a")), [404, "broadcast_not_found"])
    }))
})

describe("ending broadcasts", () => {
  it.live("answers 202, or 200 once it has stopped, and 200 a second time", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      yield* post(app, named("a"), "?wait=running&timeout=0.1")
      yield* post(app, named("b"), "?wait=running&timeout=0.1")
      assert.strictEqual((yield* app.call("DELETE /v1/broadcasts/a")).status, 202)
      const waited = yield* app.call("DELETE /v1/broadcasts/b?wait=stopped")
      assert.deepStrictEqual([waited.status, waited.json<Snapshot>().state], [200, "stopped"])
      assert.strictEqual((yield* app.call("DELETE /v1/broadcasts/b")).status, 200)
      assert.strictEqual((yield* app.call("DELETE /v1/broadcasts/a?wait=stopped")).status, 200)
      assert.strictEqual(app.janus.rooms.size, 0)
      assert.deepStrictEqual(problem(yield* app.call("POST /v1/broadcasts/a/restart")), [409, "broadcast_ended"])
    }))

  it.live("stops all that the filters name, and only when it is said", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      yield* post(app, named("a", { labels: { team: "x" } }))
      yield* post(app, named("b", { labels: { team: "y" } }))
      assert.deepStrictEqual(problem(yield* app.call("DELETE /v1/broadcasts")), [400, "all_required"])
      const some = yield* app.call("DELETE /v1/broadcasts?all=true&label=team:x")
      assert.deepStrictEqual([some.status, some.json()], [202, { stopping: ["a"] } as never])
      const rest = yield* app.call("DELETE /v1/broadcasts?all=true")
      assert.include(rest.json<{ stopping: ReadonlyArray<string> }>().stopping, "b")
    }))

  it.live("restarts the feed and keeps the run", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      yield* post(app, named("a"), "?wait=running&timeout=0.1")
      const again = yield* app.call("POST /v1/broadcasts/a/restart")
      assert.deepStrictEqual([again.status, again.json<Snapshot>().run], [202, 1])
    }))
})
