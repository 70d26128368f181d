/**
 * The flows of streaming_utils, from its own payloads, as far as fakes go.
 */
import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import * as JobQueue from "@headend/core/JobQueue"
import { all } from "@headend/core/StandardSources"
import * as StreamingUtils from "@headend/core/StreamingUtils"
import * as Worker from "@headend/core/Worker"
import { World } from "@headend/testing/World"
import { Effect, Layer, Redacted } from "effect"
import { assertLeft, untilSo, wiring } from "./parts.ts"
import { pass, stationOf, until, worker } from "./station.ts"

const station = stationOf(all)

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
    }).pipe(Effect.provide(station)))

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
    }).pipe(Effect.provide(station)))

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
    }).pipe(Effect.provide(station)))

  it.effect("takes OBS through SRS and FFmpeg into a mountpoint, and gives OBS back what it had", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const obs = world.obs("ws://10.0.0.5:4455")
      const before = obs.settings
      yield* worker("w1")
      const { snapshot } = yield* start({
        source_kind: "obs",
        relay_kind: "ffmpeg",
        create_mountpoint: true,
        obs_host: "10.0.0.5",
        obs_port: 4455,
        obs_password: "hush",
        obs_secure: false,
        srs: { rtmp_url: "rtmp://10.0.0.6:1935", app: "live", stream_key: "obs1" },
        mountpoint_spec: { id: 9002, media: [{ type: "audio", codec: "opus" }, { type: "video", codec: "h264" }] }
      })
      const running = yield* until(snapshot.id, "running")
      assert.deepStrictEqual(JSON.parse(obs.settings), { server: "rtmp://10.0.0.6:1935/live", key: "obs1" })
      assert.isTrue(obs.streaming)
      assert.strictEqual(running.mountpoint?.id, 9002)
      assert.strictEqual(running.relay?.kind, "ffmpeg")
      // there, OBS was in no health
      assert.include(running.health.hops.map(({ hop }) => hop), "encoder")
      yield* broadcasts.stop(snapshot.id)
      yield* until(snapshot.id, "stopped")
      assert.deepStrictEqual([obs.streaming, obs.settings], [false, before])
      assertLeft(world)
    }).pipe(Effect.provide(station)))

  it.effect("goes through a queue to whichever worker has room, and a stop taken by any of them counts", () =>
    Effect.gen(function*() {
      const world = yield* World
      const queue = yield* JobQueue.JobQueue
      const payload = {
        queue_kind: "redis",
        broadcast_id: "yard",
        source_kind: "rtsp_camera",
        relay_kind: "ffmpeg",
        rtsp_camera: { url: "rtsp://10.0.0.9/main", username: "u", password: "p" },
        mountpoint_spec: { id: 9003, media: [{ type: "video", codec: "h264" }] }
      }
      const { spec } = yield* StreamingUtils.toJson(payload)
      const job = { type: "start_broadcast" as const, spec: Redacted.make(spec) }
      const first = yield* queue.offer(job, { dedupeKey: "yard/1" })
      yield* Layer.build(Worker.layer())
      const one = yield* worker("w1")
      yield* pass(1_000)
      assert.strictEqual((yield* until("yard", "running")).owner?.worker, "w1")
      assert.deepInclude(yield* queue.backlog, { undelivered: 0, inFlight: 0, dead: 0 })
      // offered twice, it runs once
      assert.deepStrictEqual(yield* queue.offer(job, { dedupeKey: "yard/1" }), { id: first.id, duplicate: true })
      // there, this broadcast would be lost
      yield* one.end
      yield* worker("w2")
      yield* untilSo("taken over", () => world.relays().length === 1)
      assert.strictEqual((yield* until("yard", "running")).owner?.worker, "w2")
      yield* queue.offer({ type: "stop_broadcast", id: "yard" })
      yield* until("yard", "stopped")
      assertLeft(world)
    }).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(JobQueue.layerMemory(), station))))
})
