import { assert, describe, it } from "@effect/vitest"
import * as Telemetry from "@headend/app/Telemetry"
import type { Snapshot } from "@headend/core/Snapshot"
import { Effect, Schedule } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Guard from "../src/Guard.ts"
import { type App, serve } from "./support/App.ts"

interface Span {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
}

interface Traces {
  readonly resourceSpans: ReadonlyArray<{ readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<Span> }> }>
}

/** A collector that keeps what it gets, as text by path. */
const collector = Effect.acquireRelease(
  Effect.callback<
    { readonly url: string; readonly got: ReadonlyArray<readonly [string, string]>; readonly close: () => void }
  >(
    (resume) => {
      const got: Array<readonly [string, string]> = []
      const server = createServer((request, response) => {
        let text = ""
        request.on("data", (part) => (text += part)).on("end", () => {
          got.push([request.url ?? "", text])
          response.end("{}")
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, got, close: () => void server.close() }))
      })
    }
  ),
  ({ close }) => Effect.sync(close)
)

const spansOf = (got: ReadonlyArray<readonly [string, string]>): ReadonlyArray<Span> =>
  got.filter(([path]) => path === "/v1/traces").flatMap(([, text]) =>
    (JSON.parse(text) as Traces).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
  )

const onAir = (app: App, id: string) =>
  app.call(`GET /v1/broadcasts/${id}`).pipe(
    Effect.map((answer) => answer.json<Snapshot>()),
    Effect.tap(({ room }) =>
      Effect.sync(() => room === null || room === undefined ? undefined : app.janus.publish(room.id))
    ),
    Effect.repeat({ schedule: Schedule.spaced("200 millis"), until: ({ state }) => state === "running" }),
    Effect.timeout("30 seconds")
  )

const traced = Effect.gen(function*() {
  const { got, url } = yield* collector
  const app = yield* serve({
    references: Telemetry.layer(url, { service: "headend-http", instance: "default", worker: "test" })
  })
  /** All spans of the trace that has a span of this name, once it has all of these. */
  const trace = (root: string, names: ReadonlyArray<string>) =>
    Effect.sync(() => {
      const spans = spansOf(got)
      const found = spans.find(({ name }) => name === root)
      return spans.filter(({ traceId }) => traceId === found?.traceId)
    }).pipe(
      Effect.repeat({
        schedule: Schedule.spaced("200 millis"),
        until: (spans) => names.every((name) => spans.some((span) => span.name === name))
      }),
      Effect.timeout("40 seconds")
    )
  return { app, got, trace }
})

const way = ["Broadcasts.start", "Reconciler.onAir", "Sources.open", "Janus.create"]

describe("traces", () => {
  it.live(
    "one goes from the request to on air, with what was asked of Janus, and holds no secret",
    () =>
      Effect.gen(function*() {
        const { app, got, trace } = yield* traced
        const spec = {
          source: { kind: "browser_webrtc", token: "correct horse" },
          mountpoint: { create: { id: 7, pin: "battery staple", media: [{ type: "video", codec: "vp8" }] } }
        }
        yield* app.call("PUT /v1/broadcasts/a", { body: spec })
        yield* app.call("GET /livez")
        yield* onAir(app, "a")
        const spans = yield* trace("PUT /v1/broadcasts/{id}", way)
        const parentOf = (name: string) => {
          const parent = spans.find((span) => span.name === name)?.parentSpanId
          return spans.find(({ spanId }) => spanId === parent)?.name
        }
        assert.strictEqual(parentOf("Broadcasts.start"), "PUT /v1/broadcasts/{id}")
        assert.strictEqual(parentOf("Reconciler.onAir"), "Broadcasts.start")
        assert.strictEqual(parentOf("Sources.open"), "Reconciler.onAir")
        const all = got.map(([, text]) => text).join("\n")
        for (const secret of ["correct horse", "battery staple"]) assert.notInclude(all, secret)
        assert.isFalse(spansOf(got).some(({ name }) => name.includes("livez")))
        // what is looked at each second is in no trace
        assert.isBelow(spansOf(got).filter(({ name }) => name === "Janus.info").length, 5)
      }).pipe(Effect.scoped, Effect.provide(Guard.untraced)),
    90_000
  )

  it.live("one goes from the offer of a job to on air, through the queue and its worker", () =>
    Effect.gen(function*() {
      const { app, trace } = yield* traced
      const spec = { id: "b", source: { kind: "browser_webrtc" } }
      yield* app.call("POST /v1/jobs", { body: { type: "start_broadcast", spec } })
      yield* onAir(app, "b").pipe(Effect.retry(Schedule.spaced("100 millis")))
      const spans = yield* trace("POST /v1/jobs", ["Worker.handle", ...way])
      assert.isAtLeast(spans.length, 5)
    }).pipe(Effect.scoped), 90_000)
})
