// Workers that crash or freeze: others take over what they had, and what they do when they wake changes nothing.
import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { ServerUnavailable } from "@headend/core/Failure"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { headquarters, member } from "./crew.ts"
import { pass, spec, start, until } from "./station.ts"

const lobby = {
  id: "lobby",
  mountpoint: { create: { id: 12 } },
  source: { kind: "videoroom", room: { id: 7 }, publisher: "any" }
}

/** On air with `w1`, while `w2` has nothing to do. */
const onAir = Effect.gen(function*() {
  const world = yield* World
  yield* world.foreignRoom(7)
  const guest = yield* world.publish(7, { display: "anna" })
  const w1 = yield* member("w1")
  yield* start(lobby)
  yield* until("lobby", "running")
  const w2 = yield* member("w2")
  yield* pass(3_000)
  return { world, w1, w2, guest: guest.id }
})

const streams = Effect.map(World, (world) => world.forwarders().map(({ streamId }) => streamId))

/** Milliseconds until `w2` owns it. */
const takeover = Effect.gen(function*() {
  const broadcasts = yield* Broadcasts
  for (let passed = 0; passed < 60_000; passed += 100) {
    if ((yield* broadcasts.get("lobby")).owner?.worker === "w2") return passed
    yield* pass(100)
  }
  return Number.POSITIVE_INFINITY
})

describe("a crash", () => {
  it.effect("is taken over after the lease, with the same mountpoint and forwarders", () =>
    Effect.gen(function*() {
      const { w1, w2, world } = yield* onAir
      const broadcasts = yield* Broadcasts
      const before = yield* streams
      const ports = world.mountpoints()[0]!.tracks
      yield* w1.crash
      const after = yield* takeover
      assert.isAtLeast(after, 9_000)
      assert.isAtMost(after, 18_500)
      yield* until("lobby", "running")
      yield* pass(2_000)
      const taken = yield* broadcasts.get("lobby")
      assert.deepStrictEqual([taken.run, taken.owner], [1, { worker: "w2", epoch: 2 }])
      assert.deepStrictEqual(yield* streams, before)
      assert.deepStrictEqual(world.mountpoints()[0]!.tracks, ports)
      assert.strictEqual(world.mountpoints()[0]!.mark?.epoch, 2)
      assert.sameMembers([...new Set(w2.did.lines("mountpoints."))], ["mountpoints.ensure 12"])
      assert.deepStrictEqual(world.journal.lines("mountpoints.destroy"), [])
    }).pipe(Effect.provide(headquarters)))

  it.effect("during a stop is finished by the successor, for the reason that the owner gave", () =>
    Effect.gen(function*() {
      const { w1, world } = yield* onAir
      yield* world.disconnect
      yield* Broadcasts.use((broadcasts) => broadcasts.stop("lobby"))
      yield* pass(3_000)
      yield* w1.crash
      yield* world.reconnect
      const stopped = yield* until("lobby", "stopped")
      assert.strictEqual(stopped.endReason?.code, "stopped")
      assert.deepStrictEqual(world.mountpoints(), [])
      assert.deepStrictEqual(world.forwarders(), [])
      assert.deepStrictEqual(world.rooms().map(({ id }) => id), [7])
    }).pipe(Effect.provide(headquarters)))

  it.effect("while it takes down what failed for good: the successor ends it with the same reason", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* world.foreignRoom(7)
      const w1 = yield* member("w1")
      yield* start({
        ...lobby,
        mountpoint: { create: { id: 12, media: [{ type: "video" }] } },
        source: { ...lobby.source, waitForPublisher: "5 seconds" }
      })
      yield* until("lobby", "waiting")
      yield* pass(4_000)
      world.faults.fail("mountpoints.destroy", new ServerUnavailable({ server: "janus", reason: "busy" }), 3)
      yield* until("lobby", "stopping")
      yield* w1.crash
      assert.strictEqual(world.mountpoints().length, 1)
      const w2 = yield* member("w2")
      const failed = yield* until("lobby", "failed")
      assert.strictEqual(failed.endReason?.code, "publisher_absent")
      assert.deepStrictEqual(w2.did.lines("mountpoints."), ["mountpoints.fence 12", "mountpoints.destroy 12"])
      assert.deepStrictEqual(world.mountpoints(), [])
      assert.strictEqual((yield* broadcasts.get("lobby")).owner, null)
    }).pipe(Effect.provide(headquarters)))
})

