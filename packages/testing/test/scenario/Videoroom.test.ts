import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { pass, start, station, until, worker } from "./station.ts"

const videoroom = (more: object = {}) => ({
  id: "lobby",
  mountpoint: { create: { id: 12 } },
  source: { kind: "videoroom", room: { id: 7 }, publisher: "any", ...more }
})

describe("a videoroom broadcast", () => {
  it.effect("runs when the publisher's media arrives, and leaves nothing when it is stopped", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* world.foreignRoom(7)
      yield* world.publish(7, { display: "anna" })
      yield* worker("w1")
      yield* start(videoroom())
      const running = yield* until("lobby", "running")
      assert.strictEqual(running.mountpoint?.id, 12)
      assert.strictEqual(running.forwarders.length, 2)
      yield* broadcasts.stop("lobby")
      const stopped = yield* until("lobby", "stopped")
      assert.strictEqual(stopped.endReason?.code, "stopped")
      assert.deepStrictEqual(world.mountpoints(), [])
      assert.deepStrictEqual(world.forwarders(), [])
      assert.deepStrictEqual(world.rooms().map((room) => room.id), [7])
      assert.deepStrictEqual(world.journal.lines("mountpoints."), [
        "mountpoints.ensure 12",
        "mountpoints.destroy 12"
      ])
      yield* pass(1000)
    }).pipe(Effect.provide(station)))

  it.effect("tells where it can be watched as soon as it is forwarded, before it is looked at", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* world.foreignRoom(7)
      yield* world.publish(7, { display: "anna" })
      yield* worker("w1")
      yield* start(videoroom())
      // a look would be on the next tenth of a second
      yield* TestClock.adjust("50 millis")
      const placed = yield* broadcasts.get("lobby")
      assert.strictEqual(placed.play.whep, "/whep/lobby")
      assert.strictEqual(placed.mountpoint?.id, 12)
      assert.strictEqual(placed.state, "starting")
    }).pipe(Effect.provide(station)))
})
