import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { carried, wrong, wrongPaths } from "./support/carrying.ts"
import { layer } from "./support/kinds.ts"
import { videoroom } from "./support/payloads.ts"

describe("a payload of streaming_utils", () => {
  it.effect("that cannot be carried over is told every field and the reason, under its name there", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* wrong({
          source_kind: "rtsp_camera",
          relay_kind: "none",
          rtsp_camera: { url: "http://10.0.0.9/", timeout: 10, stall_timeout: 3 },
          mountpoint_spec: { media: [{ type: "video", pt: 300, skew: true }] },
          gstreamer_pipeline: "filesrc location=\"a b\"",
          color: "green"
        }),
        [
          "rtsp_camera.stall_timeout: a camera has no such field here; a camera that falls silent is noticed after 4 seconds",
          "relay_kind: this kind of source needs a relay: ffmpeg or gstreamer",
          "gstreamer_pipeline: a pipeline is an array of arguments here, without quotes: write relay.pipeline by hand",
          "mountpoint_spec.media.0.skew: a track of this type has no such field here",
          "color: streaming_utils has no such field",
          "mountpoint_spec.media.0.pt: Expected a value between 0 and 127",
          "rtsp_camera.url: expected an address that begins with rtsp:// or rtsps://"
        ]
      )
    }).pipe(Effect.provide(layer)))

  it.effect("is told everything that is missing at once", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* wrongPaths({ source_kind: "videoroom" }), [
        "room_id",
        "publisher_id",
        "mountpoint_spec"
      ])
      assert.deepStrictEqual(yield* wrongPaths({ source_kind: "obs" }), [
        "obs_host",
        "srs",
        "relay_kind",
        "mountpoint_spec"
      ])
      assert.deepStrictEqual(yield* wrongPaths({ source_kind: "satellite" }), ["source_kind", "mountpoint_spec"])
      assert.deepStrictEqual(yield* wrongPaths("no dictionary"), ["", "source_kind", "mountpoint_spec"])
    }).pipe(Effect.provide(layer)))

  it.effect("that would keep a room at its end is refused: a room that headend makes is destroyed", () =>
    Effect.gen(function*() {
      const kept = { ...videoroom, owned_by_app: false }
      assert.deepStrictEqual(yield* wrongPaths(kept), ["room_spec"])
      const { spec } = yield* carried({ ...kept, room_spec: { room: 1234, secret: "room-secret" } })
      const { source } = spec as { readonly source: { readonly room: unknown } }
      assert.deepStrictEqual(source.room, { id: 1234, secret: "room-secret" })
    }).pipe(Effect.provide(layer)))

  it.effect("that says one thing twice is told so", () =>
    Effect.gen(function*() {
      const media = [{ type: "video", mcast: "239.0.0.1", multicast: "239.0.0.2", rtp_port: 5, rtcpport: 6 }]
      assert.deepStrictEqual(
        yield* wrongPaths({ source_kind: "frontend_owned", mountpoint_spec: { media } }),
        ["mountpoint_spec.media.0.mcast", "mountpoint_spec.media.0.rtcpport"]
      )
    }).pipe(Effect.provide(layer)))
})
