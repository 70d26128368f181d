// What the storms found, each made small.
import { assert, describe, it } from "@effect/vitest"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { pass, start, station, until, worker } from "./station.ts"

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
})
