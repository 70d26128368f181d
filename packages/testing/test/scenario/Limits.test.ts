import { assert, describe, it } from "@effect/vitest"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { assertLeft } from "./parts.ts"
import { pass, start, station, until, worker } from "./station.ts"

const limited = (limits: object, source: object = {}) => ({
  id: "lobby",
  limits,
  mountpoint: { create: { id: 12 } },
  source: { kind: "videoroom", room: { id: 7 }, waitForPublisher: "1 day", ...source }
})

describe("the limits of a broadcast", () => {
  it.effect("end it after the longest duration, whatever happens, as stopped", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7)
      yield* worker("w1")
      yield* start(limited({ maxDuration: "10 minutes" }))
      yield* until("lobby", "running")
      yield* pass(590_000)
      yield* until("lobby", "running")
      const ended = yield* until("lobby", "stopped")
      assert.strictEqual(ended.endReason?.code, "max_duration")
      assert.approximately(Date.parse(ended.endedAt!) - Date.parse(ended.request.offeredAt), 600_000, 3_000)
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(station)))

  it.effect("give up when nothing has arrived for so long since the start", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* worker("w1")
      yield* start(limited({ giveUpAfter: "2 minutes" }))
      yield* until("lobby", "waiting")
      yield* pass(115_000)
      yield* until("lobby", "waiting")
      const ended = yield* until("lobby", "failed")
      assert.strictEqual(ended.endReason?.code, "gave_up")
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(station)))

  it.effect("give up when nothing has arrived for so long since the last picture, not before", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7, { id: 1 })
      yield* worker("w1")
      yield* start(limited({ giveUpAfter: "2 minutes" }))
      yield* pass(600_000)
      yield* until("lobby", "running")
      yield* world.leave(7, 1)
      yield* pass(110_000)
      yield* until("lobby", "waiting")
      yield* world.publish(7, { id: 1 })
      yield* until("lobby", "running")
      yield* world.leave(7, 1)
      yield* pass(110_000)
      yield* until("lobby", "waiting")
      assert.strictEqual((yield* until("lobby", "failed")).endReason?.code, "gave_up")
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(station)))

  it.effect("give up while the media server is away, and undo everything when it is back", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7)
      yield* worker("w1")
      yield* start(limited({ giveUpAfter: "2 minutes" }))
      yield* until("lobby", "running")
      yield* world.disconnect
      yield* pass(120_000)
      yield* until("lobby", "stopping")
      yield* pass(60_000)
      yield* until("lobby", "stopping")
      yield* world.reconnect
      assert.strictEqual((yield* until("lobby", "failed")).endReason?.code, "gave_up")
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(station)))
})
