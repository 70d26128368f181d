import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { ServerUnavailable, Unauthorized } from "@headend/core/Failure"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { assertLeft, held, record } from "./parts.ts"
import { pass, start, station, until, worker } from "./station.ts"

const lobby = {
  id: "lobby",
  mountpoint: { create: { id: 12 } },
  source: { kind: "videoroom", room: { id: 7, ifMissing: "create" } }
}

const onAir = Effect.gen(function*() {
  const world = yield* World
  yield* worker("w1")
  yield* start(lobby)
  yield* until("lobby", "waiting")
  yield* world.publish(7, { id: 1 })
  yield* until("lobby", "running")
  return world
})

const undoing = (world: World["Service"]) =>
  world.journal.lines().filter((line) => line.includes(".stop ") || line.includes(".destroy "))

describe("taking a broadcast down", () => {
  it.effect("stops forwarders, then destroys the mountpoint, then the room", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const told = yield* record
      const world = yield* onAir
      world.journal.clear()
      yield* world.leave(7, 1)
      yield* broadcasts.stop("lobby")
      const stopped = yield* until("lobby", "stopped")
      assert.deepStrictEqual(undoing(world), ["forwarders.stop 7", "mountpoints.destroy 12", "rooms.destroy 7"])
      assert.deepStrictEqual(told.resources("lobby"), [
        "ResourceAcquired room 7",
        "ResourceAcquired mountpoint 12",
        "ResourceAcquired forwarders 7",
        "ResourceReleased forwarders 7",
        "ResourceReleased mountpoint 12",
        "ResourceReleased room 7"
      ])
      assert.isNull(stopped.mountpoint)
      assert.isNull(stopped.room)
      assert.isNull(stopped.owner)
      assert.isNotNull(stopped.endedAt)
      assertLeft(world)
    }).pipe(Effect.provide(station)))

  it.effect("takes our watcher out of the room first", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const world = yield* onAir
      yield* world.leave(7, 1)
      world.faults.delay("forwarders.stop", "5 seconds")
      yield* broadcasts.stop("lobby")
      yield* pass(1_000)
      assert.deepStrictEqual(held(world).rooms, [7])
      assert.strictEqual(world.watchers(7), 0)
      yield* until("lobby", "stopped")
    }).pipe(Effect.provide(station)))

  it.effect(
    "while Janus is away stays stopping until it is back, and then undoes everything",
    () =>
      Effect.gen(function*() {
        const broadcasts = yield* Broadcasts
        const told = yield* record
        const world = yield* onAir
        yield* world.leave(7, 1)
        yield* world.disconnect
        yield* broadcasts.stop("lobby")
        yield* until("lobby", "stopping")
        for (let i = 0; i < 60; i++) yield* pass(60_000)
        yield* until("lobby", "stopping")
        assert.deepStrictEqual(held(world).mountpoints, [12])
        yield* world.reconnect
        const stopped = yield* until("lobby", "stopped")
        assert.deepStrictEqual(stopped.leftBehind, [])
        assertLeft(world)
        assert.strictEqual(told.states("lobby").filter((one) => one === "stopping").length, 1)
      }).pipe(Effect.provide(station)),
    60_000
  )

  it.effect("keeps the order when Janus does not answer for a while", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const world = yield* onAir
      yield* world.leave(7, 1)
      world.faults.fail("mountpoints.destroy", new ServerUnavailable({ server: "janus", reason: "no answer" }), 3)
      world.journal.clear()
      yield* broadcasts.stop("lobby")
      yield* pass(1_500)
      yield* until("lobby", "stopping")
      assert.deepStrictEqual(held(world), { mountpoints: [12], rooms: [7], forwarders: 0 })
      yield* until("lobby", "stopped")
      assertLeft(world)
      assert.deepStrictEqual(undoing(world), ["forwarders.stop 7", "mountpoints.destroy 12", "rooms.destroy 7"])
    }).pipe(Effect.provide(station)))

  it.effect("goes on with the others when one can never be undone, and names that one", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const world = yield* onAir
      yield* world.leave(7, 1)
      world.faults.fail("mountpoints.destroy", new Unauthorized({ server: "janus", reason: "wrong secret" }), 100)
      yield* broadcasts.stop("lobby")
      const stopped = yield* until("lobby", "stopped")
      assert.deepStrictEqual(stopped.leftBehind, [{ kind: "mountpoint", id: "12" }])
      assert.deepStrictEqual(held(world), { mountpoints: [12], rooms: [], forwarders: 0 })
      assert.strictEqual(world.journal.lines("mountpoints.destroy", "any").length, 1)
    }).pipe(Effect.provide(station)))

  it.effect("after Janus was restarted has nothing to undo, and is done", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const world = yield* onAir
      yield* world.kill
      yield* broadcasts.stop("lobby")
      yield* until("lobby", "stopping")
      yield* world.restart
      yield* until("lobby", "stopped")
      assertLeft(world)
    }).pipe(Effect.provide(station)))

  it.effect("destroys nothing that somebody else made under our id after a restart of Janus", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const world = yield* onAir
      yield* world.kill
      yield* broadcasts.stop("lobby")
      yield* world.foreignRoom(7)
      yield* world.foreignMountpoint({ id: 12, type: "rtp", media: [{ type: "video" }] })
      yield* world.restart
      yield* until("lobby", "stopped")
      assertLeft(world, { mountpoints: [12], rooms: [7] })
    }).pipe(Effect.provide(station)))

  it.effect("of all at once leaves nothing of any", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7)
      yield* worker("w1")
      for (let i = 0; i < 30; i++) {
        yield* start({ id: `b${i}`, labels: { odd: String(i % 2) }, source: { kind: "videoroom", room: { id: 7 } } })
      }
      for (let i = 0; i < 30; i++) yield* until(`b${i}`, "running")
      const odd = yield* broadcasts.stopAll({ label: ["odd", "1"] })
      assert.strictEqual(odd.length, 15)
      for (const id of odd) yield* until(id, "stopped")
      assert.strictEqual(world.mountpoints().length, 15)
      yield* until("b0", "running")
      yield* broadcasts.stopAll({})
      for (let i = 0; i < 30; i++) yield* until(`b${i}`, "stopped")
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(station)))
})
