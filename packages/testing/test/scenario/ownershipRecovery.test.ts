// A thousand broadcasts lose their media server at once, and come back without a stampede.
import { assert, it } from "@effect/vitest"
import { BroadcastRegistry, layerMemory } from "@headend/core/BroadcastRegistry"
import { Broadcasts, layer as layerBroadcasts } from "@headend/core/Broadcasts"
import { Mountpoints } from "@headend/core/Mountpoints"
import * as Reconciler from "@headend/core/Reconciler"
import { Rooms } from "@headend/core/Rooms"
import { layer as layerSources } from "@headend/core/Sources"
import { standard } from "@headend/core/StandardSources"
import * as World from "@headend/testing/World"
import { Context, Effect, Layer, Random } from "effect"
import { pass, start } from "./station.ts"

const count = 1_000
const took = "40 millis"

/** How many are being opened at this moment, and how many there ever were. */
class Openings {
  now = 0
  most = 0
  readonly during = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.acquireUseRelease(
      Effect.sync(() => void (this.most = Math.max(this.most, ++this.now))),
      () => Effect.delay(effect, took),
      () => Effect.sync(() => void this.now--)
    )
}

/** The fakes, slow in making things. */
const slow = (openings: Openings) =>
  Layer.effectContext(Effect.gen(function*() {
    const mountpoints = yield* Mountpoints
    const rooms = yield* Rooms
    return Context.make(
      Mountpoints,
      Mountpoints.of({
        ...mountpoints,
        ensure: (spec, mark) => openings.during(mountpoints.ensure(spec, mark))
      })
    ).pipe(Context.add(
      Rooms,
      Rooms.of({
        ...rooms,
        ensure: (id, spec, mark) => openings.during(rooms.ensure(id, spec, mark))
      })
    ))
  }))

it.effect(`${count} broadcasts recover together, sixteen at a time`, () => {
  const openings = new Openings()
  const station = Reconciler.layer({ id: "w1", capacity: 200 }).pipe(
    Layer.provideMerge(layerBroadcasts),
    Layer.provideMerge(layerSources(standard)),
    Layer.provideMerge(layerMemory()),
    Layer.provideMerge(slow(openings)),
    Layer.provideMerge(World.layer)
  )
  return Effect.gen(function*() {
    const world = yield* World.World
    const broadcasts = yield* Broadcasts
    const registry = yield* BroadcastRegistry
    for (let i = 0; i < count; i++) {
      yield* start({
        id: `b${i}`,
        mountpoint: { create: { media: [{ type: "video" }] } },
        source: { kind: "browser_webrtc" }
      })
    }
    yield* pass(12_000)
    const before = world.mountpoints().map(({ id }) => id).toSorted()
    assert.strictEqual(before.length, count)
    assert.isAtMost(openings.most, 16)
    yield* world.kill
    yield* pass(3_000)
    assert.strictEqual((yield* broadcasts.list({ state: "recovering", limit: 500 })).items.length, 500)
    openings.most = 0
    yield* world.restart
    // each makes a room and a mountpoint, one after the other
    yield* pass(count / 16 * 2 * 40 + 4_000)
    assert.strictEqual(openings.most, 16)
    assert.deepStrictEqual(world.mountpoints().map(({ id }) => id).toSorted(), before)
    assert.strictEqual(world.rooms().length, count)
    yield* pass(2_000)
    assert.deepStrictEqual((yield* broadcasts.list({ state: "recovering" })).items, [])
    assert.strictEqual((yield* registry.fleet).workers[0]?.broadcasts, count)
  }).pipe(Effect.provide(station), Random.withSeed(1))
}, 60_000)
