import { assert, describe, it } from "@effect/vitest"
import * as Broadcast from "@headend/core/Broadcast"
import { Broadcasts } from "@headend/core/Broadcasts"
import type { Failure } from "@headend/core/Failure"
import { everyTrack } from "@headend/core/Feed"
import * as Holding from "@headend/core/Holding"
import { noFacts } from "@headend/core/Snapshot"
import * as Source from "@headend/core/Source"
import * as Sources from "@headend/core/Sources"
import { standard as kinds } from "@headend/core/StandardSources"
import { standard } from "@headend/core/Track"
import { World } from "@headend/testing/World"
import { Context, Deferred, Effect, Layer, Schema } from "effect"
import { assertLeft, hop, record, untilSo } from "./parts.ts"
import { start, stationOf, until, worker } from "./station.ts"

/** A service of somebody else's package: bridges that live in this process, and subscriptions on a server. */
class Bridges extends Context.Service<Bridges, {
  readonly subscriptions: Set<string>
  readonly open: Map<string, Deferred.Deferred<void>>
}>()("test/Bridges") {
  static readonly layer = Layer.sync(Bridges, () => Bridges.of({ subscriptions: new Set(), open: new Map() }))
}

class BridgeLost extends Schema.TaggedError<BridgeLost>()("BridgeLost", { name: Schema.String }) {
  override get message() {
    return `bridge ${this.name} is lost`
  }
  get failure(): Failure {
    return { code: "bridge_lost", hop: "ingest", fault: "world" }
  }
}

const SubscriptionHeld = Holding.make({
  kind: "subscription",
  schema: Schema.Struct({ name: Schema.String }),
  key: (held) => held.name,
  undo: ({ name }) => Bridges.use(({ subscriptions }) => Effect.sync(() => void subscriptions.delete(name)))
})

const ndi = Source.make({
  kind: "ndi",
  schema: Schema.Struct({ kind: Schema.tag("ndi"), name: Schema.NonEmptyString }),
  feeds: ["audio", "video"],
  holds: [SubscriptionHeld],
  open: Effect.fnUntraced(function*({ name }, { place }) {
    const bridges = yield* Bridges
    const ledger = yield* Holding.Ledger
    const mountpoint = yield* place.with(standard)
    yield* ledger.hold(SubscriptionHeld, { name })
    bridges.subscriptions.add(name)
    const lost = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const gone = Deferred.makeUnsafe<void>()
        bridges.open.set(name, gone)
        return gone
      }),
      () => Effect.sync(() => void bridges.open.delete(name))
    )
    const mids = mountpoint.media.map((track) => track.mid)
    const facts = { ...noFacts, note: `bridged from ${name}` }
    return {
      lost: Effect.flatMap(Deferred.await(lost), () => Effect.fail(new BridgeLost({ name }))),
      hops: [{ name: "ingest" as const, read: () => ({ status: "ok" as const }) }],
      facts: () => facts,
      fed: () => mids,
      proof: everyTrack(() => mids)
    }
  }),
  plan: ({ name }) => Effect.succeed({ steps: [{ hop: "ingest", does: `bridge ${name}` }], warnings: [] }),
  cost: () => 1
})

const mine = Sources.make([...kinds.kinds, ndi])
const station = Layer.provideMerge(stationOf(mine), Bridges.layer)
const studio = { id: "studio", mountpoint: { create: { id: 12 } }, source: { kind: "ndi", name: "cam" } }

