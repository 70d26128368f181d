import { assert, describe, it } from "@effect/vitest"
import type { DeadLetters, Offered, Queue } from "@headend/api/Jobs"
import { QueueUnavailable } from "@headend/core/Delivery"
import * as JobQueue from "@headend/core/JobQueue"
import { Context, Effect, Layer, Schedule } from "effect"
import { reader, serve, writer } from "./support/App.ts"
import type { Answer } from "./support/Call.ts"

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const browser = { kind: "browser_webrtc" }
const start = (spec: object) => ({ type: "start_broadcast", spec })
const empty = { backend: "memory", undelivered: 0, inFlight: 0, delayed: 0, oldestAgeMs: null, dead: 0 }

/** Asks again until it is so. */
const asking = <E, R>(call: Effect.Effect<Answer, E, R>, until: (answer: Answer) => boolean) =>
  Effect.repeat(call, { schedule: Schedule.spaced("20 millis"), until })

describe("jobs over HTTP", () => {
  it.live("become broadcasts, which tell the job and its key; a key offers once", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const offer = app.call("POST /v1/jobs", {
        headers: { "idempotency-key": "order 1" },
        body: start({ id: "lobby", source: browser })
      })
      const answer = yield* offer
      assert.strictEqual(answer.status, 202)
      const first = answer.json<Offered>()
      assert.isFalse(first.duplicate)
      assert.deepStrictEqual((yield* offer).json<Offered>(), { id: first.id, duplicate: true })
      const { request } = (yield* asking(app.call("GET /v1/broadcasts/lobby"), ({ status }) => status === 200)).json<
        { request: { key: string; jobId: string } }
      >()
      assert.deepStrictEqual([request.key, request.jobId], ["order 1", first.id])
      assert.strictEqual(
        (yield* app.call("POST /v1/jobs", { body: { type: "stop_broadcast", id: "lobby" } })).status,
        202
      )
      const stopped = yield* asking(app.call("GET /v1/broadcasts/lobby"), (answer) =>
        answer.json<{ state: string }>().state === "stopped")
      assert.strictEqual(stopped.status, 200)
      const over = yield* asking(app.call("GET /v1/queue"), (answer) =>
        answer.json<Queue>().inFlight === 0)
      assert.deepStrictEqual(over.json<Queue>(), empty)
    }), 60_000)

  it.live(
    "are refused at the door when nobody can ever do them, with every failing field and no secret",
    () =>
      Effect.gen(function*() {
        const app = yield* serve()
        const refused = yield* app.call("POST /v1/jobs", {
          body: start({ id: "a b", source: { ...browser, token: { not: "hunter2" }, colour: "red" } })
        })
        assert.strictEqual(refused.status, 422)
        const { code, errors } = refused.json<{ code: string; errors: Array<{ path: Array<string> }> }>()
        assert.strictEqual(code, "spec_invalid")
        assert.sameMembers(errors.map(({ path }) => path.join(".")), [
          "spec.id",
          "spec.source.token.not",
          "spec.source.colour"
        ])
        assert.notInclude(refused.text, "hunter2")
        for (
          const [body, path] of [
            [{ type: "launch_rocket" }, "type"],
            [{ type: "stop_broadcast", id: "../x" }, "id"],
            [{ type: "stop_broadcast" }, "id"],
            [{ type: "start_broadcast" }, "spec"],
            [{ type: "stop_broadcast", id: "x", when: "now" }, "when"],
            [start({ id: "x" }), "spec.source"]
          ] as const
        ) {
          const answer = yield* app.call("POST /v1/jobs", { body })
          assert.strictEqual(answer.status, 422, JSON.stringify(body))
          const { errors } = answer.json<{ errors: Array<{ path: Array<string> }> }>()
          assert.isTrue(errors.some((error) => error.path.join(".").startsWith(path)), answer.text)
        }
        assert.strictEqual(
          (yield* app.call("POST /v1/jobs", { body: "{", headers: { "content-type": "application/json" } })).status,
          400
        )
        assert.strictEqual((yield* app.call("POST /v1/jobs", { body: "x" })).status, 415)
        assert.deepStrictEqual((yield* app.call("GET /v1/queue")).json<Queue>(), empty)
      }),
    60_000
  )

  it.live(
    "that come to nothing are dead letters, page by page, and can be offered again",
    () =>
      Effect.gen(function*() {
        const app = yield* serve()
        for (const id of ["a", "b", "c"]) {
          // a kind that a worker may have, and this one does not
          const offered = yield* app.call("POST /v1/jobs", { body: start({ id, source: { kind: "carrier_pigeon" } }) })
          assert.strictEqual(offered.status, 202)
          yield* asking(app.call("GET /v1/queue"), (answer) =>
            answer.json<Queue>().dead === ["a", "b", "c"].indexOf(id) + 1)
        }
        const first = (yield* app.call("GET /v1/queue/dead?limit=2")).json<DeadLetters>()
        const rest = (yield* app.call(`GET /v1/queue/dead?limit=2&cursor=${first.next}`)).json<DeadLetters>()
        const letters = [...first.items, ...rest.items]
        assert.deepStrictEqual(
          letters.map(({ broadcast }) =>
            broadcast
          ),
          ["c", "b", "a"]
        )
        assert.isNull(rest.next)
        assert.match(letters[0]!.reason, /source\.kind: "carrier_pigeon" is not a kind of source/)
        assert.match(letters[0]!.offeredAt, /^20\d\d-.*Z$/)
        const { id } = letters[0]!
        const redriven = yield* app.call(`POST /v1/queue/dead/${id}/redrive`)
        assert.deepStrictEqual([redriven.status, redriven.json<{ id: string }>()], [202, { id }])
        // it comes to nothing again
        yield* asking(app.call("GET /v1/queue"), (answer) => answer.json<Queue>().dead === 3)
        const missing = yield* app.call("POST /v1/queue/dead/nothing/redrive")
        assert.deepStrictEqual([missing.status, missing.json<{ code: string }>().code], [404, "dead_letter_not_found"])
        assert.strictEqual((yield* app.call("GET /v1/queue/dead?limit=0")).status, 400)
        assert.strictEqual((yield* app.call("GET /v1/queue/dead?cursor=~")).status, 400)
      }),
    60_000
  )

  it.live("need a token that may write; to look, one that may read", () =>
    Effect.gen(function*() {
      const app = yield* serve({ tokens: [reader, writer] })
      const body = { type: "stop_broadcast", id: "x" }
      const ask = (what: string, token: string, more = {}) =>
        Effect.map(app.call(what, { ...bearer(token), ...more }), ({ status }) => status)
      assert.strictEqual((yield* app.call("GET /v1/queue")).status, 401)
      assert.strictEqual(yield* ask("GET /v1/queue", "ann-may-read"), 200)
      assert.strictEqual(yield* ask("GET /v1/queue/dead", "ann-may-read"), 200)
      assert.strictEqual(yield* ask("POST /v1/jobs", "ann-may-read", { body }), 403)
      assert.strictEqual(yield* ask("POST /v1/queue/dead/j1/redrive", "ann-may-read"), 403)
      assert.strictEqual(
        (yield* app.call("POST /v1/jobs", {
          body,
          headers: { ...bearer("bob-may-write").headers, "content-type": "application/json" }
        })).status,
        202
      )
      assert.strictEqual(yield* ask("POST /v1/queue/dead/j1/redrive", "bob-may-write"), 404)
    }), 60_000)

  it.live(
    "are not taken when the queue is full or out of reach, and the answer says which",
    () =>
      Effect.gen(function*() {
        const away = Effect.fail(new QueueUnavailable({ reason: "it is away" }))
        const queue = Layer.effect(
          JobQueue.JobQueue,
          Effect.map(
            Layer.build(JobQueue.layerMemory({ maxBacklog: 0 })),
            (context) => ({ ...Context.get(context, JobQueue.JobQueue), backlog: away })
          )
        )
        const app = yield* serve({ queue })
        const full = yield* app.call("POST /v1/jobs", { body: { type: "stop_broadcast", id: "x" } })
        assert.deepStrictEqual([full.status, full.json<{ code: string }>().code], [503, "queue_full"])
        const lost = yield* app.call("GET /v1/queue")
        assert.deepStrictEqual([lost.status, lost.json<{ code: string }>().code], [503, "queue_unavailable"])
      }),
    60_000
  )
})
