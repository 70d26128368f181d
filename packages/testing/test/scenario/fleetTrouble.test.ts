// A fleet in trouble: clocks that jump, workers that freeze, lose sight of Janus, or end.
import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { Duration, Effect, Metric, Random } from "effect"
import { headquarters, member } from "./crew.ts"
import { pass, start, until } from "./station.ts"

import { lobby, onAir, owners, stage, streams, with1 } from "./fleetOnAir.ts"

describe("the wall clock", () => {
  for (const jump of ["forward", "back"] as const) {
    it.effect(`is set ${jump} by an hour: nothing is interrupted, nothing moves`, () =>
      Effect.gen(function*() {
        const { w1, w2 } = yield* onAir
        const before = yield* streams
        w1.did.clear()
        w1.clock.step(jump === "forward" ? 3_600_000 : -3_600_000)
        yield* pass(30_000)
        assert.deepStrictEqual([yield* owners, yield* streams], [[with1, with1], before])
        assert.deepStrictEqual(w1.did.lines("mountpoints.destroy"), [])
        assert.strictEqual(w2.owns(), 0)
      }).pipe(Effect.provide(headquarters), Random.withSeed(7)))
  }
})

describe("a frozen worker", () => {
  it.effect("that wakes before anybody took over, but after its deadline, gives all up and writes nothing", () =>
    Effect.gen(function*() {
      const { registry, w1, w2, world } = yield* onAir
      yield* w1.freeze
      yield* pass(13_000)
      assert.strictEqual(w2.owns(), 0)
      w1.did.clear()
      w1.link.journal.clear()
      yield* w1.thaw
      yield* pass(300)
      assert.strictEqual(w1.owns(), 0)
      assert.deepStrictEqual(w1.did.lines(), [])
      assert.strictEqual(world.watchers(7), 0)
      for (const call of ["report", "release", "adopt"]) {
        assert.deepStrictEqual(w1.link.journal.lines(`registry.${call}`), [])
      }
      assert.strictEqual(world.forwarders().length, 2)
      yield* pass(30_000)
      // claimed afresh, by whoever was first
      assert.strictEqual(w1.owns() + w2.owns(), 2)
      assert.deepStrictEqual((yield* owners).map((one) => one?.epoch), [2, 2])
      assert.strictEqual(registry.journal.lines("registry.adopt").length, 0)
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  it.effect("sends nothing into a mountpoint that somebody else made, once it may be another's", () =>
    Effect.gen(function*() {
      const { w1, w2, world } = yield* onAir
      yield* world.foreignMountpoint({ type: "rtp", id: 99 })
      yield* start({ id: "adopted", mountpoint: { adopt: { id: 99 } }, source: lobby.source })
      yield* until("adopted", "running")
      const [owner, other] = w1.owns() === 3 ? [w1, w2] : [w2, w1]
      yield* owner.freeze
      yield* pass(25_000)
      assert.strictEqual((yield* Broadcasts.use((broadcasts) => broadcasts.get("adopted"))).owner?.worker, other.id)
      yield* world.stopForwarders(7)
      owner.did.clear()
      yield* owner.thaw
      yield* pass(5_000)
      assert.deepStrictEqual(owner.did.lines(), [])
      assert.strictEqual(owner.owns() + other.owns(), 3)
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  it.effect("that is alone goes on: nobody can have taken over", () =>
    Effect.gen(function*() {
      const { w1, w2 } = yield* onAir
      yield* w2.end
      yield* pass(20_000)
      const before = yield* streams
      yield* w1.freeze
      yield* pass(60_000)
      yield* w1.thaw
      yield* pass(5_000)
      assert.deepStrictEqual([yield* owners, yield* streams], [[with1, with1], before])
      assert.deepStrictEqual(w1.did.lines("mountpoints.destroy"), [])
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))
})

describe("what a worker counts", () => {
  it.effect("tells takeovers from hand-overs, what it lost, and for how long it holds", () =>
    Effect.gen(function*() {
      const figures = Effect.map(Metric.snapshot, (all) =>
        Object.fromEntries(all.flatMap((one) => {
          const value = one.type === "Counter" ? one.state.count : one.type === "Gauge" ? one.state.value : undefined
          return value === undefined
            ? []
            : [[[one.id, ...Object.values(one.attributes ?? {})].join(" "), Number(value)]]
        })))
      const { w1, w2 } = yield* onAir
      assert.deepInclude(yield* figures, { worker_capacity: 100, hold_seconds: 0 })
      assert.isUndefined((yield* figures)["takeovers_total lapsed"])
      yield* w1.link.become("away")
      w1.door.set("shut")
      yield* pass(25_000)
      assert.deepInclude(yield* figures, { "takeovers_total lapsed": 2, fenced_total: 1 })
      w1.door.set("open")
      yield* w1.link.become("well")
      yield* pass(6_000)
      assert.deepInclude(yield* figures, { fenced_total: 2, hold_seconds: 0 })
      yield* w2.end
      yield* pass(1_000)
      assert.deepInclude(yield* figures, { "takeovers_total handover": 2, "takeovers_total lapsed": 2 })
    }).pipe(Effect.provide(headquarters), Effect.provideService(Metric.MetricRegistry, new Map())))
})

describe("a worker without Janus", () => {
  it.effect("hands over after a minute to one that reaches it, and takes nothing until it does itself", () =>
    Effect.gen(function*() {
      const { broadcasts, w1, w2 } = yield* onAir
      const before = yield* streams
      w1.did.clear()
      w1.door.set("shut")
      yield* pass(20_000)
      const lost = yield* broadcasts.get("lobby")
      assert.include(["recovering", "degraded"], lost.state)
      assert.include(lost.health.hops.filter(({ status }) => status === "bad").map(({ hop }) => hop), "janus")
      yield* pass(37_000)
      assert.deepStrictEqual(yield* owners, [with1, with1])
      yield* pass(7_000)
      assert.deepStrictEqual([w1.owns(), w2.owns()], [0, 2])
      yield* until("lobby", "running")
      assert.deepStrictEqual([yield* streams, w1.did.lines()], [before, []])
      yield* start({ ...stage, id: "another" })
      yield* pass(5_000)
      assert.deepStrictEqual([w1.owns(), w2.owns()], [0, 3])
      yield* w2.end
      yield* pass(30_000)
      // better than nobody
      assert.strictEqual(w1.owns(), 3)
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  it.effect("keeps what nobody else has room for, and all when nobody reaches Janus", () =>
    Effect.gen(function*() {
      const { w1, w2, world } = yield* onAir
      yield* w2.end
      const small = yield* member("small", { capacity: 0.1 })
      yield* pass(10_000)
      w1.door.set("shut")
      yield* pass(90_000)
      assert.deepStrictEqual([w1.owns(), small.owns()], [1, 1])
      w1.door.set("open")
      yield* pass(5_000)
      yield* world.disconnect
      yield* pass(120_000)
      assert.deepStrictEqual([w1.owns(), small.owns()], [1, 1])
      yield* world.reconnect
      yield* until("lobby", "running")
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  it.effect("goes on with what it wanted to hand over when the registry does not hear of it", () =>
    Effect.gen(function*() {
      const { w1, w2 } = yield* onAir
      w1.door.set("shut")
      yield* pass(58_000)
      // everybody hears the worker, and it hears nobody: the hand-over is carried out or not
      yield* w1.link.become("away")
      yield* pass(8_000)
      w1.door.set("open")
      yield* w1.link.become("well")
      yield* pass(30_000)
      assert.strictEqual(w1.owns() + w2.owns(), 2)
      yield* until("lobby", "running")
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))
})

describe("the end of a worker", () => {
  it.effect("that finishes what it has: takes nothing more, goes on renewing, ends when all have ended", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const w1 = yield* member("w1", { atEnd: { finishWithin: Duration.minutes(30) } })
      yield* start(stage)
      yield* until("stage", "waiting")
      const w2 = yield* member("w2")
      yield* pass(3_000)
      const ending = yield* Effect.forkChild(w1.end)
      yield* pass(60_000)
      yield* start({ ...stage, id: "later" })
      yield* pass(1_000)
      assert.isUndefined(ending.pollUnsafe())
      assert.deepStrictEqual([w1.owns(), w2.owns()], [1, 1])
      assert.deepStrictEqual((yield* broadcasts.get("stage")).owner, with1)
      yield* broadcasts.stop("stage")
      yield* until("stage", "stopped")
      yield* pass(1_000)
      assert.isDefined(ending.pollUnsafe())
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  it.effect("that has no more time to finish hands over the rest", () =>
    Effect.gen(function*() {
      const w1 = yield* member("w1", { atEnd: { finishWithin: Duration.seconds(20) } })
      yield* start(stage)
      yield* until("stage", "waiting")
      const w2 = yield* member("w2")
      yield* pass(3_000)
      const ending = yield* Effect.forkChild(w1.end)
      yield* pass(19_000)
      assert.strictEqual(w2.owns(), 0)
      yield* pass(2_000)
      assert.isDefined(ending.pollUnsafe())
      assert.strictEqual(w2.owns(), 1)
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))
})
