// The registry is away, Janus is away, or both: what goes on, for how long, and what has the last word.
import { assert, describe, it } from "@effect/vitest"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { Broadcasts } from "@headend/core/Broadcasts"
import { World } from "@headend/testing/World"
import { Effect, Random, Stream } from "effect"
import { headquarters } from "./crew.ts"
import { lobby, onAir, owners, stage, with1 } from "./fleetOnAir.ts"
import { countAt, pass, start, until } from "./station.ts"

const picture = Effect.map(World, (world) => ({
  mountpoints: world.mountpoints().map(({ id, mark }) => [id, mark?.epoch, mark?.worker]),
  forwarders: world.forwarders().map(({ streamId }) => streamId),
  watchers: world.rooms().map(({ id }) => world.watchers(id))
}))

const unmoved = [with1, with1]

describe("the registry is away", () => {
  for (const link of ["away", "frozen"] as const) {
    it.effect(`${link} for 20 seconds: nothing is interrupted, nothing moves, what was not said is said after`, () =>
      Effect.gen(function*() {
        const { broadcasts, guest, registry, w1, world } = yield* onAir
        const before = yield* picture
        const position = yield* broadcasts.position
        w1.did.clear()
        yield* registry.become(link)
        yield* pass(19_000)
        assert.deepStrictEqual(yield* picture, before)
        assert.deepStrictEqual(w1.did.lines(), [])
        yield* world.leave(7, guest)
        yield* pass(1_000)
        yield* registry.become("well")
        yield* pass(5_000)
        assert.deepStrictEqual(yield* owners, unmoved)
        assert.strictEqual((yield* broadcasts.get("lobby")).state, "waiting")
        yield* pass(40_000)
        assert.deepStrictEqual(yield* owners, unmoved)
        const told = yield* Stream.runCollect(Stream.take(broadcasts.changes(position), 1))
        assert.strictEqual(told[0]?.broadcast, "lobby")
        assert.isFalse((yield* events(position)).some((event) => event._tag === "OwnerChanged"))
      }).pipe(Effect.provide(headquarters)))
  }

  it.effect("a publisher who returns with another id meanwhile is forwarded again as long as the lease is sure", () =>
    Effect.gen(function*() {
      const { guest, registry, world } = yield* onAir
      yield* registry.become("away")
      yield* pass(3_000)
      yield* world.leave(7, guest)
      const anna = yield* world.publish(7, { display: "anna" })
      yield* pass(1_000)
      assert.deepStrictEqual(world.forwarders().map(({ publisher }) => publisher), [anna.id, anna.id])
    }).pipe(Effect.provide(headquarters)))

  it.effect("from one worker only, beyond its deadline: it holds while Janus has its epoch, and gives up after", () =>
    Effect.gen(function*() {
      const { w1, w2, world } = yield* onAir
      const streams = (yield* picture).forwarders
      yield* w2.link.become("away")
      yield* w1.link.become("away")
      yield* pass(60_000)
      // both are cut off: nobody has raised the epoch
      assert.deepStrictEqual((yield* picture).mountpoints, [[12, 1, "w1"]])
      assert.strictEqual(w1.owns(), 2)
      w1.did.clear()
      yield* w2.link.become("well")
      for (let i = 0; i < 300 && w2.owns() < 2; i++) yield* pass(100)
      yield* pass(2_500)
      assert.deepStrictEqual((yield* picture).mountpoints, [[12, 2, "w2"]])
      // its other broadcast has no mountpoint, nothing flows: it is not known to be lost before the registry says so
      assert.strictEqual(w1.owns(), 1)
      assert.deepStrictEqual(w1.did.lines(), [])
      assert.deepStrictEqual((yield* picture).forwarders, streams)
      assert.strictEqual(world.watchers(7), 1)
      yield* w1.link.become("well")
      yield* pass(6_000)
      assert.strictEqual(w1.owns(), 0)
      assert.deepStrictEqual(w1.did.lines(), [])
      assert.strictEqual(w2.owns(), 2)
    }).pipe(Effect.provide(headquarters)))

  it.effect("and does not even refuse one worker: it gives up all the same once Janus has a higher epoch", () =>
    Effect.gen(function*() {
      const { guest, w1, w2, world } = yield* onAir
      yield* w1.link.become("frozen")
      // something to say, which nobody answers
      yield* world.leave(7, guest)
      yield* world.publish(7, { display: "anna" })
      for (let i = 0; i < 300 && w2.owns() < 2; i++) yield* pass(100)
      yield* pass(2_500)
      assert.deepStrictEqual((yield* picture).mountpoints, [[12, 2, "w2"]])
      assert.strictEqual(w1.owns(), 1)
      assert.strictEqual(world.watchers(7), 1)
    }).pipe(Effect.provide(headquarters)))

  it.effect("for longer than five minutes, media end", () =>
    Effect.gen(function*() {
      const { w1, w2, world } = yield* onAir
      yield* w2.end
      yield* w1.link.become("away")
      yield* pass(290_000)
      assert.strictEqual(w1.owns(), 2)
      yield* pass(20_000)
      assert.strictEqual(w1.owns(), 0)
      assert.deepStrictEqual(world.rooms().map(({ id }) => world.watchers(id)), [0, 0])
      assert.deepStrictEqual(world.journal.lines("mountpoints.destroy"), [])
    }).pipe(Effect.provide(headquarters)))

  it.effect("beyond the deadline nothing is made: another may have stopped it meanwhile", () =>
    Effect.gen(function*() {
      const { broadcasts, w1, world } = yield* onAir
      yield* w1.link.become("away")
      yield* broadcasts.stop("lobby")
      yield* until("lobby", "stopped")
      yield* pass(20_000)
      assert.deepStrictEqual(world.mountpoints(), [])
      // the next run finds its id free
      yield* start({ ...lobby, description: "the second" })
      const running = yield* until("lobby", "running")
      assert.deepStrictEqual([running.run, running.owner?.worker], [2, "w2"])
      yield* w1.link.become("well")
      yield* pass(8_000)
      assert.deepStrictEqual((yield* picture).mountpoints, [[12, running.owner?.epoch, "w2"]])
    }).pipe(Effect.provide(headquarters)))
})

