import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { ServerUnavailable } from "@headend/core/Failure"
import { ForwardFailed } from "@headend/core/Forwarders"
import { MountpointRefused } from "@headend/core/Mountpoints"
import { World } from "@headend/testing/World"
import { Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { assertLeft, held, hop, record, untilSo } from "./parts.ts"
import { pass, start, station, until, worker } from "./station.ts"

const lobby = {
  id: "lobby",
  mountpoint: { create: { id: 12, secret: "s", pin: "p" } },
  source: { kind: "videoroom", room: { id: 7, ifMissing: "create" } }
}
const refused = new MountpointRefused({ id: 12, reason: "no port is left" })

const onAir = Effect.gen(function*() {
  const world = yield* World
  yield* worker("w1")
  yield* start(lobby)
  yield* until("lobby", "waiting")
  yield* world.publish(7, { id: 1 })
  yield* until("lobby", "running")
  return world
})

describe("recovery", () => {
  it.effect("makes the same room and mountpoint again when Janus was killed, and forwards when the publisher is back", () =>
    Effect.gen(function*() {
      const told = yield* record
      const world = yield* onAir
      yield* world.kill
      const recovering = yield* until("lobby", "recovering")
      assert.strictEqual(recovering.health.status, "down")
      assert.strictEqual(hop(recovering, "janus")?.status, "bad")
      assert.strictEqual(hop(recovering, "janus")?.next, "goes on when the server is back")
      yield* pass(5_000)
      yield* world.restart
      yield* until("lobby", "waiting")
      assert.deepStrictEqual(held(world), { mountpoints: [12], rooms: [7], forwarders: 0 })
      assert.strictEqual(world.mountpoints()[0]?.secret, "s")
      yield* world.publish(7, { id: 2 })
      yield* until("lobby", "running")
      assert.deepStrictEqual(told.states("lobby"), [
        "pending",
        "starting",
        "waiting",
        "running",
        "recovering",
        "waiting",
        "running"
      ])
    }).pipe(Effect.provide(station)))

  it.effect(
    "waits for a Janus that is out of reach for six hours, without counting or asking",
    () =>
      Effect.gen(function*() {
        const broadcasts = yield* Broadcasts
        const told = yield* record
        const world = yield* onAir
        world.journal.clear()
        yield* world.disconnect
        yield* until("lobby", "recovering")
        const before = told.events.length
        for (let i = 0; i < 72; i++) yield* TestClock.adjust("5 minutes")
        assert.strictEqual((yield* broadcasts.get("lobby")).state, "recovering")
        assert.strictEqual(told.events.length, before)
        assert.isAtMost(world.journal.lines("", "any").length, 2)
        yield* world.reconnect
        yield* until("lobby", "running")
        assert.deepStrictEqual(held(world), { mountpoints: [12], rooms: [7], forwarders: 2 })
        assert.deepStrictEqual(world.journal.lines("mountpoints.destroy", "any"), [])
      }).pipe(Effect.provide(station)),
    60_000
  )

  it.effect("waits for a Janus that is away before the first start", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7)
      yield* world.disconnect
      yield* worker("w1")
      yield* start(lobby)
      yield* until("lobby", "starting")
      for (let i = 0; i < 60; i++) yield* TestClock.adjust("1 minute")
      yield* until("lobby", "starting")
      yield* world.reconnect
      yield* until("lobby", "running")
    }).pipe(Effect.provide(station)))

  it.effect("gives up after eight errors of the world before the first picture, with the reason, and leaves nothing", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      world.faults.fail("mountpoints.ensure", refused, 1000)
      yield* start({ ...lobby, mountpoint: { create: { id: 12, media: [{ type: "video" }] } } })
      yield* pass(90_000)
      yield* pass(120_000)
      const failed = yield* until("lobby", "failed")
      assert.strictEqual(failed.endReason?.code, "mountpoint_refused")
      assert.strictEqual(failed.endReason?.fault, "world")
      assert.include(failed.endReason?.message ?? "", "no port is left")
      assert.strictEqual(world.journal.lines("mountpoints.ensure", "any").length, 8)
      assertLeft(world)
    }).pipe(Effect.provide(station)))

  it.effect("does not count outages among the eight", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      world.faults.fail("mountpoints.ensure", refused, 4)
      world.faults.fail("mountpoints.ensure", new ServerUnavailable({ server: "janus", reason: "no answer" }), 20)
      world.faults.fail("mountpoints.ensure", refused, 3)
      yield* start({
        ...lobby,
        mountpoint: { create: { id: 12, media: [{ type: "video" }] } },
        source: { ...lobby.source, waitForPublisher: "1 hour" }
      })
      yield* pass(120_000)
      yield* until("lobby", "waiting")
      assert.strictEqual(world.journal.lines("mountpoints.ensure", "any").length, 28)
    }).pipe(Effect.provide(station)))

  it.effect("tries for ever after the first picture, at most every 30 seconds or so", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const world = yield* onAir
      world.faults.fail("mountpoints.ensure", refused, 30)
      world.journal.clear()
      yield* broadcasts.restart("lobby")
      yield* until("lobby", "recovering")
      yield* pass(300_000)
      const tried = world.journal.lines("mountpoints.ensure", "any").length
      assert.isAtLeast(tried, 10)
      assert.isAtMost(tried, 24)
      assert.strictEqual((yield* broadcasts.get("lobby")).state, "recovering")
      for (let i = 0; i < 20; i++) yield* TestClock.adjust("1 minute")
      yield* until("lobby", "running")
    }).pipe(Effect.provide(station)))

  it.effect("tries at once after a stable minute, and waits when it was not stable", () =>
    Effect.gen(function*() {
      const world = yield* onAir
      /** The publisher comes back, and forwarding fails once; how often it has been tried 400 ms later. */
      const failOnce = Effect.gen(function*() {
        yield* world.leave(7, 1)
        yield* until("lobby", "waiting")
        world.journal.clear()
        world.faults.fail("forwarders.ensure", new ForwardFailed({ publisher: 1, reason: "it does not send" }))
        yield* world.publish(7, { id: 1 })
        yield* untilSo("failed", () => world.faults.isUsedUp("forwarders.ensure"))
        yield* pass(400)
        return world.journal.lines("forwarders.ensure", "any").length
      })
      yield* pass(61_000)
      assert.strictEqual(yield* failOnce, 2)
      yield* until("lobby", "running")
      yield* pass(10_000)
      assert.strictEqual(yield* failOnce, 1)
      yield* until("lobby", "running")
      yield* pass(61_000)
      assert.strictEqual(yield* failOnce, 2)
    }).pipe(Effect.provide(station)))

  it.effect("on request opens the feed anew behind the same mountpoint", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const world = yield* onAir
      const before = world.forwarders().map((one) => one.streamId)
      const [mountpoint] = world.mountpoints()
      world.journal.clear()
      yield* broadcasts.restart("lobby")
      yield* untilSo("opened anew", () => world.journal.lines("forwarders.ensure").length > 0)
      yield* until("lobby", "running")
      assert.deepStrictEqual(world.journal.lines("rooms.watch"), ["rooms.watch 7"])
      assert.deepStrictEqual(world.journal.lines("mountpoints.destroy", "any"), [])
      assert.strictEqual(world.mountpoints()[0], mountpoint)
      assert.deepStrictEqual(world.forwarders().map((one) => one.streamId), before)
    }).pipe(Effect.provide(station)))

  it.effect("makes a mountpoint again that somebody destroyed, and leaves no forwarder to its old ports", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7, { id: 1 })
      yield* worker("w1")
      yield* start({ ...lobby, source: { kind: "videoroom", room: { id: 7 } } })
      const { mountpoint: before } = yield* until("lobby", "running")
      yield* world.destroyMountpoint(12)
      yield* world.foreignMountpoint({ id: 99, type: "rtp", media: [{ type: "audio" }, { type: "audio" }] })
      yield* untilSo("made again", () => held(world).mountpoints.includes(12))
      const { mountpoint: after } = yield* until("lobby", "running")
      assert.notDeepEqual(after?.media, before?.media)
      const listening = after!.media.map((track) => track.port)
      assert.deepStrictEqual(world.forwarders().map((one) => one.forward.port).toSorted(), listening.toSorted())
      yield* broadcasts.stop("lobby")
      yield* until("lobby", "stopped")
      assertLeft(world, { mountpoints: [99], rooms: [7] })
    }).pipe(Effect.provide(station)))

  it.effect("forwards again when somebody stopped the forwarders", () =>
    Effect.gen(function*() {
      const world = yield* onAir
      const told = yield* record
      yield* world.stopForwarders(7)
      yield* until("lobby", "degraded")
      yield* until("lobby", "running")
      assert.strictEqual(world.forwarders().length, 2)
      const degraded = told.events.find((one) => one._tag === "BroadcastStateChanged" && one.to === "degraded")
      assert.strictEqual(degraded?.cause, "mountpoint")
    }).pipe(Effect.provide(station)))

  it.effect("opens a feed anew ever less often when that does not help, and says where it fails", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7)
      yield* world.foreignMountpoint({ id: 12, type: "rtp", secret: Redacted.make("s"), media: [{ type: "audio" }] })
      yield* worker("w1")
      yield* start({
        id: "lobby",
        mountpoint: { adopt: { id: 12, media: [{ type: "audio", port: 6000 }] } }, // not the port that it has
        source: { kind: "videoroom", room: { id: 7 } }
      })
      yield* pass(600_000)
      const degraded = yield* until("lobby", "degraded")
      assert.isNull(degraded.startedAt)
      assert.strictEqual(hop(degraded, "mountpoint")?.status, "bad")
      assert.strictEqual(hop(degraded, "mountpoint")?.evidence, "no media arrives")
      const opened = world.journal.lines("rooms.watch").length
      assert.isAtLeast(opened, 8)
      assert.isAtMost(opened, 16)
    }).pipe(Effect.provide(station)))
})
