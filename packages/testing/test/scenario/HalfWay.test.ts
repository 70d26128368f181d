import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { ServerUnavailable, Unauthorized } from "@headend/core/Failure"
import { ForwardFailed } from "@headend/core/Forwarders"
import { MountpointRefused } from "@headend/core/Mountpoints"
import { RegistryUnavailable } from "@headend/core/RegistryFailure"
import { RoomRefused } from "@headend/core/Rooms"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { assertLeft, untilSo } from "./parts.ts"
import { pass, start, station, until, worker } from "./station.ts"

const away = new ServerUnavailable({ server: "janus", reason: "no answer" })
const refuses = new Unauthorized({ server: "janus", reason: "wrong admin_key" })

const media = [{ type: "audio" }, { type: "video" }]
const ours = { kind: "videoroom", room: { id: 7, ifMissing: "create" } }
const theirs = { kind: "videoroom", room: { id: 8 } }

/** A start in a world with things of other people, of which nothing may be touched. */
const begin = (source: object) =>
  Effect.gen(function*() {
    const world = yield* World
    yield* world.foreignRoom(8)
    yield* world.publish(8, { id: 1 })
    yield* world.foreignMountpoint({ id: 99, type: "rtp", media: [{ type: "video" }] })
    yield* worker("w1")
    yield* start({ id: "lobby", mountpoint: { create: { id: 12, media } }, source })
    return world
  })
const untouched = { mountpoints: [99], rooms: [8] }

describe("a start that fails half way leaves nothing behind", () => {
  const steps: ReadonlyArray<readonly [call: string, error: { readonly failure: { code: string } }, source: object]> = [
    ["rooms.ensure", refuses, ours],
    ["rooms.ensure", new RoomRefused({ id: 7, reason: "unknown" }), ours],
    ["rooms.watch", refuses, ours],
    ["rooms.watch", new RoomRefused({ id: 7, reason: "full" }), theirs],
    ["rooms.find", refuses, theirs],
    ["mountpoints.ensure", refuses, ours],
    ["mountpoints.ensure", new MountpointRefused({ id: 12, reason: "no port" }), theirs],
    ["forwarders.ensure", refuses, theirs],
    ["forwarders.ensure", new ForwardFailed({ publisher: 1, reason: "it does not send" }), theirs]
  ]
  for (const [call, error, source] of steps) {
    const whose = source === ours ? "a room of ours" : "a room of somebody else's"
    it.effect(`when ${call} fails with ${error.failure.code}, in ${whose}`, () =>
      Effect.gen(function*() {
        const { faults } = yield* World
        faults.fail(call, error, 1000)
        const world = yield* begin(source)
        for (let i = 0; i < 4; i++) yield* pass(60_000)
        const failed = yield* until("lobby", "failed")
        assert.strictEqual(failed.endReason?.code, error.failure.code)
        assert.deepStrictEqual(failed.leftBehind, [])
        assertLeft(world, untouched)
        assert.deepStrictEqual(world.rooms()[0]?.publishers.map((one) => one.id), [1])
      }).pipe(Effect.provide(station)))
  }
})

describe("a start whose answer is lost after it was carried out is stopped without a trace", () => {
  for (
    const [call, source] of [
      ["rooms.ensure", ours],
      ["mountpoints.ensure", ours],
      ["mountpoints.ensure", theirs],
      ["forwarders.ensure", theirs]
    ] as const
  ) {
    it.effect(`at ${call}, ${source === ours ? "in a room of ours" : "in a room of somebody else's"}`, () =>
      Effect.gen(function*() {
        const broadcasts = yield* Broadcasts
        const { faults } = yield* World
        faults.lose(call, away, 1000)
        const world = yield* begin(source)
        yield* untilSo("carried out", () => world.journal.lines(call, "any").length > 1)
        yield* broadcasts.stop("lobby")
        const stopped = yield* until("lobby", "stopped")
        assert.deepStrictEqual(stopped.leftBehind, [])
        assertLeft(world, untouched)
      }).pipe(Effect.provide(station)))

    it.effect(`and goes on air when the next answer arrives, at ${call}, room ${source.room.id}`, () =>
      Effect.gen(function*() {
        const { faults } = yield* World
        faults.lose(call, away, 2)
        const world = yield* begin(source)
        if (source === ours) {
          yield* until("lobby", "waiting")
          yield* world.publish(7, { id: 2 })
        }
        yield* until("lobby", "running")
        assert.strictEqual(world.forwarders().length, 2)
      }).pipe(Effect.provide(station)))
  }
})

