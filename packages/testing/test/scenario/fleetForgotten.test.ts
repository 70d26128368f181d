// A registry that lost its data: its owners tell it again, and whoever is not the owner does not.
import { assert, describe, it } from "@effect/vitest"
import * as Sweep from "@headend/core/Sweep"
import { Effect, Layer, Random } from "effect"
import { headquarters } from "./crew.ts"
import { pass, start, until } from "./station.ts"

import { lobby, onAir, owners, streams, with1 } from "./fleetOnAir.ts"

describe("a registry that lost its data", () => {
  it.effect("is told again by the owners, with the same epochs; nothing is touched, and the sweep takes nothing", () =>
    Effect.gen(function*() {
      const { broadcasts, registry, w1, w2, world } = yield* onAir
      const before = yield* streams
      const facts = yield* broadcasts.get("lobby")
      w1.did.clear()
      yield* registry.empty
      yield* pass(9_000)
      assert.deepStrictEqual([yield* owners, yield* streams], [[with1, with1], before])
      assert.deepStrictEqual([w1.did.lines(), w2.owns()], [[], 0])
      const after = yield* broadcasts.get("lobby")
      assert.deepStrictEqual(
        [after.state, after.run, after.mountpoint, after.forwarders, after.startedAt],
        [facts.state, facts.run, facts.mountpoint, facts.forwarders, facts.startedAt]
      )
      assert.deepStrictEqual((yield* Sweep.sweep()).undone, [])
      // the same specification is the same broadcast still
      assert.strictEqual((yield* start(lobby)).outcome, "exists")
      yield* w1.crash
      yield* pass(25_000)
      assert.strictEqual(w2.owns(), 2)
      assert.deepStrictEqual((yield* owners).map((one) => one?.epoch), [2, 2])
      yield* broadcasts.stopAll({})
      yield* until("lobby", "stopped")
      yield* until("stage", "stopped")
      assert.deepStrictEqual(world.mountpoints(), [])
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  it.effect("hears of it first by a report, or when a feed is opened anew: both ask before they give up", () =>
    Effect.gen(function*() {
      const { broadcasts, guest, registry, w1, w2, world } = yield* onAir
      yield* registry.empty
      // something to say at once, and something to make
      yield* world.leave(7, guest)
      yield* world.publish(7, { display: "anna" })
      yield* pass(1_500)
      assert.strictEqual((yield* broadcasts.get("lobby")).owner?.worker, "w1")
      yield* until("lobby", "running")
      yield* pass(5_000)
      assert.deepStrictEqual([w1.owns(), w2.owns()], [2, 0])
      assert.deepStrictEqual(yield* owners, [with1, with1])
      yield* pass(6_000)
      yield* registry.empty
      yield* world.destroyMountpoint(12)
      yield* pass(10_000)
      yield* until("lobby", "running")
      assert.deepStrictEqual(yield* owners, [with1, with1])
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  it.effect("is asked twice by the sweep: what its owners declare meanwhile is no orphan", () =>
    Effect.gen(function*() {
      const { registry, world } = yield* onAir
      yield* registry.become("away")
      yield* Layer.build(Sweep.layer)
      yield* registry.empty
      // Janus and the registry answer the sweep before the owner knows
      yield* registry.become("well")
      yield* pass(200)
      yield* pass(60_000)
      assert.deepStrictEqual(world.journal.lines("mountpoints.destroy"), [])
      assert.strictEqual(world.mountpoints().length, 1)
      assert.deepStrictEqual(yield* owners, [with1, with1])
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  it.effect("is told by the last owner, not by one that was cut off before", () =>
    Effect.gen(function*() {
      const { registry, w1, w2, world } = yield* onAir
      yield* w1.link.become("away")
      yield* pass(25_000)
      assert.strictEqual(w2.owns(), 2)
      yield* w2.link.become("frozen")
      yield* registry.empty
      w1.did.clear()
      yield* w1.link.become("well")
      yield* pass(4_000)
      yield* w2.link.become("well")
      yield* pass(12_000)
      assert.deepStrictEqual((yield* owners)[0], { worker: "w2", epoch: 2 })
      assert.deepStrictEqual(w1.did.lines(), [])
      assert.strictEqual(world.mountpoints()[0]?.mark?.worker, "w2")
      assert.strictEqual(w1.owns() + w2.owns(), 2)
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))

  it.effect("after it was away for 20 seconds: what is on air is declared again by the word of Janus", () =>
    Effect.gen(function*() {
      const { registry, w1, w2 } = yield* onAir
      const before = yield* streams
      yield* registry.become("away")
      yield* pass(20_000)
      yield* registry.empty
      yield* registry.become("well")
      yield* pass(9_000)
      assert.deepStrictEqual([yield* owners, yield* streams], [[with1, with1], before])
      assert.deepStrictEqual([w1.owns(), w2.owns()], [2, 0])
    }).pipe(Effect.provide(headquarters), Random.withSeed(7)))
})
