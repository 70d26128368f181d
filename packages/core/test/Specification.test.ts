import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted } from "effect"
import { again, decode, layer, layerFew, wrong, wrongPaths } from "./support/kinds.ts"
import * as Specs from "./support/specs.ts"

const minimal = { source: { kind: "videoroom", room: { id: 7 } } }

describe("a specification", () => {
  for (const source of Specs.sources) {
    it.effect(`of ${source.kind} is read with every field, and written as it was (${Object.keys(source).join(", ")})`, () =>
      Effect.gen(function*() {
        const fed = source.kind === "videoroom" || source.kind === "browser_webrtc"
        const mountpoint = { create: { ...Specs.rtp, media: fed ? Specs.rtp.media : Specs.media } }
        const whole = { ...Specs.whole, mountpoint, source }
        assert.deepStrictEqual(yield* again(whole), whole)
        const bare = { source }
        assert.deepStrictEqual(yield* again(bare), bare)
      }).pipe(Effect.provide(layer)))
  }

  it.effect("of a mountpoint that brings its own media is read with frontend_owned", () =>
    Effect.gen(function*() {
      const source = { kind: "frontend_owned" }
      for (const type of ["live", "ondemand"]) {
        const spec = { mountpoint: { create: { ...Specs.common, type, filename: "/media/a.mjr" } }, source }
        assert.deepStrictEqual(yield* again(spec), spec)
      }
      const spec = { mountpoint: { create: Specs.rtsp }, source }
      assert.deepStrictEqual(yield* again(spec), spec)
    }).pipe(Effect.provide(layer)))

  it.effect("of a mountpoint to adopt is read", () =>
    Effect.gen(function*() {
      const spec = { mountpoint: { adopt: { id: 9001, secret: "secret-x", media: Specs.media } }, ...minimal }
      assert.deepStrictEqual(yield* again(spec), spec)
    }).pipe(Effect.provide(layer)))

  it.effect("of a mountpoint without a type is one of type rtp", () =>
    Effect.gen(function*() {
      const { mountpoint } = yield* decode({ ...minimal, mountpoint: { create: {} } })
      assert.deepStrictEqual(mountpoint, { create: { type: "rtp" } })
    }).pipe(Effect.provide(layer)))

  it.effect("takes durations as words and as milliseconds", () =>
    Effect.gen(function*() {
      const spec = yield* decode({
        limits: { maxDuration: "6 hours", giveUpAfter: 1500 },
        mountpoint: { create: { collision: "200 millis" } },
        source: { kind: "videoroom", room: { id: 7 }, waitForPublisher: "1 minute" }
      })
      assert.deepStrictEqual(spec.limits?.maxDuration, Duration.hours(6))
      assert.deepStrictEqual(spec.limits?.giveUpAfter, Duration.millis(1500))
      const create = spec.mountpoint?.create
      assert.deepStrictEqual(create?.type === "rtp" && create.collision, Duration.millis(200))
      assert.deepStrictEqual((spec.source as { waitForPublisher?: unknown }).waitForPublisher, Duration.minutes(1))
    }).pipe(Effect.provide(layer)))

  it.effect("keeps secrets redacted once it is read", () =>
    Effect.gen(function*() {
      const spec = yield* decode({ ...minimal, mountpoint: { create: Specs.rtp } })
      const { secret } = spec.mountpoint!.create!
      assert.isTrue(Redacted.isRedacted(secret))
      assert.notInclude(JSON.stringify(spec), "secret-")
      assert.notInclude(String(secret), "secret-mountpoint")
    }).pipe(Effect.provide(layer)))
})

