import { assert, describe, it } from "@effect/vitest"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { hop, tracks, untilSnapshot, wiring } from "./parts.ts"
import { pass, start, station, until, worker } from "./station.ts"

const videoroom = (more: object = {}) => ({
  id: "lobby",
  mountpoint: { create: { id: 12 } },
  source: { kind: "videoroom", room: { id: 7 }, ...more }
})

describe("the publisher of a videoroom broadcast", () => {
  it.effect("with a codec that does not fit is shown in the hop, and not forwarded", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7, { id: 1, tracks: tracks("video:vp8") })
      yield* worker("w1")
      yield* start({
        ...videoroom(),
        mountpoint: { create: { id: 12, media: [{ type: "video", codec: "h264" }] } }
      })
      yield* until("lobby", "waiting")
      const waiting = yield* untilSnapshot("lobby", (one) =>
        String(hop(one, "publisher")?.evidence).includes("publisher sends vp8"))
      assert.include(String(hop(waiting, "publisher")?.evidence), "track v takes h264")
      assert.deepStrictEqual(world.forwarders(), [])
      assert.deepStrictEqual(world.journal.lines("forwarders", "any"), [])
      yield* pass(60_000) // it is there: nobody is absent
      yield* until("lobby", "waiting")
      yield* world.publish(7, { id: 1, tracks: tracks("video:h264") })
      yield* until("lobby", "running")
    }).pipe(Effect.provide(station)))

  it.effect("whose codec stops fitting is not forwarded any more, and shown as waiting", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7, { id: 1, tracks: tracks("video:h264") })
      yield* worker("w1")
      yield* start({ ...videoroom(), mountpoint: { create: { id: 12, media: [{ type: "video" }] } } })
      yield* until("lobby", "running")
      yield* world.publish(7, { id: 1, tracks: tracks("video:vp8") })
      const waiting = yield* until("lobby", "waiting")
      assert.include(String(hop(waiting, "publisher")?.evidence), "sends vp8")
      assert.deepStrictEqual(waiting.forwarders, [])
      assert.deepStrictEqual(world.forwarders(), [])
    }).pipe(Effect.provide(station)))

  it.effect("one of whose tracks stops fitting is forwarded without it", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7, { id: 1, tracks: tracks("audio:opus", "video:h264") })
      yield* worker("w1")
      yield* start(videoroom())
      yield* until("lobby", "running")
      yield* world.publish(7, { id: 1, tracks: tracks("audio:opus", "video:vp8") })
      const running = yield* untilSnapshot("lobby", (one) => one.forwarders.length === 1)
      assert.include(String(hop(running, "publisher")?.evidence), "sends vp8")
      assert.deepStrictEqual(wiring(world), ["0>a"])
      yield* pass(10_000)
      yield* until("lobby", "running")
    }).pipe(Effect.provide(station)))
})
