import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { assertLeft, hop, record, untilSo } from "./parts.ts"
import { pass, start, station, until, worker } from "./station.ts"

const videoroom = (more: object = {}) => ({
  id: "lobby",
  mountpoint: { create: { id: 12 } },
  source: { kind: "videoroom", room: { id: 7 }, ...more }
})

const forwarded = (world: World["Service"]) => [...new Set(world.forwarders().map((one) => one.publisher))]

describe("the publisher of a videoroom broadcast", () => {
  it.effect("is waited for, and runs once it sends", () =>
    Effect.gen(function*() {
      const world = yield* World
      const told = yield* record
      yield* world.foreignRoom(7)
      yield* worker("w1")
      yield* start(videoroom({ publisher: { display: "anna" } }))
      const waiting = yield* until("lobby", "waiting")
      assert.strictEqual(hop(waiting, "publisher")?.status, "waiting")
      assert.strictEqual(hop(waiting, "publisher")?.evidence, "waiting for \"anna\"")
      assert.strictEqual(waiting.health.status, "warn")
      assert.deepStrictEqual(waiting.forwarders, [])
      yield* world.publish(7, { display: "anna" })
      const running = yield* until("lobby", "running")
      assert.strictEqual(hop(running, "publisher")?.status, "ok")
      assert.isNotNull(running.startedAt)
      assert.deepStrictEqual(told.states("lobby"), ["pending", "starting", "waiting", "running"])
    }).pipe(Effect.provide(station)))

  it.effect("that does not come in time makes it fail, and leaves nothing", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* worker("w1")
      yield* start({
        ...videoroom({ publisher: { id: 5 }, waitForPublisher: "10 seconds" }),
        mountpoint: { create: { id: 12, media: [{ type: "audio" }, { type: "video" }] } }
      })
      yield* until("lobby", "waiting")
      assert.deepStrictEqual(world.mountpoints().map((one) => one.id), [12])
      yield* pass(8_000)
      yield* until("lobby", "waiting")
      const failed = yield* until("lobby", "failed")
      assert.strictEqual(failed.endReason?.code, "publisher_absent")
      assert.strictEqual(failed.endReason?.hop, "publisher")
      assert.strictEqual(Date.parse(failed.endedAt!) - Date.parse(failed.request.offeredAt) < 11_500, true)
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(station)))

  it.effect("is waited for 30 seconds when nothing else is said", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* worker("w1")
      yield* start(videoroom())
      yield* until("lobby", "waiting")
      yield* pass(28_000)
      yield* until("lobby", "waiting")
      yield* pass(4_000)
      assert.strictEqual((yield* until("lobby", "failed")).endReason?.code, "publisher_absent")
    }).pipe(Effect.provide(station)))

  it.effect("is taken by id, and nobody else is", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7, { id: 41, display: "bob" })
      yield* worker("w1")
      yield* start(videoroom({ publisher: { id: 42 } }))
      yield* until("lobby", "waiting")
      yield* world.publish(7, { id: 42, display: "anna" })
      yield* until("lobby", "running")
      assert.deepStrictEqual(forwarded(world), [42])
    }).pipe(Effect.provide(station)))

  it.effect("is taken by display name, and nobody else is", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7, { id: 41, display: "bob" })
      yield* worker("w1")
      yield* start(videoroom({ publisher: { display: "anna" } }))
      yield* until("lobby", "waiting")
      yield* world.publish(7, { id: 42, display: "anna" })
      yield* until("lobby", "running")
      assert.deepStrictEqual(forwarded(world), [42])
    }).pipe(Effect.provide(station)))

  it.effect("may be anybody", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* worker("w1")
      yield* start(videoroom({ publisher: "any" }))
      yield* until("lobby", "waiting")
      yield* world.publish(7, { id: 41 })
      yield* world.publish(7, { id: 42 })
      yield* until("lobby", "running")
      assert.deepStrictEqual(forwarded(world), [41])
    }).pipe(Effect.provide(station)))

  const returns = (
    how: string,
    others: ReadonlyArray<{ readonly id: number; readonly display?: string }>,
    back: { readonly id: number; readonly display?: string }
  ) =>
    it.effect(`that leaves is waited for, and forwarded again when it is back ${how}`, () =>
      Effect.gen(function*() {
        const world = yield* World
        const told = yield* record
        yield* world.foreignRoom(7)
        yield* world.publish(7, { id: 1, display: "anna" })
        yield* worker("w1")
        yield* start(videoroom({ publisher: { id: 1 }, waitForPublisher: "1 second" }))
        yield* until("lobby", "running")
        for (const other of others) yield* world.publish(7, other)
        yield* world.leave(7, 1)
        const waiting = yield* until("lobby", "waiting")
        assert.strictEqual(hop(waiting, "publisher")?.status, "waiting")
        assert.include(String(hop(waiting, "publisher")?.evidence), "has left")
        assert.strictEqual(hop(waiting, "publisher")?.next, "forwards again when it is back")
        assert.deepStrictEqual(waiting.forwarders, [])
        yield* pass(60_000)
        assert.deepStrictEqual(forwarded(world), [])
        yield* world.publish(7, back)
        const running = yield* until("lobby", "running")
        assert.deepStrictEqual(forwarded(world), [back.id])
        assert.strictEqual(running.forwarders.length, 2)
        assert.deepStrictEqual(told.states("lobby"), ["pending", "starting", "running", "waiting", "running"])
        assert.deepStrictEqual(world.journal.lines("mountpoints.destroy", "any"), [])
      }).pipe(Effect.provide(station)))

  const two = [{ id: 50, display: "bob" }, { id: 51, display: "carl" }]
  returns("under the same id, among others", two, { id: 1 })
  returns("under another id with the same name, among others", two, { id: 2, display: "anna" })
  returns("under another id and name, as the only one there", [], { id: 3, display: "someone" })

  it.effect("that leaves is not replaced by one of several others", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7, { id: 1, display: "anna" })
      yield* worker("w1")
      yield* start(videoroom({ publisher: "any" }))
      yield* until("lobby", "running")
      yield* world.publish(7, { id: 50, display: "bob" })
      yield* world.publish(7, { id: 51, display: "carl" })
      yield* world.leave(7, 1)
      yield* until("lobby", "waiting")
      yield* pass(30_000)
      yield* until("lobby", "waiting")
      assert.deepStrictEqual(forwarded(world), [])
      yield* world.leave(7, 51)
      yield* until("lobby", "running")
      assert.deepStrictEqual(forwarded(world), [50])
    }).pipe(Effect.provide(station)))

  it.effect("stays the same over a restart, even if somebody else has been there longer", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* world.foreignRoom(7)
      yield* world.publish(7, { id: 1, display: "anna" })
      yield* worker("w1")
      yield* start(videoroom({ publisher: "any" }))
      yield* until("lobby", "running")
      yield* world.publish(7, { id: 50, display: "bob" })
      yield* world.leave(7, 1)
      yield* world.publish(7, { id: 2, display: "anna" })
      yield* untilSo("forwarded again", () => forwarded(world)[0] === 2)
      world.journal.clear()
      yield* broadcasts.restart("lobby")
      yield* untilSo("opened again", () => world.journal.lines("forwarders.ensure").length > 0)
      yield* until("lobby", "running")
      assert.deepStrictEqual(forwarded(world), [2])
    }).pipe(Effect.provide(station)))

  it.effect("is found again by its name after the media server was restarted", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7, { id: 1, display: "anna" })
      yield* worker("w1")
      yield* start(videoroom({ publisher: { id: 1 } }))
      yield* until("lobby", "running")
      yield* world.kill
      yield* until("lobby", "recovering")
      yield* world.restart
      yield* world.foreignRoom(7)
      yield* until("lobby", "waiting")
      yield* world.publish(7, { id: 80, display: "bob" })
      yield* world.publish(7, { id: 81, display: "carl" })
      yield* pass(10_000)
      yield* world.publish(7, { id: 2, display: "anna" })
      yield* until("lobby", "running")
    }).pipe(Effect.provide(station)))
})
