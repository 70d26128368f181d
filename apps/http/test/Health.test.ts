import { assert, it } from "@effect/vitest"
import type { Health } from "@headend/api/Health"
import type { Snapshot } from "@headend/core/Snapshot"
import { Effect, Schedule } from "effect"
import { serve } from "./support/App.ts"

const camera = { source: { kind: "browser_webrtc" } }

it.live("health and metrics say how each part is, and count states, starts, ends and requests", () =>
  Effect.gen(function*() {
    const app = yield* serve()
    const start = (body: object, more = "") => app.call(`POST /v1/broadcasts?wait=running${more}`, { body })
    yield* start({ id: "a", ...camera }, "&timeout=0.1")
    yield* start({ id: "b", ...camera }, "&timeout=0.1")
    yield* start({ id: "c", source: { kind: "videoroom", room: { id: 77 } } })
    yield* app.call("DELETE /v1/broadcasts/b?wait=stopped")
    yield* Effect.repeat(app.call("GET /v1/broadcasts/a"), {
      schedule: Schedule.spaced("20 millis"),
      until: (answer) => answer.json<Snapshot>().state === "waiting"
    })
    const { components, status } = (yield* app.call("GET /v1/health")).json<Health>()
    assert.strictEqual(status, "ok")
    assert.deepStrictEqual(components.map(({ evidence, name, status }) => [name, status, evidence]), [
      ["janus", "ok", "1.1.2"],
      ["registry", "ok", null],
      ["queue", "ok", "memory: 0 jobs, 0 dead letters"],
      ["broadcasts", "ok", "1 waiting, 1 stopped, 1 failed"],
      ["worker", "ok", "test: 1 broadcasts, 0.1 of 100"]
    ])
    const metrics = yield* app.call("GET /metrics")
    assert.match(metrics.headers["content-type"]!, /^text\/plain; version=0\.0\.4/)
    for (
      const line of [
        "headend_broadcasts{state=\"waiting\"} 1",
        "headend_broadcasts{state=\"running\"} 0",
        "headend_broadcast_starts_total 3",
        "headend_broadcast_ends_total{reason=\"stopped\"} 1",
        "headend_broadcast_ends_total{reason=\"room_missing\"} 1",
        "headend_janus_up 1",
        "headend_http_requests_total{method=\"DELETE\",route=\"/v1/broadcasts/:id\",status=\"200\"} 1",
        "headend_http_requests_total{method=\"POST\",route=\"/v1/broadcasts\",status=\"202\"} 2"
      ]
    ) assert.include(metrics.text, `${line}\n`)
  }))
