// Two relays never send into one mountpoint: who took over waits for the one before to fall silent, and no longer.
import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { SourceEnded } from "@headend/core/RelayFailure"
import { World } from "@headend/testing/World"
import { Effect, Random } from "effect"
import { headquarters, member } from "./crew.ts"
import { at, nobody, rtmp, srs } from "./ingest.ts"
import { pass, start, until } from "./station.ts"

const pattern = { id: "live", mountpoint: { create: { id: 12 } }, source: { kind: "test_pattern" } }

/** On air with `w1`, while `w2` has nothing to do. */
const onAir = Effect.fnUntraced(function*(spec: object) {
  const world = yield* World
  const w1 = yield* member("w1")
  yield* start(spec)
  yield* until("live", "running")
  const w2 = yield* member("w2")
  yield* pass(6_000)
  return { world, w1, w2 }
})

/** Milliseconds until it is so, at most a minute. */
const passed = Effect.fnUntraced(function*(isSo: () => boolean) {
  for (let i = 0; i < 600; i++) {
    if (isSo()) return i * 100
    yield* pass(100)
  }
  return yield* Effect.die(new Error("not so in a minute"))
})

describe("a relay after a takeover", () => {
  it.effect("from a worker that is cut off from the registry begins a second after that one's has ended", () =>
    Effect.gen(function*() {
      const { w1, w2, world } = yield* onAir(pattern)
      const before = world.relays()[0]!
      yield* w1.link.become("away")
      yield* passed(() => world.mountpoints()[0]?.mark?.epoch === 2)
      assert.deepStrictEqual(world.relays(), [before])
      assert.isAtMost(yield* passed(() => world.relays().length === 0), 700)
      assert.strictEqual(w2.owns(), 1)
      const silence = yield* passed(() => world.relays().length === 1)
      assert.isAtLeast(silence, 900)
      assert.isAtMost(silence, 1_200)
      yield* w1.link.become("well")
      yield* until("live", "running")
      yield* pass(10_000)
      assert.deepStrictEqual([w1.owns(), world.relays().length, world.clashes()], [0, 1, []])
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  it.effect("from a worker that is dead, or that hands over, begins at once", () =>
    Effect.gen(function*() {
      const { w1, w2, world } = yield* onAir(pattern)
      yield* w1.crash
      assert.deepStrictEqual(world.relays(), [])
      yield* passed(() => world.mountpoints()[0]?.mark?.epoch === 2)
      assert.strictEqual(yield* passed(() => world.relays().length === 1), 0)
      yield* until("live", "running")
      yield* member("w3")
      yield* pass(6_000)
      yield* w2.end
      yield* passed(() => world.mountpoints()[0]?.mark?.epoch === 3)
      assert.strictEqual(yield* passed(() => world.relays().length === 1), 0)
      assert.deepStrictEqual(world.clashes(), [])
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  it.effect("waits for a worker that is cut off, also when it was handed over before that one had ended", () =>
    Effect.gen(function*() {
      const { w1, w2, world } = yield* onAir(pattern)
      const w3 = yield* member("w3")
      yield* pass(6_000)
      const before = world.relays()[0]!
      yield* w1.link.become("away")
      yield* passed(() => world.mountpoints()[0]?.mark?.epoch === 2)
      assert.deepStrictEqual(world.relays(), [before])
      const [heir, leaver] = w2.owns() === 1 ? [w3, w2] : [w2, w3]
      yield* leaver.end
      yield* passed(() => world.mountpoints()[0]?.mark?.epoch === 3)
      assert.isAtMost(yield* passed(() => world.relays().length === 0), 700)
      assert.strictEqual(heir.owns(), 1)
      assert.isAtLeast(yield* passed(() => world.relays().length === 1), 900)
      yield* until("live", "running")
      yield* w1.link.become("well")
      yield* pass(10_000)
      assert.deepStrictEqual([w1.owns(), world.relays().length, world.clashes()], [0, 1, []])
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  it.effect("begins beside a sender that never ends, after ten seconds; the next one does not wait again", () =>
    Effect.gen(function*() {
      const { w1, world } = yield* onAir(pattern)
      yield* world.feed(12)
      yield* w1.crash
      yield* passed(() => world.mountpoints()[0]?.mark?.epoch === 2)
      const waited = yield* passed(() => world.relays().length === 1)
      assert.isAtLeast(waited, 9_500)
      assert.isAtMost(waited, 10_500)
      yield* world.relays()[0]!.end(new SourceEnded({ hop: "relay", reason: "test" }))
      yield* pass(100)
      assert.isAtMost(yield* passed(() => world.relays().length === 1), 1_500)
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  it.effect("is not begun beside it by one that has lost its lease, and whose publisher comes back just then", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.rtmp.publish(at)
      const { w1, w2 } = yield* onAir({ ...rtmp(srs), mountpoint: { create: { id: 12 } } })
      world.faults.fail("relays.acquire", nobody, 1_000)
      yield* world.rtmp.unpublish(at)
      yield* passed(() => world.relays().length === 0)
      yield* w1.link.become("away")
      while (world.mountpoints()[0]?.mark?.epoch !== 2) yield* pass(100)
      const owners = [w1.owns(), w2.owns()]
      world.faults.clear()
      world.journal.clear()
      yield* world.rtmp.publish(at)
      yield* pass(5_000)
      assert.deepStrictEqual(owners, [1, 1])
      assert.deepStrictEqual(world.journal.lines("relays."), ["relays.acquire live"])
      assert.deepStrictEqual(world.clashes(), [])
      assert.strictEqual(w1.owns(), 0)
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  it.effect("of a worker that is cut off has ended a second before its mountpoint goes, whose ports may be another's", () =>
    Effect.gen(function*() {
      const { w1, w2, world } = yield* onAir(pattern)
      yield* w1.link.become("away")
      yield* Broadcasts.use((broadcasts) => broadcasts.stop("live"))
      yield* passed(() => world.mountpoints()[0]?.mark?.epoch === 2)
      assert.deepStrictEqual([world.relays().length, w1.owns(), w2.owns()], [1, 1, 1])
      assert.isAtMost(yield* passed(() => world.relays().length === 0), 700)
      const silence = yield* passed(() => world.mountpoints().length === 0)
      assert.isAtLeast(silence, 900)
      assert.isAtMost(silence, 1_200)
      yield* until("live", "stopped")
      yield* w1.link.become("well")
      yield* pass(6_000)
      assert.deepStrictEqual([world.relays(), world.mountpoints(), w1.owns()], [[], [], 0])
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  for (
    const [what, isFed, least, most] of [
      ["a sender that never ends keeps a mountpoint for ten seconds more from being destroyed", true, 10_500, 11_500],
      ["one that is dead keeps it for a second", false, 900, 1_200]
    ] as const
  ) {
    it.effect(what, () =>
      Effect.gen(function*() {
        const { w1, world } = yield* onAir(pattern)
        if (isFed) yield* world.feed(12)
        yield* w1.crash
        yield* Broadcasts.use((broadcasts) => broadcasts.stop("live"))
        yield* passed(() => world.mountpoints()[0]?.mark?.epoch === 2)
        const waited = yield* passed(() => world.mountpoints().length === 0)
        assert.isAtLeast(waited, least)
        assert.isAtMost(waited, most)
        yield* until("live", "stopped")
      }).pipe(Effect.provide(headquarters), Random.withSeed(7)))
  }

  it.effect("of a worker that holds begins again as long as Janus has its epoch", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.rtmp.publish(at)
      const { w1, w2 } = yield* onAir({ ...rtmp(srs), mountpoint: { create: { id: 12 } } })
      yield* Effect.all([w1.link.become("away"), w2.link.become("away")])
      yield* pass(30_000)
      world.faults.fail("relays.acquire", nobody, 1_000)
      yield* world.rtmp.unpublish(at)
      yield* passed(() => world.relays().length === 0)
      world.faults.clear()
      yield* world.rtmp.publish(at)
      yield* passed(() => world.relays().length === 1)
      assert.deepStrictEqual([w1.owns(), w2.owns()], [1, 0])
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))
})
