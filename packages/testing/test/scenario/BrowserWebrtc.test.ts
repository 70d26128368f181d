import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { assertLeft, hop, record, tracks } from "./parts.ts"
import { pass, start, station, until, worker } from "./station.ts"

const browser = (more: object = {}) => ({
  id: "stage",
  source: { kind: "browser_webrtc", token: "let-me-in", ...more }
})

describe("a browser_webrtc broadcast", () => {
  it.effect("waits in a private room of its own with a pin, however long, and says where to publish", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      yield* start(browser())
      const waiting = yield* until("stage", "waiting")
      assert.strictEqual(waiting.publish.whip, "/whip/stage")
      assert.isTrue(waiting.room?.created)
      assert.strictEqual(hop(waiting, "publisher")?.status, "waiting")
      const [room] = world.rooms()
      assert.strictEqual(room?.id, waiting.room?.id)
      assert.isTrue(room?.spec?.private)
      assert.isString(room?.pin)
      assert.isAtLeast(room!.pin!.length, 20)
      assert.deepStrictEqual(room?.spec?.audioCodecs, ["opus"])
      assert.include(room?.spec?.videoCodecs ?? [], "h264")
      assert.include(room?.spec?.videoCodecs ?? [], "vp8")
      yield* pass(600_000)
      yield* until("stage", "waiting")
    }).pipe(Effect.provide(station)))

  it.effect("runs with what is published, and again when the publisher returns; a stop leaves nothing", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const told = yield* record
      yield* worker("w1")
      yield* start(browser())
      const room = (yield* until("stage", "waiting")).room!.id
      yield* world.publish(room, { id: 1, tracks: tracks("audio:opus", "video:vp8") })
      const running = yield* until("stage", "running")
      assert.deepStrictEqual(running.mountpoint?.media.map((one) => one.codec), ["opus", "vp8"])
      yield* world.leave(room, 1)
      yield* until("stage", "waiting")
      yield* pass(3_600_000)
      yield* world.publish(room, { id: 2, tracks: tracks("audio:opus", "video:vp8") })
      const again = yield* until("stage", "running")
      assert.strictEqual(again.mountpoint?.id, running.mountpoint?.id)
      assert.strictEqual(again.startedAt, running.startedAt)
      yield* world.leave(room, 2)
      yield* until("stage", "waiting")
      yield* broadcasts.stop("stage")
      const stopped = yield* until("stage", "stopped")
      assert.deepStrictEqual(stopped.leftBehind, [])
      assertLeft(world)
      assert.deepStrictEqual(told.states("stage"), [
        "pending",
        "starting",
        "waiting",
        "running",
        "waiting",
        "running",
        "waiting",
        "stopping",
        "stopped"
      ])
    }).pipe(Effect.provide(station)))

  it.effect("takes a room that is given, with its pin", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* world.foreignRoom(7, { pin: "p" })
      yield* worker("w1")
      yield* start(browser({ room: { id: 7, pin: "p" } }))
      const waiting = yield* until("stage", "waiting")
      assert.deepStrictEqual(waiting.room, { id: 7, created: false })
      yield* world.publish(7)
      yield* until("stage", "running")
      yield* broadcasts.stop("stage")
      yield* until("stage", "stopped")
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(station)))

  it.effect("has the same room, pin and mountpoint after the media server was killed", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      yield* start(browser())
      const room = (yield* until("stage", "waiting")).room!.id
      yield* world.publish(room)
      const { mountpoint } = yield* until("stage", "running")
      const { pin } = world.rooms()[0]!
      yield* world.kill
      yield* until("stage", "recovering")
      yield* world.restart
      const waiting = yield* until("stage", "waiting")
      assert.strictEqual(waiting.room?.id, room)
      assert.strictEqual(world.rooms()[0]?.pin, pin)
      assert.strictEqual(waiting.mountpoint?.id, mountpoint?.id)
      yield* world.publish(room)
      yield* until("stage", "running")
    }).pipe(Effect.provide(station)))
})