describe("a bad specification", () => {
  it.effect("names every failing field at once", () =>
    Effect.gen(function*() {
      const paths = yield* wrongPaths({
        id: "-begins-wrong",
        description: 5,
        labels: { ok: 4 },
        limits: { maxDuration: "soon", giveUpAfter: -5 },
        mountpoint: {
          create: { id: 0, media: [{ type: "video", pt: 300, port: 70_000 }, { type: "audio", codec: "mp3" }] }
        },
        source: { kind: "videoroom", room: { id: "with space" }, forward: { ssrc: 0 } }
      })
      assert.sameMembers([...paths], [
        "id",
        "description",
        "labels.ok",
        "limits.maxDuration",
        "limits.giveUpAfter",
        "mountpoint.create.id",
        "mountpoint.create.media.0.port",
        "mountpoint.create.media.0.pt",
        "mountpoint.create.media.1.codec",
        "source.room.id",
        "source.forward.ssrc"
      ])
    }).pipe(Effect.provide(layer)))

  const unknowns = [
    ["junk"],
    ["limits", "junk"],
    ["mountpoint", "create", "junk"],
    ["mountpoint", "create", "srtp", "junk"],
    ["mountpoint", "create", "media", 0, "junk"],
    ["source", "junk"],
    ["source", "room", "junk"],
    ["source", "room", "spec", "junk"],
    ["source", "forward", "junk"]
  ]
  const whole = { ...Specs.whole, mountpoint: { create: Specs.rtp }, source: Specs.sources[0] }
  for (const path of unknowns) {
    it.effect(`names the unknown field ${path.join(".")}`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* wrong(Specs.having(whole, path, 1)), [
          `${path.join(".")}: Expected no excess property`
        ])
      }).pipe(Effect.provide(layer)))
  }

  it.effect("refuses a field of another kind", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* wrongPaths({ source: { kind: "frontend_owned", room: { id: 7 } } }), [
        "source.room"
      ])
      assert.deepStrictEqual(yield* wrongPaths({ source: { ...minimal.source, token: "x" } }), ["source.token"])
    }).pipe(Effect.provide(layer)))

  it.effect("that is none at all is refused", () =>
    Effect.gen(function*() {
      for (const input of [null, 5, "videoroom", []]) {
        assert.isAtLeast((yield* wrong(input)).length, 1)
      }
      assert.deepStrictEqual(yield* wrong({}), ["source: Missing key"])
      assert.deepStrictEqual(yield* wrong({ source: {} }), ["source.kind: Missing key"])
      assert.deepStrictEqual(yield* wrong({ source: { kind: 5 } }), ["source.kind: Expected string"])
    }).pipe(Effect.provide(layer)))

  it.effect("of a kind that this app does not have says so, with everything else that is wrong", () =>
    Effect.gen(function*() {
      const lines = yield* wrong({
        id: "-",
        junk: 1,
        source: { kind: "obs", obs: { host: "studio" } }
      })
      assert.strictEqual(lines.length, 3)
      assert.include(
        lines,
        "source.kind: \"obs\" is not available here: this app does not have what it needs, as its log says at the start; available: "
          + "videoroom, browser_webrtc, frontend_owned"
      )
      assert.include(lines, "junk: Expected no excess property")
      assert.isTrue(lines.some((line) => line.startsWith("id: ")))
    }).pipe(Effect.provide(layerFew)))

  it.effect("of a kind that nobody knows lists those that there are", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* wrong({ source: { kind: "webcam" } }), [
        "source.kind: \"webcam\" is not a kind of source; available: videoroom, browser_webrtc, frontend_owned"
      ])
    }).pipe(Effect.provide(layerFew)))

  it.effect("with a mountpoint that brings its own media is refused with any other source", () =>
    Effect.gen(function*() {
      for (const create of [{ type: "live", filename: "a" }, { type: "ondemand", filename: "a" }, Specs.rtsp]) {
        const [line, ...more] = yield* wrong({ ...minimal, mountpoint: { create } })
        assert.deepStrictEqual(more, [])
        assert.match(line ?? "", /^mountpoint\.create\.type: .*frontend_owned only/)
      }
    }).pipe(Effect.provide(layer)))

  it.effect("with a data track is refused where the source cannot feed it", () =>
    Effect.gen(function*() {
      const test = { source: { kind: "test_pattern" } }
      const media = [{ type: "video" }, { type: "data" }]
      assert.deepStrictEqual(yield* wrong({ ...test, mountpoint: { create: { media } } }), [
        "mountpoint.create.media.1.type: this source sends no data: it sends audio and video"
      ])
      assert.deepStrictEqual(yield* wrongPaths({ ...test, mountpoint: { adopt: { id: 1, media } } }), [
        "mountpoint.adopt.media.1.type"
      ])
      yield* decode({ ...minimal, mountpoint: { create: { media } } })
    }).pipe(Effect.provide(layer)))

  it.effect("names what is no kind of track or mountpoint in words", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* wrong({ ...minimal, mountpoint: { create: { media: [{ type: "smell" }] } } }), [
        "mountpoint.create.media.0: expected a track whose \"type\" is \"audio\", \"video\" or \"data\""
      ])
      assert.deepStrictEqual(yield* wrong({ ...minimal, mountpoint: { create: { type: "weird" } } }), [
        "mountpoint.create.type: expected a \"type\" of \"rtp\", \"live\", \"ondemand\" or \"rtsp\""
      ])
    }).pipe(Effect.provide(layer)))
})