describe("a start while the registry cannot be written", () => {
  it.effect("makes nothing, and goes on when it can", () =>
    Effect.gen(function*() {
      const { faults } = yield* World
      faults.fail("registry.report", new RegistryUnavailable({ reason: "it is away" }), 100)
      const world = yield* begin(ours)
      yield* pass(5_000)
      assertLeft(world, untouched)
      assert.deepStrictEqual(world.journal.lines("mountpoints.ensure", "any"), [])
      assert.deepStrictEqual(world.journal.lines("rooms.ensure", "any"), [])
      faults.clear()
      yield* until("lobby", "waiting")
    }).pipe(Effect.provide(station)))

  it.effect("at the second line of the ledger is undone by a stop", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const { faults } = yield* World
      faults.delay("rooms.ensure", "2 seconds")
      const world = yield* begin(ours)
      yield* untilSo("the first line is written", () => faults.isUsedUp("rooms.ensure"))
      faults.fail("registry.report", new RegistryUnavailable({ reason: "it is away" }), 20)
      yield* pass(3_000)
      assert.deepStrictEqual(world.rooms().map((one) => one.id), [8, 7])
      yield* broadcasts.stop("lobby")
      yield* until("lobby", "stopped")
      assertLeft(world, untouched)
    }).pipe(Effect.provide(station)))

  it.effect("is over only when the registry has heard it", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const world = yield* begin(theirs)
      yield* until("lobby", "running")
      world.faults.fail("registry.release", new RegistryUnavailable({ reason: "it is away" }), 5)
      yield* broadcasts.stop("lobby")
      yield* pass(4_000)
      yield* until("lobby", "stopping")
      assertLeft(world, untouched)
      yield* until("lobby", "stopped")
    }).pipe(Effect.provide(station)))
})

describe("a stop that arrives while something is being made", () => {
  for (
    const [call, source] of [
      ["rooms.ensure", ours],
      ["rooms.watch", theirs],
      ["mountpoints.ensure", ours],
      ["forwarders.ensure", theirs]
    ] as const
  ) {
    it.effect(`waits for it and undoes it: ${call} takes three seconds`, () =>
      Effect.gen(function*() {
        const broadcasts = yield* Broadcasts
        const { faults } = yield* World
        faults.delay(call, "3 seconds")
        const world = yield* begin(source)
        yield* untilSo("under way", () => faults.isUsedUp(call))
        yield* pass(1_000)
        yield* broadcasts.stop("lobby")
        yield* pass(500)
        yield* until("lobby", "stopping")
        yield* until("lobby", "stopped")
        yield* pass(5_000)
        assertLeft(world, untouched)
      }).pipe(Effect.provide(station)))

    it.effect(`waits for it and undoes it, also right after a restart: ${call} takes three seconds`, () =>
      Effect.gen(function*() {
        const broadcasts = yield* Broadcasts
        const { faults } = yield* World
        faults.delay(call, "3 seconds")
        const world = yield* begin(source)
        yield* untilSo("under way", () => faults.isUsedUp(call))
        yield* broadcasts.restart("lobby")
        yield* pass(200)
        yield* broadcasts.stop("lobby")
        yield* until("lobby", "stopped")
        yield* pass(5_000)
        assertLeft(world, untouched)
      }).pipe(Effect.provide(station)))
  }
})
