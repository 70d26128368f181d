import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { ServerUnavailable } from "@headend/core/Failure"
import { Forwarders } from "@headend/core/Forwarders"
import { Mountpoints } from "@headend/core/Mountpoints"
import { RegistryUnavailable } from "@headend/core/RegistryFailure"
import { Rooms } from "@headend/core/Rooms"
import * as Sweep from "@headend/core/Sweep"
import { World } from "@headend/testing/World"
import { Effect, Layer } from "effect"
import { assertLeft, held, untilSo } from "./parts.ts"
import { pass, start, station, until, worker } from "./station.ts"

/** What an app that was killed has left: a room, a mountpoint, and forwarders out of a room of somebody else's. */
const orphan = (broadcast: string, id: number, instance = "test") =>
  Effect.gen(function*() {
    const mark = { instance, broadcast, run: 1, epoch: 1, worker: "gone" }
    yield* (yield* Rooms).ensure(id, {}, mark)
    const { media } = yield* (yield* Mountpoints).ensure({ type: "rtp", id, media: [{ type: "video" }] }, mark)
    const [track] = media
    yield* (yield* Forwarders).ensure({ id: 7 }, 1, [{ ...track!, sourceMid: "1", pt: null }], {})
  })

const others = Effect.gen(function*() {
  const world = yield* World
  yield* world.foreignRoom(7)
  yield* world.publish(7, { id: 1 })
  yield* world.foreignMountpoint({ id: 99, type: "rtp", media: [{ type: "video" }] })
  return world
})

describe("the sweep", () => {
  it.effect("undoes what carries our mark and nobody runs, forwarders first, and nothing else", () =>
    Effect.gen(function*() {
      const world = yield* others
      yield* orphan("ghost", 50)
      yield* orphan("theirs", 60, "another-installation")
      world.journal.clear()
      const swept = yield* Sweep.sweep()
      assert.deepStrictEqual(swept, { undone: ["mountpoint 50", "room 50"], left: [] })
      assert.deepStrictEqual(held(world), { mountpoints: [99, 60], rooms: [7, 60], forwarders: 1 })
      assert.deepStrictEqual(world.journal.lines(), ["mountpoints.destroy 50", "rooms.destroy 50"])
    }).pipe(Effect.provide(station)))

  it.effect("leaves what runs, and what is being taken down", () =>
    Effect.gen(function*() {
      const world = yield* others
      const broadcasts = yield* Broadcasts
      yield* worker("w1")
      for (const id of ["first", "second"]) {
        yield* start({ id, source: { kind: "videoroom", room: { id: 7 } } })
        yield* until(id, "running")
      }
      world.faults.fail("mountpoints.destroy", new ServerUnavailable({ server: "janus", reason: "no answer" }), 5)
      yield* broadcasts.stop("second")
      yield* pass(500)
      assert.deepStrictEqual((yield* Sweep.sweep()).undone, [])
      assert.strictEqual(held(world).mountpoints.length, 3)
    }).pipe(Effect.provide(station)))

  it.effect("touches nothing before the registry has answered, and then what was an orphan twice", () =>
    Effect.gen(function*() {
      const world = yield* others
      yield* orphan("ghost", 50)
      world.faults.fail("registry.alive", new RegistryUnavailable({ reason: "it is away" }), 10)
      yield* Layer.build(Sweep.layer)
      yield* pass(8_000)
      assert.deepStrictEqual(held(world).mountpoints, [99, 50])
      yield* untilSo("swept", () => held(world).mountpoints.length === 1)
      assertLeft(world, { mountpoints: [99], rooms: [7] })
    }).pipe(Effect.provide(station)))

  it.effect("waits for Janus at the start, and comes again every minute, with a second look", () =>
    Effect.gen(function*() {
      const world = yield* others
      yield* orphan("ghost", 50)
      yield* world.disconnect
      yield* Layer.build(Sweep.layer)
      yield* pass(120_000)
      assert.deepStrictEqual(held(world).mountpoints, [99, 50])
      yield* world.reconnect
      yield* untilSo("swept", () => held(world).mountpoints.length === 1)
      yield* orphan("another", 51)
      yield* world.guests(51, 1)
      yield* pass(85_000)
      assert.deepStrictEqual(held(world), { mountpoints: [99], rooms: [7, 51], forwarders: 0 })
      yield* world.guests(51, 0)
      yield* pass(85_000)
      assertLeft(world, { mountpoints: [99], rooms: [7] })
    }).pipe(Effect.provide(station)))
})
