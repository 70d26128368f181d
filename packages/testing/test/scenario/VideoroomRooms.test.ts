import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { sweep } from "@headend/core/Sweep"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { assertLeft, held, hop, record } from "./parts.ts"
import { pass, start, station, until, worker } from "./station.ts"

const videoroom = (room: object = {}, more: object = {}) => ({
  id: "lobby",
  mountpoint: { create: { id: 12 } },
  source: { kind: "videoroom", room: { id: 7, ...room } },
  ...more
})

describe("the room of a videoroom broadcast", () => {
  it.effect("that is missing is the caller's mistake at the start", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      yield* start(videoroom())
      const failed = yield* until("lobby", "failed")
      assert.strictEqual(failed.endReason?.code, "room_missing")
      assert.strictEqual(failed.endReason?.fault, "caller")
      assert.strictEqual(world.journal.lines("rooms.find", "any").length, 1)
      assertLeft(world)
    }).pipe(Effect.provide(station)))

  it.effect("that goes missing after the first picture is waited for", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7, { id: 1 })
      yield* worker("w1")
      yield* start(videoroom())
      yield* until("lobby", "running")
      yield* world.destroyRoom(7)
      const recovering = yield* until("lobby", "recovering")
      assert.strictEqual(hop(recovering, "publisher")?.status, "bad")
      assert.include(String(hop(recovering, "publisher")?.evidence), "no room 7")
      yield* pass(600_000)
      yield* until("lobby", "recovering")
      assert.deepStrictEqual(held(world), { mountpoints: [12], rooms: [], forwarders: 0 })
      yield* world.foreignRoom(7)
      yield* until("lobby", "waiting")
      yield* world.publish(7, { id: 1 })
      yield* until("lobby", "running")
    }).pipe(Effect.provide(station)))

  it.effect("that is there, made with the pin of its spec, is joined with that pin", () =>
    Effect.gen(function*() {
      const world = yield* World
      const room = { ifMissing: "create", spec: { pin: "p", secret: "s" } }
      yield* worker("w1")
      yield* start(videoroom(room, { id: "first", mountpoint: { create: { id: 11 } } }))
      yield* until("first", "waiting")
      assert.strictEqual(world.rooms()[0]?.pin, "p")
      yield* start(videoroom(room))
      const second = yield* until("lobby", "waiting")
      assert.deepStrictEqual(second.room, { id: 7, created: false })
    }).pipe(Effect.provide(station)))

  it.effect("is made with the codecs of the mountpoint when it may be, and destroyed at the end", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* worker("w1")
      yield* start(videoroom({ ifMissing: "create", spec: { publishers: 2 }, secret: "s", pin: "p" }, {
        mountpoint: { create: { id: 12, media: [{ type: "audio", codec: "pcmu" }, { type: "video", codec: "vp9" }] } }
      }))
      const waiting = yield* until("lobby", "waiting")
      assert.deepStrictEqual(waiting.room, { id: 7, created: true })
      const [room] = world.rooms()
      assert.deepStrictEqual(room?.spec?.audioCodecs, ["pcmu"])
      assert.deepStrictEqual(room?.spec?.videoCodecs, ["vp9"])
      assert.strictEqual(room?.spec?.publishers, 2)
      assert.strictEqual(room?.pin, "p")
      assert.strictEqual(room?.secret, "s")
      yield* broadcasts.stop("lobby")
      yield* until("lobby", "stopped")
      assertLeft(world)
      assert.deepStrictEqual(world.journal.lines("rooms.destroy"), ["rooms.destroy 7"])
    }).pipe(Effect.provide(station)))

  it.effect("of somebody else is used although it may be made, and never destroyed", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* world.foreignRoom(7, { pin: "p" })
      yield* world.publish(7, { id: 1 })
      yield* worker("w1")
      yield* start(videoroom({ ifMissing: "create", pin: "p" }))
      const running = yield* until("lobby", "running")
      assert.deepStrictEqual(running.room, { id: 7, created: false })
      yield* broadcasts.stop("lobby")
      const stopped = yield* until("lobby", "stopped")
      assert.deepStrictEqual(stopped.leftBehind, [])
      assertLeft(world, { rooms: [7] })
      assert.deepStrictEqual(world.rooms()[0]?.publishers.map((one) => one.id), [1])
      assert.deepStrictEqual(world.journal.lines("rooms.destroy", "any"), [])
    }).pipe(Effect.provide(station)))

  it.effect("of ours with other people in it is named as left behind, and swept once it is empty", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const told = yield* record
      yield* worker("w1")
      yield* start(videoroom({ ifMissing: "create" }))
      yield* until("lobby", "waiting")
      yield* world.publish(7, { id: 1 })
      yield* until("lobby", "running")
      yield* world.guests(7, 2)
      yield* broadcasts.stop("lobby")
      const stopped = yield* until("lobby", "stopped")
      assert.deepStrictEqual(stopped.leftBehind, [{ kind: "room", id: "7" }])
      assert.include(told.resources("lobby"), "ResourceLeftBehind room 7")
      assert.deepStrictEqual(held(world), { mountpoints: [], rooms: [7], forwarders: 0 })
      assert.deepStrictEqual((yield* sweep()).undone, [])
      assert.deepStrictEqual(held(world).rooms, [7])
      yield* world.guests(7, 0)
      yield* world.leave(7, 1)
      assert.deepStrictEqual((yield* sweep()).undone, ["room 7"])
      assertLeft(world)
    }).pipe(Effect.provide(station)))

  it.effect("with another pin refuses us, which is not tried again", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7, { pin: "right" })
      yield* world.publish(7)
      yield* worker("w1")
      yield* start(videoroom({ pin: "wrong" }))
      const failed = yield* until("lobby", "failed")
      assert.strictEqual(failed.endReason?.code, "unauthorized")
      assert.strictEqual(world.journal.lines("rooms.watch", "any").length, 1)
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(station)))

  it.effect("with another secret refuses to forward, which is not tried again and leaves nothing", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7, { secret: "right" })
      yield* world.publish(7)
      yield* worker("w1")
      yield* start(videoroom({ secret: "wrong" }))
      const failed = yield* until("lobby", "failed")
      assert.strictEqual(failed.endReason?.code, "unauthorized")
      assert.deepStrictEqual(failed.leftBehind, [])
      assert.strictEqual(world.journal.lines("forwarders.ensure", "any").length, 1)
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(station)))

  it.effect("is forwarded from with its secret, by which a successor stops what it did not start", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* world.foreignRoom(7, { secret: "right-secret", pin: "right-pin" })
      yield* world.publish(7)
      const { end } = yield* worker("w1")
      yield* start(videoroom({ secret: "right-secret", pin: "right-pin" }))
      yield* until("lobby", "running")
      yield* end
      yield* worker("w2")
      yield* until("lobby", "running")
      assert.strictEqual(world.forwarders().length, 2)
      yield* broadcasts.stop("lobby")
      yield* until("lobby", "stopped")
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(station)))
})
