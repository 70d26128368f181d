import { assert, describe, it } from "@effect/vitest"
import type { Figures, Reset } from "@headend/api/Events"
import type { BroadcastEvent } from "@headend/core/BroadcastEvent"
import { Broadcasts } from "@headend/core/Broadcasts"
import { PositionTooOld } from "@headend/core/RegistryFailure"
import type { Snapshot } from "@headend/core/Snapshot"
import { Effect, Fiber, Layer, Stream } from "effect"
import { type App, serve } from "./support/App.ts"
import { events, type Sse } from "./support/Call.ts"

const start = (app: App, id: string) =>
  app.call("POST /v1/broadcasts?wait=running&timeout=0.1", { body: { id, source: { kind: "browser_webrtc" } } })

/** Those that are no comments, so many. */
const take = (app: App, n: number, path = "/v1/events", headers: Record<string, string> = {}) =>
  events(app.url, path, headers).pipe(
    Stream.filter(({ event }) => event !== ":"),
    Stream.take(n),
    Stream.runCollect,
    Effect.scoped
  )

const told = ({ data, event, id }: Sse) => {
  const body = data as BroadcastEvent // which one it is, is asserted here
  assert.strictEqual(event, body._tag)
  assert.strictEqual(id, body.position)
  return body
}

const resetOf = (sent: Sse | undefined) => {
  assert.strictEqual(sent?.event, "reset")
  return sent!.data as Reset
}

/** Where the log is. */
const now = (app: App) => Effect.map(take(app, 1, "/v1/events?reset=true"), ([reset]) => reset!.id)

const countAt = (position: string) => Number(position.split("-")[1])

/** Begins to listen; done when the answer has begun. */
const listening = Effect.fnUntraced(function*(app: App, n: number, path: string) {
  const fiber = yield* Effect.forkScoped(take(app, n, path))
  const requests = () => app.call("GET /metrics")
  const route = path.includes("/broadcasts/") ? "/v1/broadcasts/:id/events" : "/v1/events"
  yield* Effect.repeat(requests(), { until: ({ text }) => text.includes(`route="${route}",status="200"`) })
  return fiber
})

