import { assert, describe, it } from "@effect/vitest"
import { make } from "@headend/api/Client"
import { Conflict, Unprocessable } from "@headend/api/Problem"
import type { BroadcastEvent } from "@headend/core/BroadcastEvent"
import { noFacts, type Snapshot } from "@headend/core/Snapshot"
import { Effect, Layer, Redacted, Stream } from "effect"
import { HttpClient, type HttpClientRequest, HttpClientResponse } from "effect/http"

const time = "2030-01-01T00:00:00.000Z"

const snapshot: Snapshot = {
  id: "cam",
  run: 1,
  description: null,
  labels: {},
  spec: { id: "cam", source: { kind: "browser_webrtc" } },
  request: { key: "k", jobId: null, offeredAt: time },
  state: "pending",
  since: time,
  startedAt: null,
  endedAt: null,
  endReason: null,
  source: { kind: "browser_webrtc", token: "***" },
  mountpoint: null,
  ...noFacts,
  health: { status: "ok", hops: [] },
  play: { whep: null, mountpointId: null },
  owner: null,
  leftBehind: []
}

/** A server that answers everything alike, and what it was asked. */
const answering = (status: number, body: unknown, contentType = "application/json") => {
  const asked: Array<HttpClientRequest.HttpClientRequest> = []
  const text = typeof body === "string" ? body : JSON.stringify(body)
  const layer = Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request) =>
      Effect.sync(() => {
        asked.push(request)
        return HttpClientResponse.fromWeb(
          request,
          new Response(text, { status, headers: { "content-type": contentType } })
        )
      })
    )
  )
  return { asked, client: Effect.provide(make({ baseUrl: "http://app", token: Redacted.make("t0ken") }), layer) }
}

describe("the client", () => {
  it.effect("starts a broadcast from plain JSON, with token and key", () =>
    Effect.gen(function*() {
      const { asked, client } = answering(201, snapshot)
      const { broadcasts } = yield* client
      const started = yield* broadcasts.start({
        payload: { source: { kind: "browser_webrtc", token: "secret" }, limits: { maxDuration: "6 hours" } },
        headers: { "idempotency-key": "k" },
        query: { wait: "running", timeout: 5 }
      })
      assert.deepStrictEqual(started, snapshot)
      const [request] = asked
      assert.deepInclude(request!.headers, { authorization: "Bearer t0ken", "idempotency-key": "k" })
      assert.strictEqual(request!.method, "POST")
      assert.isTrue(request!.url.startsWith("http://app/v1/broadcasts"))
      const body = request!.body
      assert.deepStrictEqual(JSON.parse(body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : body._tag), {
        source: { kind: "browser_webrtc", token: "secret" },
        limits: { maxDuration: "6 hours" }
      })
    }))

  it.effect("gives problems back as what they are", () =>
    Effect.gen(function*() {
      const problem = { type: "about:blank", status: 409, title: "Conflict", code: "broadcast_exists", detail: "taken" }
      const { broadcasts } = yield* answering(409, problem, "application/problem+json").client
      const error = yield* Effect.flip(
        broadcasts.start({ payload: { source: { kind: "frontend_owned" } }, query: {}, headers: {} })
      )
      assert.instanceOf(error, Conflict)
      assert.deepInclude(error, { code: "broadcast_exists", detail: "taken" })
    }))

  it.effect("gives every failing field of a bad specification", () =>
    Effect.gen(function*() {
      const errors = [{ path: ["source", "room"], message: "Missing key" }, { path: ["id"], message: "expected" }]
      const problem = { type: "about:blank", status: 422, title: "x", code: "spec_invalid", errors }
      const { broadcasts } = yield* answering(422, problem, "application/problem+json").client
      const error = yield* Effect.flip(broadcasts.plan({ payload: { source: { kind: "frontend_owned" } } }))
      assert.instanceOf(error, Unprocessable)
      assert.deepStrictEqual((error as Unprocessable).errors, errors)
    }))

  it.effect("reads events and resets, and skips comments", () =>
    Effect.gen(function*() {
      const event: BroadcastEvent = {
        _tag: "RelayRestarted",
        position: "8",
        time,
        broadcast: "cam",
        run: 1,
        epoch: 1,
        cause: null,
        restarts: 2
      }
      const reset = { items: [snapshot], more: false }
      const figures = { items: [{ broadcast: "cam", run: 1, progress: { fps: 25 } }] }
      const text = `: \n\nevent: reset\nid: 7\ndata: ${JSON.stringify(reset)}\n\n: \n\n` +
        `event: figures\ndata: ${JSON.stringify(figures)}\n\n` +
        `event: RelayRestarted\nid: 8\ndata: ${JSON.stringify(event)}\n\n`
      const { asked, client } = answering(200, text, "text/event-stream")
      const { events } = yield* client
      const stream = yield* events.all({ headers: { "last-event-id": "3" }, query: {} })
      const received = yield* Stream.runCollect(stream)
      assert.deepStrictEqual(received, [
        { event: "reset", id: "7", data: reset },
        { event: "figures", data: figures },
        { event: "RelayRestarted", id: "8", data: event }
      ])
      assert.strictEqual(asked[0]!.headers["last-event-id"], "3")
    }))
})
