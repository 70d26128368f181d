import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { World } from "@headend/testing/World"
import { Effect, Redacted } from "effect"
import { assertLeft, held, wiring } from "./parts.ts"
import { pass, start, station, until, worker } from "./station.ts"

const source = { kind: "videoroom", room: { id: 7 } }
const ready = Effect.gen(function*() {
  const world = yield* World
  yield* world.foreignRoom(7)
  yield* world.publish(7, { id: 1 })
  yield* worker("w1")
  return world
})
const foreign = (id: number) => ({
  id,
  type: "rtp" as const,
  secret: Redacted.make("right"),
  media: [
    { type: "audio" as const, codec: "opus" as const, port: 5002 },
    { type: "video" as const, codec: "h264" as const, port: 5004, rtcpPort: 5005 }
  ]
})

describe("the mountpoint of a broadcast", () => {
  it.effect("with an id that somebody else has fails as taken, and theirs is untouched", () =>
    Effect.gen(function*() {
      const world = yield* ready
      yield* world.foreignMountpoint(foreign(12))
      const [before] = world.mountpoints()
      yield* start({ id: "lobby", mountpoint: { create: { id: 12 } }, source })
      const failed = yield* until("lobby", "failed")
      assert.strictEqual(failed.endReason?.code, "mountpoint_taken")
      assert.strictEqual(failed.endReason?.fault, "caller")
      assert.deepStrictEqual(failed.leftBehind, [])
      assert.deepStrictEqual(world.journal.lines("mountpoints.ensure", "any"), [])
      assert.deepStrictEqual(world.journal.lines("mountpoints.destroy", "any"), [])
      assert.strictEqual(world.mountpoints()[0], before)
      assertLeft(world, { mountpoints: [12], rooms: [7] })
    }).pipe(Effect.provide(station)))

  it.effect("with the id of another broadcast of ours fails as taken, and the other goes on", () =>
    Effect.gen(function*() {
      const world = yield* ready
      yield* start({ id: "first", mountpoint: { create: { id: 12 } }, source })
      yield* until("first", "running")
      yield* start({ id: "second", mountpoint: { create: { id: 12 } }, source })
      const failed = yield* until("second", "failed")
      assert.strictEqual(failed.endReason?.code, "mountpoint_taken")
      yield* pass(10_000)
      yield* until("first", "running")
      assert.deepStrictEqual(held(world), { mountpoints: [12], rooms: [7], forwarders: 2 })
    }).pipe(Effect.provide(station)))

  it.effect("with an id that somebody else has fails as taken before anybody publishes", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      yield* world.foreignMountpoint(foreign(12))
      yield* world.foreignRoom(7)
      for (const [id, from] of [["lobby", source], ["stage", { kind: "browser_webrtc" }]] as const) {
        yield* start({ id, mountpoint: { create: { id: 12 } }, source: from })
        const failed = yield* until(id, "failed")
        assert.strictEqual(failed.endReason?.code, "mountpoint_taken")
      }
      assert.deepStrictEqual(world.journal.lines("mountpoints.ensure", "any"), [])
      assertLeft(world, { mountpoints: [12], rooms: [7] })
    }).pipe(Effect.provide(station)))

  it.effect("is adopted with its secret, and never destroyed", () =>
    Effect.gen(function*() {
      const world = yield* ready
      const broadcasts = yield* Broadcasts
      yield* world.foreignMountpoint(foreign(12))
      yield* start({ id: "lobby", mountpoint: { adopt: { id: 12, secret: "right" } }, source })
      const running = yield* until("lobby", "running")
      assert.isFalse(running.mountpoint?.created)
      assert.deepStrictEqual(wiring(world), ["0>a", "1>v"])
      yield* broadcasts.stop("lobby")
      yield* until("lobby", "stopped")
      assertLeft(world, { mountpoints: [12], rooms: [7] })
      assert.deepStrictEqual(world.journal.lines("mountpoints.destroy", "any"), [])
    }).pipe(Effect.provide(station)))

  it.effect("is adopted without its secret when its ports are given", () =>
    Effect.gen(function*() {
      const world = yield* ready
      yield* world.foreignMountpoint(foreign(12))
      const media = [
        { type: "audio", mid: "a", port: 5002 },
        { type: "video", mid: "v", port: 5004, rtcpPort: 5005 }
      ]
      yield* start({ id: "lobby", mountpoint: { adopt: { id: 12, media } }, source })
      yield* until("lobby", "running")
      assert.deepStrictEqual(world.forwarders().map((one) => one.forward.port), [5002, 5004])
      assert.deepStrictEqual(world.forwarders().map((one) => one.forward.rtcpPort), [null, 5005])
    }).pipe(Effect.provide(station)))

  it.effect("is adopted with a choice of the source's tracks for some of its tracks", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7, {
        id: 1,
        tracks: [
          { mid: "0", type: "video", codec: "h264" },
          { mid: "1", type: "audio", codec: "opus" },
          { mid: "2", type: "video", codec: "h264" }
        ]
      })
      yield* world.foreignMountpoint(foreign(12))
      yield* worker("w1")
      yield* start({
        id: "lobby",
        mountpoint: { adopt: { id: 12, secret: "right", media: [{ type: "video", sourceMid: "2" }] } },
        source
      })
      yield* until("lobby", "running")
      assert.deepStrictEqual(wiring(world), ["1>a", "2>v"])
    }).pipe(Effect.provide(station)))

  it.effect("that hides its ports cannot be adopted with another secret", () =>
    Effect.gen(function*() {
      const world = yield* ready
      yield* world.foreignMountpoint(foreign(12))
      yield* start({ id: "lobby", mountpoint: { adopt: { id: 12, secret: "wrong" } }, source })
      const failed = yield* until("lobby", "failed")
      assert.strictEqual(failed.endReason?.code, "mountpoint_unreadable")
      assertLeft(world, { mountpoints: [12], rooms: [7] })
    }).pipe(Effect.provide(station)))

  it.effect("to adopt that is not there is the caller's mistake at the start", () =>
    Effect.gen(function*() {
      const world = yield* ready
      yield* start({ id: "lobby", mountpoint: { adopt: { id: 99 } }, source })
      assert.strictEqual((yield* until("lobby", "failed")).endReason?.code, "mountpoint_missing")
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(station)))

  it.effect("that was adopted and goes missing is waited for, not made", () =>
    Effect.gen(function*() {
      const world = yield* ready
      yield* world.foreignMountpoint(foreign(12))
      yield* start({ id: "lobby", mountpoint: { adopt: { id: 12, secret: "right" } }, source })
      yield* until("lobby", "running")
      yield* world.destroyMountpoint(12)
      yield* until("lobby", "recovering")
      yield* pass(120_000)
      assert.deepStrictEqual(held(world).mountpoints, [])
      assert.deepStrictEqual(world.journal.lines("mountpoints.ensure", "any"), [])
      yield* world.foreignMountpoint(foreign(12))
      yield* until("lobby", "running")
    }).pipe(Effect.provide(station)))

  it.effect("gets an id of its own when none is given, another in the next run", () =>
    Effect.gen(function*() {
      yield* ready
      const broadcasts = yield* Broadcasts
      yield* start({ id: "lobby", source })
      const first = (yield* until("lobby", "running")).mountpoint?.id
      yield* broadcasts.stop("lobby")
      yield* until("lobby", "stopped")
      yield* start({ id: "lobby", source })
      const second = (yield* until("lobby", "running")).mountpoint?.id
      assert.isNumber(first)
      assert.notStrictEqual(first, second)
    }).pipe(Effect.provide(station)))
})
