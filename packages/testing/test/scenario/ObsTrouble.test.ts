import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { EncoderIncompatible } from "@headend/core/EncoderFailure"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { assertLeft, hop, record, untilSnapshot, untilSo } from "./parts.ts"
import { pass, start, until, worker } from "./station.ts"
import { server, spec, station, url } from "./studio.ts"

describe("a broadcast of an OBS in trouble", () => {
  it.effect("tells an ingest that is away from one that denies, and gives up after eight tries", () =>
    Effect.gen(function*() {
      const world = yield* World
      const obs = world.obs(url)
      const before = obs.settings
      yield* worker("w1")
      for (const [does, code] of [["away", "ingest_unreachable"], ["denies", "ingest_denied"]] as const) {
        obs.starts = 0
        yield* world.ingest(server, does)
        yield* start(spec())
        yield* pass(200_000)
        const failed = yield* until("show", "failed")
        assert.deepInclude(failed.endReason, { code, hop: "ingest", fault: "world" })
        assert.strictEqual(obs.starts, 8)
        assert.strictEqual(obs.settings, before)
        assertLeft(world)
      }
    }).pipe(Effect.provide(station)))

  it.effect("another one that takes OBS between two tries has it, and the settings of before both are back in the end", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const obs = world.obs(url)
      const before = obs.settings
      yield* worker("w1")
      yield* world.ingest(server, "denies")
      yield* start(spec())
      yield* pass(20_000)
      yield* world.ingest(server, "open")
      const { source } = spec()
      yield* start({ id: "other", source: { ...source, ingest: { ...source.ingest, streamKey: "another" } } })
      yield* until("other", "running")
      yield* pass(60_000)
      yield* broadcasts.stop("other")
      yield* until("other", "stopped")
      const failed = yield* until("show", "failed")
      assert.strictEqual(failed.endReason?.code, "encoder_busy")
      assert.strictEqual(obs.settings, before)
      assertLeft(world)
    }).pipe(Effect.provide(station)))

  it.effect("says that an ingest never answers, sends no other start, and is on air once it does", () =>
    Effect.gen(function*() {
      const world = yield* World
      const told = yield* record
      const obs = world.obs(url)
      yield* world.ingest(server, "silent")
      yield* worker("w1")
      yield* start(spec())
      const silent = yield* untilSnapshot("show", (one) => hop(one, "ingest")?.status === "bad")
      assert.include(String(hop(silent, "ingest")?.evidence), "never answers")
      yield* pass(300_000)
      assert.strictEqual(obs.starts, 1)
      const news = told.events.flatMap((one) => one._tag === "HopChanged" && one.hop === "ingest" ? [one.status] : [])
      assert.deepStrictEqual(news, ["unknown", "bad"]) // all the time, not between two tries
      assert.include(["starting", "recovering"], (yield* untilSnapshot("show", () => true)).state)
      yield* world.ingest(server, "open")
      obs.become({ starting: false })
      yield* until("show", "running")
      assert.strictEqual(obs.starts, 2)
      assert.notInclude(told.states("show"), "failed")
    }).pipe(Effect.provide(station)))

  it.effect("stopped while its start hangs, it gives the settings back and names what it could not end", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const obs = world.obs(url)
      const before = obs.settings
      yield* world.ingest(server, "silent")
      yield* worker("w1")
      yield* start(spec())
      yield* untilSo("it starts", () => obs.starting)
      yield* broadcasts.stop("show")
      const stopped = yield* until("show", "stopped")
      assert.deepStrictEqual(stopped.leftBehind, [{ kind: "encoder", id: url }])
      // it would have been taken for a stream of ours otherwise
      assert.strictEqual(obs.settings, before)
      assertLeft(world)
    }).pipe(Effect.provide(station)))

  it.effect("stopped while OBS is away, it says so, and gives the settings back when OBS is there again", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const obs = world.obs(url)
      const before = obs.settings
      yield* worker("w1")
      yield* start(spec())
      yield* until("show", "running")
      obs.isAway = true
      obs.cut()
      yield* broadcasts.stop("show")
      const stopping = yield* untilSnapshot("show", (one) => one.note !== null)
      assert.strictEqual(stopping.state, "stopping")
      assert.include(stopping.note, "out of reach")
      yield* pass(120_000)
      yield* until("show", "stopping")
      obs.isAway = false
      assert.isNull((yield* until("show", "stopped")).note)
      assert.strictEqual(obs.settings, before)
      assert.isFalse(obs.streaming)
    }).pipe(Effect.provide(station)))

  it.effect("leaves alone what somebody has pointed elsewhere in the meantime", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const obs = world.obs(url)
      yield* worker("w1")
      yield* start(spec())
      yield* until("show", "running")
      const theirs = JSON.stringify({ server: "rtmp://theirs.example/app", key: "theirs" })
      obs.settings = theirs
      obs.cut()
      const failed = yield* until("show", "failed")
      assert.deepInclude(failed.endReason, { code: "encoder_streaming" })
      assert.strictEqual(obs.settings, theirs)
      assert.isTrue(obs.streaming)
      yield* broadcasts.stop("show")
    }).pipe(Effect.provide(station)))

  it.effect("after a crash the next owner adopts the OBS that streams, and can give back what it never saw", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const obs = world.obs(url)
      const before = obs.settings
      const first = yield* worker("w1")
      yield* start(spec())
      yield* until("show", "running")
      yield* first.end
      assert.isTrue(obs.streaming)
      yield* worker("w2")
      yield* untilSnapshot("show", (one) => one.owner?.worker === "w2" && one.state === "running")
      assert.strictEqual(obs.starts, 1)
      yield* broadcasts.stop("show")
      yield* until("show", "stopped")
      assert.strictEqual(obs.settings, before)
      assert.isFalse(obs.streaming)
    }).pipe(Effect.provide(station)))

  it.effect("fails half way and leaves nothing behind", () =>
    Effect.gen(function*() {
      const world = yield* World
      const obs = world.obs(url)
      const before = obs.settings
      yield* worker("w1")
      for (const call of ["encoders.read", "encoders.pointAt", "encoders.start"]) {
        world.faults.fail(call, new EncoderIncompatible({ encoder: url, reason: "test" }))
        yield* start(spec())
        assert.strictEqual((yield* until("show", "failed")).endReason?.code, "encoder_incompatible")
        assert.isTrue(world.faults.isUsedUp(call))
        assert.strictEqual(obs.settings, before)
        assert.isFalse(obs.streaming)
        assertLeft(world)
      }
    }).pipe(Effect.provide(station)))

  it.effect("ten broadcasts that start and stop at once leave one OBS with one driver at a time, and as it was", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const obs = world.obs(url)
      const before = obs.settings
      yield* worker("w1")
      yield* worker("w2")
      const ids = Array.from({ length: 10 }, (_, i) => `show-${i}`)
      for (let round = 0; round < 3; round++) {
        yield* Effect.forEach(ids, (id) => start(spec({}, id)), { concurrency: "unbounded" })
        yield* pass(3_000)
        assert.isAtMost(world.relays().length, 1)
        yield* Effect.forEach(ids, (id) => Effect.ignore(broadcasts.stop(id)), { concurrency: "unbounded" })
        yield* Effect.forEach(
          ids,
          (id) => untilSnapshot(id, (one) => one.state === "stopped" || one.endReason?.code === "encoder_busy")
        )
        assert.strictEqual(obs.settings, before)
        assert.isFalse(obs.streaming)
      }
      assertLeft(world)
    }).pipe(Effect.provide(station)))
})