describe("a worker cut off", () => {
  it.effect("from registry and Janus ends its media at its deadline; others take over", () =>
    Effect.gen(function*() {
      const { broadcasts, w1, w2, world } = yield* onAir
      yield* w1.link.become("away")
      w1.door.set("shut")
      // its last renewal was some seconds ago
      yield* pass(4_000)
      assert.strictEqual(w1.owns(), 2)
      yield* pass(9_500)
      assert.strictEqual(w1.owns(), 1)
      yield* pass(10_000)
      assert.strictEqual(w2.owns(), 2)
      w1.did.clear()
      w1.door.set("open")
      yield* w1.link.become("well")
      yield* pass(10_000)
      assert.strictEqual(w1.owns(), 0)
      assert.deepStrictEqual(w1.did.lines(), [])
      assert.strictEqual((yield* broadcasts.get("lobby")).state, "running")
      assert.strictEqual(world.watchers(7), 1)
    }).pipe(Effect.provide(headquarters)))

  it.effect("alone in the world, comes back after its leases are over and goes on with them", () =>
    Effect.gen(function*() {
      const { broadcasts, registry, w1, w2 } = yield* onAir
      yield* w2.end
      const before = yield* picture
      const renewals = registry.calls("renew")
      yield* w1.link.become("away")
      yield* pass(40_000)
      assert.strictEqual(registry.calls("renew"), renewals)
      // somebody else scans, but has no room: its leases are free to take when it comes back
      const shared = yield* BroadcastRegistry
      for (let i = 0; i < 20; i++) {
        yield* shared.claim({ id: "full", capacity: 0, used: 0, draining: false, reachesJanus: true }, 10)
        yield* pass(1_000)
      }
      w1.did.clear()
      yield* w1.link.become("well")
      // hints come before its next tick
      for (let i = 0; i < 20; i++) {
        yield* start({ ...stage, id: `another-${i}` })
        yield* pass(100)
      }
      yield* pass(8_000)
      assert.deepStrictEqual(yield* owners, unmoved)
      assert.deepStrictEqual((yield* picture).forwarders, before.forwarders)
      assert.deepStrictEqual(w1.did.lines("mountpoints."), [])
      assert.strictEqual((yield* broadcasts.get("lobby")).state, "running")
    }).pipe(Effect.provide(headquarters), Random.withSeed(2)))

  it.effect("undoes nothing that may be another's by now", () =>
    Effect.gen(function*() {
      const { broadcasts, w1, w2, world } = yield* onAir
      yield* start({ ...stage, id: "patient", limits: { giveUpAfter: "30 seconds" } })
      const { room } = yield* until("patient", "waiting")
      yield* w1.link.become("away")
      yield* w2.link.become("away")
      const taken = [w1, w2].find((one) => one.owns() > 2 || one.owns() === 1)
      const other = taken === w1 ? w2 : w1
      yield* other.link.become("well")
      taken!.did.clear()
      // the owner gives up after 30 seconds of its own, its successor later
      yield* pass(40_000)
      assert.deepStrictEqual(taken!.did.lines("rooms."), [])
      assert.isTrue(world.rooms().some(({ id }) => id === room!.id))
      const patient = yield* broadcasts.get("patient")
      assert.deepStrictEqual([patient.state, patient.owner?.worker], ["waiting", other.id])
    }).pipe(Effect.provide(headquarters)))

  it.effect("from Janus only keeps its leases, and goes on when it is back", () =>
    Effect.gen(function*() {
      const { broadcasts, w1 } = yield* onAir
      const before = yield* picture
      w1.door.set("shut")
      yield* pass(30_000)
      assert.deepStrictEqual(yield* owners, unmoved)
      const lost = yield* broadcasts.get("lobby")
      assert.include(["recovering", "degraded"], lost.state)
      assert.include(lost.health.hops.filter(({ status }) => status === "bad").map(({ hop }) => hop), "janus")
      w1.door.set("open")
      yield* until("lobby", "running")
      assert.deepStrictEqual((yield* picture).forwarders, before.forwarders)
      assert.deepStrictEqual(yield* owners, unmoved)
    }).pipe(Effect.provide(headquarters)))
})

/** What has been told since. */
const events = Effect.fnUntraced(function*(position: string) {
  const broadcasts = yield* Broadcasts
  const count = countAt(yield* broadcasts.position) - countAt(position)
  return yield* Stream.runCollect(Stream.take(broadcasts.changes(position), count))
})