describe("a source kind from outside", () => {
  it.effect("is opened, managed, recovered and torn down like those of headend", () =>
    Effect.gen(function*() {
      const world = yield* World
      const bridges = yield* Bridges
      const broadcasts = yield* Broadcasts
      const told = yield* record
      yield* worker("w1")
      yield* start(studio)
      yield* untilSo("bridged", () => bridges.open.has("cam"))
      yield* world.feed(12)
      const running = yield* until("studio", "running")
      assert.strictEqual(running.note, "bridged from cam")
      assert.strictEqual(hop(running, "ingest")?.status, "ok")
      const first = bridges.open.get("cam")!
      yield* Deferred.succeed(first, undefined)
      const recovering = yield* until("studio", "recovering")
      assert.strictEqual(hop(recovering, "ingest")?.evidence, "bridge cam is lost")
      yield* untilSo("bridged again", () => bridges.open.has("cam") && bridges.open.get("cam") !== first)
      yield* until("studio", "running")
      yield* broadcasts.stop("studio")
      yield* until("studio", "stopped")
      assert.deepStrictEqual([...bridges.open.keys()], [])
      assert.deepStrictEqual([...bridges.subscriptions], [])
      assertLeft(world)
      assert.deepStrictEqual(told.resources("studio").slice(-2), [
        "ResourceReleased subscription cam",
        "ResourceReleased mountpoint 12"
      ])
    }).pipe(Effect.provide(station)))

  it.effect("keeps what it holds over a hand-over, and ends what is in the process", () =>
    Effect.gen(function*() {
      const bridges = yield* Bridges
      const world = yield* World
      const { end } = yield* worker("w1")
      yield* start(studio)
      yield* untilSo("bridged", () => bridges.open.has("cam"))
      yield* end
      assert.deepStrictEqual([...bridges.open.keys()], [])
      assert.deepStrictEqual([...bridges.subscriptions], ["cam"])
      assert.deepStrictEqual(world.mountpoints().map((one) => one.id), [12])
      yield* worker("w2")
      yield* untilSo("bridged again", () => bridges.open.has("cam"))
    }).pipe(Effect.provide(station)))

  it.effect("that fails with an error of its own before the first picture fails the broadcast after eight times", () =>
    Effect.gen(function*() {
      const bridges = yield* Bridges
      const world = yield* World
      yield* worker("w1")
      yield* start(studio)
      for (let i = 0; i < 8; i++) {
        yield* untilSo("bridged", () => bridges.open.has("cam"))
        yield* Deferred.succeed(bridges.open.get("cam")!, undefined)
        yield* untilSo("gone", () => !bridges.open.has("cam"))
      }
      const failed = yield* until("studio", "failed")
      assert.deepStrictEqual(failed.endReason, {
        code: "bridge_lost",
        message: "bridge cam is lost",
        hop: "ingest",
        fault: "world"
      })
      assertLeft(world)
    }).pipe(Effect.provide(station)))

  it.effect("opens as a broadcast of one's own", () =>
    Effect.gen(function*() {
      const bridges = yield* Bridges
      const world = yield* World
      yield* Effect.scoped(Effect.gen(function*() {
        const broadcast = yield* Broadcast.open(Sources.make([ndi]), { source: { kind: "ndi", name: "cam" } })
        assert.isTrue(bridges.open.has("cam"))
        assert.strictEqual(broadcast.mountpoint()?.media.length, 2)
      }))
      assert.deepStrictEqual([...bridges.open.keys()], [])
      assert.deepStrictEqual([...bridges.subscriptions], [])
      assertLeft(world)
    }).pipe(Effect.provide(station)))

  it.effect("with a defect ends its broadcast, and not the worker", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7)
      yield* worker("w1")
      yield* start({ ...studio, id: "broken", source: { kind: "broken" } })
      const failed = yield* until("broken", "failed")
      assert.strictEqual(failed.endReason?.code, "defect")
      assertLeft(world, { rooms: [7] })
      yield* start({ id: "lobby", source: { kind: "videoroom", room: { id: 7 } } })
      yield* until("lobby", "running")
    }).pipe(Effect.provide(stationOf(Sources.make([...kinds.kinds, broken])))))
})

const broken = Source.make({
  kind: "broken",
  schema: Schema.Struct({ kind: Schema.tag("broken") }),
  feeds: ["video"],
  holds: [],
  open: (_spec, { place }) => Effect.andThen(place.with(standard), Effect.die(new Error("a mistake"))),
  plan: () => Effect.succeed({ steps: [], warnings: [] }),
  cost: () => 0.1
})
