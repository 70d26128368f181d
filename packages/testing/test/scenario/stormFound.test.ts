// What the storms found, each made small.
import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { RegistryUnavailable } from "@headend/core/RegistryFailure"
import { World } from "@headend/testing/World"
import { Effect, Stream } from "effect"
import { countAt, pass, start, station, until, worker } from "./station.ts"

const lobby = {
  id: "lobby",
  mountpoint: { create: { id: 12 } },
  source: { kind: "videoroom", room: { id: 7 }, publisher: "any" }
}

describe("found by a storm", () => {
  it.effect("a feed that is lost while its state is being reported does not end the look at all broadcasts", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7)
      yield* worker("w1")
      yield* start(lobby)
      yield* until("lobby", "running")
      yield* world.stopForwarders(7)
      yield* pass(3_500)
      world.faults.delay("registry.report", "2 seconds")
      yield* pass(1_500)
      yield* world.disconnect
      yield* pass(3_000)
      yield* world.reconnect
      assert.strictEqual((yield* until("lobby", "running")).forwarders.length, 2)
    }).pipe(Effect.provide(station)))

  it.effect("what was left behind while the registry was away is told before the end", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* worker("w1")
      yield* start({ id: "stage", source: { kind: "browser_webrtc" } })
      const { room } = yield* until("stage", "waiting")
      yield* world.guests(room!.id, 1)
      const position = yield* broadcasts.position
      world.faults.fail("registry.report", new RegistryUnavailable({ reason: "away" }), 3)
      yield* broadcasts.stop("stage")
      const stopped = yield* until("stage", "stopped")
      assert.deepStrictEqual(stopped.leftBehind, [{ kind: "room", id: String(room!.id) }])
      const count = countAt(yield* broadcasts.position) - countAt(position)
      const events = yield* Stream.runCollect(Stream.take(broadcasts.changes(position), count))
      assert.include(events.map((event) => event._tag), "ResourceLeftBehind")
    }).pipe(Effect.provide(station)))
})