describe("events", () => {
  it.live("are told as they happen, tag, position and body", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const fiber = yield* listening(app, 3, "/v1/events")
      yield* start(app, "a")
      const bodies = (yield* Fiber.join(fiber)).map(told)
      assert.deepInclude(bodies[0], {
        _tag: "BroadcastStateChanged",
        broadcast: "a",
        run: 1,
        from: null,
        to: "pending"
      })
      const positions = bodies.map(({ position }) => countAt(position))
      assert.deepStrictEqual(positions, positions.toSorted((a, b) => a - b))
    }))

  it.live("go on after Last-Event-ID, with nothing lost and nothing twice", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const from = yield* now(app)
      yield* start(app, "a")
      const all = yield* take(app, 4, `/v1/events?after=${from}`)
      const rest = yield* take(app, 2, "/v1/events", { "last-event-id": all[1]!.id })
      assert.deepStrictEqual(rest, all.slice(2))
      const header = yield* take(app, 1, `/v1/events?after=${from}&reset=true`, { "last-event-id": all[2]!.id })
      assert.deepStrictEqual(header, [all[3]!])
      assert.deepStrictEqual(yield* take(app, 4, "/v1/broadcasts/a/events?after=start"), all)
    }))

  it.live("begin with the snapshots where the position is too old, or it is asked for", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      yield* start(app, "a")
      yield* start(app, "b")
      for (
        const [path, headers] of [
          ["/v1/events", { "last-event-id": "99999999" }],
          ["/v1/events", { "last-event-id": "nonsense" }],
          ["/v1/events", { "last-event-id": "anotherlife-1" }],
          ["/v1/events?reset=true", {}]
        ] as const
      ) {
        const [reset] = yield* take(app, 1, path, headers)
        const { items, more } = resetOf(reset)
        assert.deepStrictEqual([items.map(({ id }) => id), more], [["a", "b"], false])
        const next = yield* Effect.forkScoped(take(app, 1, "/v1/events", { "last-event-id": reset!.id }))
        yield* app.call("POST /v1/broadcasts/a/restart")
        yield* app.call(`DELETE /v1/broadcasts/b`)
        assert.isAbove(countAt((yield* Fiber.join(next))[0]!.id), countAt(reset!.id))
        yield* app.call("DELETE /v1/broadcasts/b?wait=stopped")
        yield* start(app, "b")
      }
    }))

  it.live("go on with what comes after a reset", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const fiber = yield* listening(app, 2, "/v1/events?reset=true")
      yield* start(app, "later")
      const [reset, next] = yield* Fiber.join(fiber)
      assert.strictEqual(reset!.event, "reset")
      assert.deepInclude(told(next!), { broadcast: "later", from: null })
    }))

  it.live("of one broadcast are of that one only", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const from = yield* now(app)
      yield* start(app, "a")
      yield* start(app, "b")
      const some = yield* take(app, 3, `/v1/broadcasts/b/events?after=${from}`)
      assert.deepStrictEqual(some.map((one) => told(one).broadcast), ["b", "b", "b"])
      const [reset] = yield* take(app, 1, "/v1/broadcasts/b/events?reset=true")
      assert.deepStrictEqual(resetOf(reset).items.map(({ id }) => id), ["b"])
    }))

  it.live("keep a quiet line open with comments", () =>
    Effect.gen(function*() {
      const app = yield* serve({ keepAlive: "20 millis" })
      const comments = yield* events(app.url, "/v1/events").pipe(Stream.take(4), Stream.runCollect, Effect.scoped)
      assert.deepStrictEqual(comments.map(({ event }) => event), [":", ":", ":", ":"])
    }))

  it.live("with figures on request: what changes, once a second, of all or of one, without a position", () =>
    Effect.gen(function*() {
      let reads = 0
      const snapshot = (id: string, fps: number) =>
        ({ id, run: 1, relay: { progress: { fps } } }) as unknown as Snapshot // nothing else of it is looked at
      const app = yield* serve({
        broadcasts: Layer.mock(Broadcasts)({
          position: Effect.succeed("7"),
          get: () => Effect.succeed(snapshot("b", 0)),
          list: ({ state }) =>
            Effect.sync(() => ({
              items: state === "running" ? [snapshot("a", 25), snapshot("b", reads++)] : [],
              next: null
            })),
          changes: () => Stream.never
        })
      })
      const items = ({ data }: Sse) =>
        (data as Figures).items.map(({ broadcast, progress }) => [broadcast, progress["fps"]])
      assert.strictEqual(reads, 0)
      const [first, second] = yield* take(app, 2, "/v1/events?figures=true")
      assert.deepStrictEqual([first!.event, first!.id, items(first!)], ["figures", "", [["a", 25], ["b", 0]]])
      assert.deepStrictEqual([second!.event, second!.id, items(second!)], ["figures", "", [["b", 1]]])
      const [own] = yield* take(app, 1, "/v1/broadcasts/b/events?figures=true")
      assert.deepStrictEqual(items(own!).map(([id]) => id), ["b"])
      // that nobody listens any more is noticed by and by; from then on nobody reads
      const more = Effect.suspend(() => {
        const before = reads
        return Effect.map(Effect.sleep("1500 millis"), () => reads - before)
      })
      assert.strictEqual(yield* Effect.repeat(more, { until: (n) => n === 0, times: 10 }), 0)
    }))

  it.live("come in parts when there are more snapshots than a page holds", () =>
    Effect.gen(function*() {
      const snapshot = (id: string) => ({ id }) as Snapshot // only its id is looked at
      const app = yield* serve({
        broadcasts: Layer.mock(Broadcasts)({
          position: Effect.succeed("7"),
          list: ({ cursor }) =>
            Effect.succeed(
              cursor === undefined
                ? { items: [snapshot("a")], next: "a" }
                : { items: [snapshot("b")], next: null }
            ),
          changes: (after) => after === "7" ? Stream.never : Stream.fail(new PositionTooOld({ position: after ?? "" }))
        })
      })
      const resets = yield* take(app, 2, "/v1/events", { "last-event-id": "3" })
      assert.deepStrictEqual(resets.map(({ data, event, id }) => [event, id, data]), [
        ["reset", "7", { items: [{ id: "a" }], more: true }],
        ["reset", "7", { items: [{ id: "b" }], more: false }]
      ])
    }))
})
