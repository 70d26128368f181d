/**
 * Two workers of whom one has everything on air: where scenarios of a fleet in trouble begin.
 */
import { Broadcasts } from "@headend/core/Broadcasts"
import { FakeRegistry } from "@headend/testing/FakeRegistry"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { member } from "./crew.ts"
import { pass, start, until } from "./station.ts"

export const lobby = {
  id: "lobby",
  mountpoint: { create: { id: 12 } },
  source: { kind: "videoroom", room: { id: 7 }, publisher: "any" }
}
export const stage = { id: "stage", source: { kind: "browser_webrtc" } }

/** One on air and one that waits for its browser, both with `w1`; `w2` has nothing to do. */
export const onAir = Effect.gen(function*() {
  const world = yield* World
  yield* world.foreignRoom(7)
  const guest = yield* world.publish(7, { display: "anna" })
  const w1 = yield* member("w1")
  yield* start(lobby)
  yield* start(stage)
  yield* until("lobby", "running")
  yield* until("stage", "waiting")
  const w2 = yield* member("w2")
  yield* pass(6_000)
  return { world, w1, w2, guest: guest.id, registry: yield* FakeRegistry, broadcasts: yield* Broadcasts }
})

export const owners = Effect.gen(function*() {
  const broadcasts = yield* Broadcasts
  return [(yield* broadcasts.get("lobby")).owner, (yield* broadcasts.get("stage")).owner]
})
export const with1 = { worker: "w1", epoch: 1 }
export const streams = Effect.map(World, (world) => world.forwarders().map(({ streamId }) => streamId))
