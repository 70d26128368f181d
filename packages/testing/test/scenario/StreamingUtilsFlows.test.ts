/**
 * The flows of streaming_utils, from its own payloads, as far as fakes go.
 */
import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { withRelays } from "@headend/core/StandardSources"
import * as StreamingUtils from "@headend/core/StreamingUtils"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { assertLeft, untilSo, wiring } from "./parts.ts"
import { stationOf, until, worker } from "./station.ts"

const start = Effect.fnUntraced(function*(payload: unknown) {
  const broadcasts = yield* Broadcasts
  const { spec } = yield* StreamingUtils.decode(payload)
  return yield* broadcasts.start(spec)
})

describe("a payload of streaming_utils", () => {
  it.effect("takes a publisher from a room into a mountpoint, and everything down again", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* worker("w1")
      const { snapshot } = yield* start({
        source_kind: "videoroom",
        relay_kind: "none",
        room_id: 1234,
        publisher_id: 77,
        create_mountpoint: true,
        owned_by_app: true,
        mountpoint_spec: {
          id: 9001,
          secret: "mp-secret",
          media: [{ type: "audio", mid: "a", codec: "opus" }, { type: "video", mid: "v", codec: "h264" }]
        },
        room_spec: { publishers: 6, secret: "room-secret" }
      })
      yield* untilSo("the room is made", () => world.rooms().length === 1)
      yield* world.publish(1234, { id: 76 })
      yield* world.publish(1234, { id: 77 })
      const running = yield* until(snapshot.id, "running")
      assert.strictEqual(running.mountpoint?.id, 9001)
      assert.deepStrictEqual(wiring(world), ["0>a", "1>v"])
      yield* world.leave(1234, 76)
      yield* world.leave(1234, 77)
      yield* broadcasts.stop(snapshot.id)
      yield* until(snapshot.id, "stopped")
      assertLeft(world)
    }).pipe(Effect.provide(stationOf(withRelays))))

  it.effect("leaves a room that was there before, though nobody said owned_by_app: false", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* world.foreignRoom(1234)
      yield* world.publish(1234, { id: 77 })
      yield* worker("w1")
      const media = [{ type: "video", codec: "h264" }]
      const { snapshot } = yield* start({
        source_kind: "videoroom",
        room_id: 1234,
        publisher_id: 77,
        create_mountpoint: true,
        owned_by_app: true,
        mountpoint_spec: { media }
      })
      yield* until(snapshot.id, "running")
      yield* broadcasts.stop(snapshot.id)
      yield* until(snapshot.id, "stopped")
      assertLeft(world, { rooms: [1234] })
    }).pipe(Effect.provide(stationOf(withRelays))))

  it.effect("relays what is published on SRS, and stopping one leaves the others", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* worker("w1")
      const relayed = (key: string) => ({
        source_kind: "external",
        relay_kind: "ffmpeg",
        srs: { rtmp_url: "rtmp://127.0.0.1:1935", app: "live", stream_key: key },
        mountpoint_spec: { media: [{ type: "video", codec: "h264" }] }
      })
      const one = yield* start(relayed("one"))
      const two = yield* start(relayed("two"))
      yield* until(one.snapshot.id, "running")
      yield* until(two.snapshot.id, "running")
      yield* broadcasts.stop(one.snapshot.id)
      yield* until(one.snapshot.id, "stopped")
      assert.strictEqual((yield* broadcasts.get(two.snapshot.id)).state, "running")
      assert.deepStrictEqual(world.relays().map(({ request }) => request.broadcast), [two.snapshot.id])
    }).pipe(Effect.provide(stationOf(withRelays))))
})
