import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { World } from "@headend/testing/World"
import { Effect, Redacted } from "effect"
import { assertLeft, hop, record } from "./parts.ts"
import { pass, start, station, until, worker } from "./station.ts"

const own = (mountpoint?: object) => ({
  id: "studio",
  ...(mountpoint === undefined ? {} : { mountpoint }),
  source: { kind: "frontend_owned" }
})

describe("a frontend_owned broadcast", () => {
  it.effect("without a mountpoint waits, and says how the frontend publishes", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* worker("w1")
      yield* start(own())
      const waiting = yield* until("studio", "waiting")
      assert.isNull(waiting.mountpoint)
      assert.isString(waiting.note)
      yield* pass(60_000)
      yield* until("studio", "waiting")
      assert.deepStrictEqual(world.journal.lines("", "any"), [])
      yield* broadcasts.stop("studio")
      yield* until("studio", "stopped")
    }).pipe(Effect.provide(station)))

  it.effect("with a mountpoint runs while RTP arrives, and waits while none does", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const told = yield* record
      yield* worker("w1")
      yield* start(own({ create: { id: 12 } }))
      const waiting = yield* until("studio", "waiting")
      assert.deepStrictEqual(waiting.mountpoint?.media.map((one) => one.codec), ["opus", "h264"])
      assert.isString(waiting.note)
      yield* pass(20_000)
      yield* until("studio", "waiting")
      yield* world.feed(12)
      const running = yield* until("studio", "running")
      assert.strictEqual(hop(running, "mountpoint")?.status, "ok")
      yield* world.feed(12, false)
      yield* until("studio", "waiting")
      yield* world.feed(12)
      yield* until("studio", "running")
      yield* broadcasts.stop("studio")
      yield* until("studio", "stopped")
      assertLeft(world)
      assert.notInclude(told.states("studio"), "degraded")
      assert.deepStrictEqual(world.journal.lines("mountpoints."), ["mountpoints.ensure 12", "mountpoints.destroy 12"])
    }).pipe(Effect.provide(station)))

  const types = [
    { type: "live", filename: "/media/loop.mjr" },
    { type: "ondemand", filename: "/media/film.mjr" },
    { type: "rtsp", url: "rtsp://camera/1" }
  ]
  for (const bring of types) {
    it.effect(`with a mountpoint of type ${bring.type} runs while Janus lists it as enabled`, () =>
      Effect.gen(function*() {
        const world = yield* World
        const broadcasts = yield* Broadcasts
        yield* worker("w1")
        yield* start(own({ create: { id: 12, ...bring } }))
        const running = yield* until("studio", "running")
        assert.deepStrictEqual(running.mountpoint?.media, [])
        yield* world.enable(12, false)
        yield* until("studio", "waiting")
        yield* world.enable(12, true)
        yield* until("studio", "running")
        yield* broadcasts.stop("studio")
        yield* until("studio", "stopped")
        assertLeft(world)
      }).pipe(Effect.provide(station)))
  }

  it.effect("adopts a mountpoint, and never destroys it", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* world.foreignMountpoint({
        id: 12,
        type: "rtp",
        secret: Redacted.make("s"),
        media: [{ type: "video", codec: "h264" }]
      })
      yield* worker("w1")
      yield* start(own({ adopt: { id: 12, secret: "s" } }))
      yield* until("studio", "waiting")
      yield* world.feed(12)
      yield* until("studio", "running")
      yield* broadcasts.stop("studio")
      yield* until("studio", "stopped")
      assert.deepStrictEqual(world.mountpoints().map((one) => one.id), [12])
    }).pipe(Effect.provide(station)))
})
