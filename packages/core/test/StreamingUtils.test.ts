import { assert, describe, it } from "@effect/vitest"
import { Sources } from "@headend/core/Sources"
import * as StreamingUtils from "@headend/core/StreamingUtils"
import { Effect } from "effect"
import { carried, wrongPaths } from "./support/carrying.ts"
import { layer } from "./support/kinds.ts"
import { obsThroughSrs, queued, videoroom } from "./support/payloads.ts"

describe("a payload of streaming_utils", () => {
  it.effect("of a publisher in a room is carried over, each field under its name here", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* carried(videoroom), {
        spec: {
          mountpoint: {
            create: {
              type: "rtp",
              id: 9001,
              description: "Lobby",
              secret: "mp-secret",
              pin: "1234",
              private: true,
              media: [
                { type: "audio", mid: "a", pt: 111, codec: "opus" },
                {
                  type: "video",
                  mid: "v",
                  port: 20_002,
                  rtcpPort: 20_003,
                  pt: 96,
                  codec: "h264",
                  fmtp: "profile-level-id=42e01f",
                  interface: "127.0.0.1",
                  sourceIndex: 1
                }
              ]
            }
          },
          source: {
            kind: "videoroom",
            room: {
              id: 1234,
              secret: "room-secret",
              ifMissing: "create",
              spec: {
                description: "Lobby",
                publishers: 6,
                firInterval: 10_000,
                audioCodecs: ["opus"],
                videoCodecs: ["h264", "vp8"],
                adminKey: "supersecret"
              }
            },
            publisher: { id: 77 }
          }
        },
        left: ["host"]
      })
    }).pipe(Effect.provide(layer)))

  it.effect("of OBS through SRS is carried over", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* carried(obsThroughSrs), {
        spec: {
          mountpoint: {
            create: {
              type: "rtp",
              id: 9002,
              media: [{ type: "audio", codec: "opus" }, { type: "video", codec: "h264" }]
            }
          },
          source: {
            kind: "obs",
            obs: { host: "10.0.0.5", port: 4455, password: "obs-secret", secure: false },
            ingest: { rtmpUrl: "rtmp://127.0.0.1:1935", app: "live", streamKey: "obs1" },
            relay: { kind: "ffmpeg" }
          }
        },
        left: []
      })
    }).pipe(Effect.provide(layer)))

  it.effect("from its queue is carried over without the name of the queue, which never mattered", () =>
    Effect.gen(function*() {
      const { left, spec } = yield* carried(queued)
      assert.deepStrictEqual(left, ["queue_kind"])
      assert.deepStrictEqual(spec, {
        mountpoint: { create: { type: "rtp", id: 9003, media: [{ type: "video", codec: "h264" }] } },
        source: {
          kind: "rtsp_camera",
          camera: { url: "rtsp://10.0.0.9/main", username: "u", password: "p", transport: "tcp", timeout: 10_000 },
          relay: { kind: "gstreamer" }
        }
      })
    }).pipe(Effect.provide(layer)))

  it.effect("of every other kind is carried over", () =>
    Effect.gen(function*() {
      const mountpoint_spec = { id: 7, media: [{ type: "video", codec: "H264" }] }
      const relayed = { relay_kind: "ffmpeg", mountpoint_spec }
      const source = (payload: unknown) =>
        Effect.map(carried(payload), ({ spec }) => (spec as { readonly source: unknown }).source)
      assert.deepStrictEqual(
        yield* source({ ...relayed, source_kind: "external", input_url: "rtmp://10.0.0.2/live/key" }),
        { kind: "external", inputUrl: "rtmp://10.0.0.2/live/key", relay: { kind: "ffmpeg" } }
      )
      assert.deepStrictEqual(
        yield* source({
          ...relayed,
          source_kind: "rtmp_external",
          srs: obsThroughSrs.srs,
          relay_kind: "gstreamer",
          gstreamer_pipeline: "rtmpsrc ! fakesink"
        }),
        {
          kind: "rtmp_external",
          ingest: { rtmpUrl: "rtmp://127.0.0.1:1935", app: "live", streamKey: "obs1" },
          relay: { kind: "gstreamer", pipeline: ["rtmpsrc", "!", "fakesink"] }
        }
      )
      assert.deepStrictEqual(yield* source({ source_kind: "frontend_owned" }), { kind: "frontend_owned" })
      assert.deepStrictEqual(
        yield* source({ source_kind: "browser_webrtc", mountpoint_spec }),
        { kind: "browser_webrtc" }
      )
      assert.deepStrictEqual(
        (yield* carried({
          source_kind: "frontend_owned",
          mountpoint_spec: {
            type: "rtsp",
            id: 8,
            url: "rtsp://10.0.0.9/main",
            rtsp_user: "u",
            rtsp_pwd: "p",
            rtsp_timeout: 5
          }
        })).spec,
        {
          mountpoint: {
            create: {
              type: "rtsp",
              id: 8,
              url: "rtsp://10.0.0.9/main",
              rtspUser: "u",
              rtspPassword: "p",
              rtspTimeout: 5000
            }
          },
          source: { kind: "frontend_owned" }
        }
      )
    }).pipe(Effect.provide(layer)))

  it.effect("without create_mountpoint feeds the mountpoint that is there, and needs each port", () =>
    Effect.gen(function*() {
      const media = [{ type: "video", port: 20_002, codec: "h264" }]
      const mountpoint_spec = { id: 9001, secret: "s", description: "theirs", media }
      const payload = { ...videoroom, create_mountpoint: false, mountpoint_spec }
      const { left, spec } = yield* carried(payload)
      assert.deepStrictEqual((spec as { readonly mountpoint: unknown }).mountpoint, {
        adopt: { id: 9001, secret: "s", media }
      })
      assert.include(left, "mountpoint_spec.description")
      assert.deepStrictEqual(
        yield* wrongPaths({ ...payload, mountpoint_spec: { media: [{ type: "video" }] } }),
        ["mountpoint_spec.id", "mountpoint_spec.media.0.port"]
      )
    }).pipe(Effect.provide(layer)))

  it.effect("becomes JSON for a request, a job or a file without an app at hand", () =>
    Effect.gen(function*() {
      const sources = yield* Sources
      const { spec } = yield* StreamingUtils.toJson(obsThroughSrs)
      const decoded = yield* StreamingUtils.decode(obsThroughSrs)
      assert.deepStrictEqual(sources.encode(yield* sources.decode(spec)), sources.encode(decoded.spec))
      const error = yield* Effect.flip(StreamingUtils.toJson({ source_kind: "obs" }))
      assert.include(error.message, "srs: needed by this kind of source")
    }).pipe(Effect.provide(layer)))
})
