// What fields of a specification have to do with each other: tracks beside tracks, choices, what `extra` may not say.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { decode, layer, wrong, wrongPaths } from "./support/kinds.ts"

describe("the tracks of a mountpoint", () => {
  const tracks = (...media: ReadonlyArray<object>) =>
    wrongPaths({ mountpoint: { create: { media } }, source: { kind: "videoroom", room: { id: 7 } } })

  it.effect("have different mids", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* tracks({ type: "audio", mid: "x" }, { type: "video", mid: "y" }, { type: "video", mid: "x" }),
        ["mountpoint.create.media.2.mid"]
      )
    }).pipe(Effect.provide(layer)))

  it.effect("have different ports, those for RTCP among them", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* tracks({ type: "audio", port: 5002 }, { type: "video", port: 5004, rtcpPort: 5002 }),
        ["mountpoint.create.media.1.rtcpPort"]
      )
      assert.deepStrictEqual(yield* tracks({ type: "video", port: 5002, rtcpPort: 5002 }), [
        "mountpoint.create.media.0.rtcpPort"
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("may all leave the ports to Janus", () =>
    decode({
      mountpoint: { create: { media: [{ type: "audio", port: 0 }, { type: "video", port: 0, rtcpPort: 0 }] } },
      source: { kind: "videoroom", room: { id: 7 } }
    }).pipe(Effect.provide(layer)))

  it.effect("name the source's track in one way", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* tracks({ type: "video", sourceMid: "1", sourceIndex: 0 }), [
        "mountpoint.create.media.0.sourceIndex"
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("have payload types of their own, but for those that are adopted", () =>
    Effect.gen(function*() {
      const media = [{ type: "audio", pt: 96 }, { type: "video", pt: 96 }, { type: "data" }]
      assert.deepStrictEqual(yield* tracks(...media), ["mountpoint.create.media.1.pt"])
      const source = { kind: "videoroom", room: { id: 7 } }
      yield* decode({ mountpoint: { adopt: { id: 5, media } }, source })
      yield* decode({ mountpoint: { create: { media: [{ type: "audio", pt: 96 }, { type: "video" }] } }, source })
    }).pipe(Effect.provide(layer)))

  it.effect("are simulcast or svc", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* tracks({ type: "video", simulcast: true, svc: true }), [
        "mountpoint.create.media.0.svc"
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("are compared although other fields are wrong, and all is told at once", () =>
    Effect.gen(function*() {
      const paths = yield* wrongPaths({
        mountpoint: {
          create: {
            media: [
              { type: "audio", mid: "x", pt: 300, port: 5002 },
              { type: "video", mid: "x", port: 5002, sourceMid: "1", sourceIndex: 0, codec: "mp3" },
              { type: "smell" }
            ]
          }
        },
        source: { kind: "videoroom", room: { id: "a b", pin: "p", spec: { pin: "q", bitrate: -1 } } }
      })
      assert.sameMembers([...paths], [
        "mountpoint.create.media.0.pt",
        "mountpoint.create.media.1.codec",
        "mountpoint.create.media.2",
        "mountpoint.create.media.1.mid",
        "mountpoint.create.media.1.port",
        "mountpoint.create.media.1.sourceIndex",
        "source.room.id",
        "source.room.spec",
        "source.room.spec.pin",
        "source.room.spec.bitrate"
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("have no fields of another type", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* tracks({ type: "audio", simulcast: true }, { type: "data", pt: 96 }), [
        "mountpoint.create.media.0.simulcast",
        "mountpoint.create.media.1.pt"
      ])
    }).pipe(Effect.provide(layer)))
})

describe("extra", () => {
  const written = [
    "request",
    "type",
    "id",
    "room",
    "secret",
    "new_secret",
    "pin",
    "admin_key",
    "metadata",
    "description"
  ]
  const both = [...written, "is_private", "permanent"]

  it.effect("of a mountpoint has nothing that headend sets itself", () =>
    Effect.gen(function*() {
      for (const name of [...both, "name", "media", "collision", "enabled", "srtpcrypto", "url", "rtsp_pwd"]) {
        const spec = {
          mountpoint: { create: { extra: { [name]: "x", other: 1 } } },
          source: { kind: "frontend_owned" }
        }
        assert.deepStrictEqual(yield* wrongPaths(spec), [`mountpoint.create.extra.${name}`])
      }
    }).pipe(Effect.provide(layer)))

  it.effect("of a room has nothing that headend sets itself, and says what to use", () =>
    Effect.gen(function*() {
      const room = (extra: object) => ({
        source: { kind: "videoroom", room: { id: 7, ifMissing: "create", spec: { extra } } }
      })
      for (const name of [...both, "publishers", "videocodec", "allowed", "rec_dir", "signed_tokens"]) {
        assert.deepStrictEqual(yield* wrongPaths(room({ [name]: "x", other: 1 })), [`source.room.spec.extra.${name}`])
      }
      assert.deepStrictEqual(yield* wrong(room({ fir_freq: 1 })), [
        "source.room.spec.extra.fir_freq: \"fir_freq\" may not be given in extra: use \"firInterval\""
      ])
    }).pipe(Effect.provide(layer)))
})

describe("a choice", () => {
  const source = { kind: "videoroom", room: { id: 7 } }

  it.effect("of a mountpoint is one of two", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* wrongPaths({ mountpoint: {}, source }), ["mountpoint"])
      assert.deepStrictEqual(yield* wrongPaths({ mountpoint: { create: {}, adopt: { id: 1 } }, source }), [
        "mountpoint"
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("of a publisher is by id or by display", () =>
    Effect.gen(function*() {
      const publisher = { id: 5, display: "anna" }
      assert.deepStrictEqual(yield* wrong({ source: { ...source, publisher } }), [
        "source.publisher.display: name the publisher by id or by display, not both",
        "source.publisher.id: name the publisher by id or by display, not both"
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("of a room's making needs ifMissing create", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* wrongPaths({ source: { kind: "videoroom", room: { id: 7, spec: {} } } }), [
        "source.room.spec"
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("of a room's secret or pin in two places is one and the same", () =>
    Effect.gen(function*() {
      const room = (beside: object, spec: object) => ({
        source: { kind: "browser_webrtc", room: { id: 7, ifMissing: "create", ...beside, spec } }
      })
      yield* decode(room({ pin: "p", secret: "s" }, { pin: "p", secret: "s" }))
      yield* decode(room({ pin: "p" }, { secret: "s" }))
      assert.deepStrictEqual(yield* wrongPaths(room({ pin: "p", secret: "s" }, { pin: "q", secret: "t" })), [
        "source.room.spec.secret",
        "source.room.spec.pin"
      ])
    }).pipe(Effect.provide(layer)))

  it.effect("of a pipeline needs a gstreamer relay", () =>
    Effect.gen(function*() {
      const relay = { kind: "ffmpeg", pipeline: ["a"] }
      assert.deepStrictEqual(yield* wrongPaths({ source: { kind: "test_pattern", relay } }), ["source.relay.pipeline"])
    }).pipe(Effect.provide(layer)))
})