describe("a frozen worker", () => {
  it.effect("wakes after another took over: writes nothing, changes nothing, forgets", () =>
    Effect.gen(function*() {
      const { guest, w1, w2, world } = yield* onAir
      const broadcasts = yield* Broadcasts
      const before = yield* streams
      yield* w1.freeze
      yield* takeover
      yield* until("lobby", "running")
      // the rooms go on meanwhile, so that it has something to do when it wakes
      yield* world.leave(7, guest)
      yield* world.publish(7, { display: "anna" })
      yield* pass(5_000)
      const during = yield* broadcasts.get("lobby")
      const then = yield* streams
      assert.notDeepEqual(then, before)
      const position = yield* broadcasts.position
      w1.did.clear()
      yield* w1.thaw
      yield* pass(8_000)
      assert.deepStrictEqual(w1.did.lines(), [])
      assert.strictEqual(w1.owns(), 0)
      assert.deepStrictEqual(yield* streams, then)
      assert.strictEqual(yield* broadcasts.position, position)
      assert.deepStrictEqual((yield* broadcasts.get("lobby")).owner, during.owner)
      assert.strictEqual(world.watchers(7), 1)
      assert.strictEqual(w2.owns(), 1)
    }).pipe(Effect.provide(headquarters)))

  it.effect("wakes after its broadcast was stopped by another: makes nothing of it again", () =>
    Effect.gen(function*() {
      const { guest, w1, world } = yield* onAir
      const broadcasts = yield* Broadcasts
      yield* w1.freeze
      yield* broadcasts.stop("lobby")
      yield* until("lobby", "stopped")
      yield* world.leave(7, guest)
      yield* world.publish(7, { display: "anna" })
      w1.did.clear()
      yield* w1.thaw
      yield* pass(10_000)
      assert.deepStrictEqual(w1.did.lines(), [])
      assert.deepStrictEqual(world.mountpoints(), [])
      assert.deepStrictEqual(world.forwarders(), [])
      assert.strictEqual(world.watchers(7), 0)
    }).pipe(Effect.provide(headquarters)))

  it.effect("wakes before its lease is over: nothing has happened", () =>
    Effect.gen(function*() {
      const { w1, w2 } = yield* onAir
      const broadcasts = yield* Broadcasts
      const before = yield* streams
      yield* w1.freeze
      yield* pass(7_000)
      yield* w1.thaw
      yield* pass(30_000)
      assert.deepStrictEqual((yield* broadcasts.get("lobby")).owner, { worker: "w1", epoch: 1 })
      assert.deepStrictEqual([yield* streams, w2.owns()], [before, 0])
    }).pipe(Effect.provide(headquarters)))
})

describe("one run after another", () => {
  it.effect("a start while the old run is stopping begins when the old one is undone", () =>
    Effect.gen(function*() {
      const { w1, world } = yield* onAir
      const broadcasts = yield* Broadcasts
      yield* world.disconnect
      yield* broadcasts.stop("lobby")
      yield* pass(1_000)
      const again = yield* start({ ...lobby, description: "the second" })
      assert.deepStrictEqual([again.outcome, again.snapshot.run, again.snapshot.state], ["created", 2, "pending"])
      yield* pass(10_000)
      assert.strictEqual((yield* broadcasts.get("lobby")).state, "pending")
      w1.did.clear()
      yield* world.reconnect
      const running = yield* until("lobby", "running")
      assert.deepStrictEqual([running.run, running.description], [2, "the second"])
      assert.strictEqual(world.mountpoints()[0]?.mark?.run, 2)
      const all = world.journal.lines("mountpoints.")
      assert.deepStrictEqual(all.slice(-2), ["mountpoints.destroy 12", "mountpoints.ensure 12"])
    }).pipe(Effect.provide(headquarters)))

  it.effect("one key starts one run, however often it is delivered", () =>
    Effect.gen(function*() {
      const { world } = yield* onAir
      const broadcasts = yield* Broadcasts
      const hall = yield* spec({ ...lobby, id: "hall", mountpoint: { create: { id: 13 } } })
      const deliver = broadcasts.start(hall, { key: "job 1", offeredAt: 5 })
      const outcomes = yield* Effect.all(Array.from({ length: 5 }, () => deliver), { concurrency: "unbounded" })
      assert.sameMembers(outcomes.map(({ outcome }) => outcome), [
        "created",
        "handled",
        "handled",
        "handled",
        "handled"
      ])
      yield* until("hall", "running")
      yield* broadcasts.stop("hall")
      yield* until("hall", "stopped")
      assert.strictEqual((yield* deliver).outcome, "handled")
      yield* pass(5_000)
      assert.deepStrictEqual(world.journal.lines("mountpoints.").filter((one) => one.endsWith(" 13")), [
        "mountpoints.ensure 13",
        "mountpoints.destroy 13"
      ])
    }).pipe(Effect.provide(headquarters)))
})
