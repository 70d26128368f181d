import { assert, describe, it } from "@effect/vitest"
import type { Snapshot } from "@headend/core/Snapshot"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { hop, tracks, wiring } from "./parts.ts"
import { start, station, until, worker } from "./station.ts"

/** Plays a broadcast with this mountpoint and this publisher until it runs. */
const play = (media: ReadonlyArray<object> | undefined, sends: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const world = yield* World
    yield* world.foreignRoom(7)
    yield* world.publish(7, { id: 1, display: "anna", tracks: tracks(...sends) })
    yield* worker("w1")
    yield* start({
      id: "lobby",
      ...(media === undefined ? {} : { mountpoint: { create: { media } } }),
      source: { kind: "videoroom", room: { id: 7 } }
    })
    return { world, snapshot: yield* until("lobby", "running") }
  })

const shape = (snapshot: Snapshot) =>
  snapshot.mountpoint?.media.map(({ codec, mid, type }) => `${mid} ${type} ${codec}`)

describe("the tracks of a videoroom broadcast", () => {
  it.effect("are what the publisher sends when no mountpoint is specified", () =>
    Effect.gen(function*() {
      const { snapshot, world } = yield* play(undefined, ["audio:opus", "video:vp8", "video:vp8"])
      assert.deepStrictEqual(shape(snapshot), ["a audio opus", "v video vp8"])
      assert.deepStrictEqual(wiring(world), ["0>a", "1>v"])
      assert.isTrue(snapshot.mountpoint?.created)
    }).pipe(Effect.provide(station)))

  it.effect("that have no source are a warning, as long as one flows", () =>
    Effect.gen(function*() {
      const { snapshot, world } = yield* play([{ type: "audio" }, { type: "video" }], ["audio:opus"])
      assert.deepStrictEqual(wiring(world), ["0>a"])
      assert.strictEqual(hop(snapshot, "publisher")?.status, "ok")
      assert.strictEqual(hop(snapshot, "publisher")?.evidence, "anna (1); no video for track v")
      assert.deepStrictEqual(snapshot.health.hops.map(({ evidence, hop }) => `${hop}: ${evidence}`).slice(1), [
        "forwarder: 1 forwarder: a",
        "mountpoint: media arrives",
        "janus: answers"
      ])
    }).pipe(Effect.provide(station)))

  it.effect("of several of a type are told apart by the source's mid", () =>
    Effect.gen(function*() {
      const { world } = yield* play(
        [{ type: "video", mid: "left", sourceMid: "2" }, { type: "video", mid: "right", sourceMid: "0" }],
        ["video:h264", "audio:opus", "video:h264"]
      )
      assert.deepStrictEqual(wiring(world), ["2>left", "0>right"])
    }).pipe(Effect.provide(station)))

  it.effect("of several of a type are told apart by their position", () =>
    Effect.gen(function*() {
      const { world } = yield* play(
        [{ type: "video", sourceIndex: 1 }, { type: "audio" }],
        ["video:h264", "audio:opus", "video:h264"]
      )
      assert.deepStrictEqual(wiring(world), ["2>v", "1>a"])
    }).pipe(Effect.provide(station)))

  it.effect("take the sources in order when nothing is said, leaving out what another asks for", () =>
    Effect.gen(function*() {
      const { world } = yield* play(
        [{ type: "video" }, { type: "video", sourceMid: "0" }, { type: "video" }],
        ["video:h264", "video:h264", "video:h264"]
      )
      assert.deepStrictEqual(wiring(world), ["1>v", "0>v2", "2>v3"])
    }).pipe(Effect.provide(station)))

  it.effect("take the source whose codec fits", () =>
    Effect.gen(function*() {
      const { world } = yield* play([{ type: "video", codec: "vp9" }], ["video:h264", "video:vp9"])
      assert.deepStrictEqual(wiring(world), ["1>v"])
    }).pipe(Effect.provide(station)))

  it.effect("carry data", () =>
    Effect.gen(function*() {
      const { snapshot, world } = yield* play(
        [{ type: "audio" }, { type: "video" }, { type: "data", dataType: "text" }],
        ["audio:opus", "video:h264", "data"]
      )
      assert.deepStrictEqual(wiring(world), ["0>a", "1>v", "2>d"])
      assert.deepStrictEqual(shape(snapshot)?.at(-1), "d data null")
    }).pipe(Effect.provide(station)))

  it.effect("that appear later are forwarded, too", () =>
    Effect.gen(function*() {
      const { world } = yield* play([{ type: "audio" }, { type: "video" }], ["audio:opus"])
      yield* world.publish(7, { id: 1, display: "anna", tracks: tracks("audio:opus", "video:h264") })
      yield* until("lobby", "running")
      assert.deepStrictEqual(wiring(world), ["0>a", "1>v"])
    }).pipe(Effect.provide(station)))
})
