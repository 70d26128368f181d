import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { EncoderIncompatible } from "@headend/core/EncoderFailure"
import { SourceEnded } from "@headend/core/RelayFailure"
import { all } from "@headend/core/StandardSources"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { assertLeft, hop, record, untilSnapshot, untilSo } from "./parts.ts"
import { pass, start, stationOf, until, worker } from "./station.ts"

const station = stationOf(all)

const url = "ws://studio:4455"
const server = "rtmp://ingest.example/live"
const key = "a-secret-stream-key"

const spec = (more: object = {}, id = "show") => ({
  id,
  source: {
    kind: "obs",
    obs: { host: "studio", password: "hush", ...more },
    ingest: { rtmpUrl: "rtmp://ingest.example", app: "live", streamKey: key }
  }
})

const calls = (world: World["Service"]) =>
  world.journal.lines()
    .filter((line) => /^(encoders|relays|mountpoints)\./.test(line) && !line.includes(".read"))
    .map((line) => line.split(" ")[0])

describe("a broadcast of an OBS", () => {
  it.effect("puts it on air, and at the end stops it and gives it back what it had, before the mountpoint goes", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const told = yield* record
      const obs = world.obs(url)
      const before = obs.settings
      yield* worker("w1")
      yield* start(spec())
      yield* until("show", "running")
      const running = yield* untilSnapshot("show", (one) => one.obs?.streaming === true && one.obs.bytes > 0)
      assert.deepStrictEqual(JSON.parse(obs.settings), { server, key })
      assert.strictEqual(hop(running, "encoder")?.status, "ok")
      assert.deepInclude(running.obs, { url, version: "fake", connected: true, reconnecting: false })
      assert.deepStrictEqual(running.ingest?.publishUrl, "rtmp://ingest.example/live/***")
      assert.deepStrictEqual(running.publish, { whip: null, rtmp: null })
      assert.notInclude(JSON.stringify([running, told.events]), key)
      assert.notInclude(JSON.stringify([running, told.events]), "hush")
      yield* broadcasts.stop("show")
      yield* until("show", "stopped")
      assert.strictEqual(obs.settings, before)
      assert.isFalse(obs.streaming)
      assertLeft(world)
      assert.deepStrictEqual(calls(world), [
        "mountpoints.ensure",
        "encoders.acquire",
        "encoders.pointAt",
        "encoders.start",
        "relays.acquire",
        "relays.release",
        "encoders.acquire",
        "encoders.stop",
        "encoders.restore",
        "mountpoints.destroy"
      ])
      assert.deepStrictEqual(told.resources("show").filter((line) => line.includes("encoder")), [
        `ResourceAcquired encoder ${url}`,
        `ResourceReleased encoder ${url}`
      ])
    }).pipe(Effect.provide(station)))

  it.effect("fails with the reason when trying again cannot help, and has touched nothing", () =>
    Effect.gen(function*() {
      const world = yield* World
      const obs = world.obs(url)
      const before = obs.settings
      yield* worker("w1")
      yield* start(spec({ password: "wrong" }))
      const wrong = yield* until("show", "failed")
      assert.deepInclude(wrong.endReason, { code: "encoder_unauthorized", hop: "encoder", fault: "caller" })
      obs.become({ streaming: true })
      yield* start(spec())
      const streams = yield* until("show", "failed")
      assert.deepInclude(streams.endReason, { code: "encoder_streaming", hop: "encoder", fault: "caller" })
      assert.isTrue(obs.streaming)
      assert.strictEqual(obs.settings, before)
      assertLeft(world)
    }).pipe(Effect.provide(station)))

  it.effect("takes over one that streams when it may, and gives it back idle", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const obs = world.obs(url)
      const before = obs.settings
      obs.become({ streaming: true })
      yield* worker("w1")
      yield* start(spec({ takeOver: true }))
      yield* until("show", "running")
      assert.deepStrictEqual(JSON.parse(obs.settings), { server, key })
      yield* broadcasts.stop("show")
      yield* until("show", "stopped")
      assert.strictEqual(obs.settings, before)
      assert.isFalse(obs.streaming)
    }).pipe(Effect.provide(station)))

  it.effect("refuses a second broadcast for the same OBS, also with takeOver, and leaves the first alone", () =>
    Effect.gen(function*() {
      const world = yield* World
      const obs = world.obs(url)
      yield* worker("w1")
      yield* start(spec())
      yield* until("show", "running")
      yield* start(spec({ takeOver: true }, "other"))
      const refused = yield* until("other", "failed")
      assert.deepInclude(refused.endReason, { code: "encoder_busy", hop: "encoder", fault: "caller" })
      assert.include(refused.endReason?.message, "show")
      yield* pass(5_000)
      yield* until("show", "running")
      assert.isTrue(obs.streaming)
      assert.strictEqual(obs.starts, 1)
    }).pipe(Effect.provide(station)))

  it.effect("waits for an OBS that is not there, however long", () =>
    Effect.gen(function*() {
      const world = yield* World
      const obs = world.obs(url)
      obs.isAway = true
      yield* worker("w1")
      yield* start(spec())
      yield* pass(300_000)
      const waiting = yield* untilSnapshot("show", (one) => hop(one, "encoder")?.status === "bad")
      assert.strictEqual(waiting.state, "starting")
      assert.include(String(hop(waiting, "encoder")?.evidence), "out of reach")
      obs.isAway = false
      yield* until("show", "running")
    }).pipe(Effect.provide(station)))

  it.effect("a connection that is lost takes nothing down: OBS streams on, and is taken as it is", () =>
    Effect.gen(function*() {
      const world = yield* World
      const obs = world.obs(url)
      yield* worker("w1")
      yield* start(spec())
      yield* until("show", "running")
      const [relay] = world.relays()
      obs.isAway = true
      obs.cut()
      const degraded = yield* until("show", "degraded")
      assert.strictEqual(hop(degraded, "encoder")?.status, "bad")
      yield* pass(20_000)
      obs.isAway = false
      yield* until("show", "running")
      assert.strictEqual(world.relays()[0]?.pid, relay?.pid)
      assert.strictEqual(obs.starts, 1)
    }).pipe(Effect.provide(station)))

  it.effect("an OBS that was killed is put on air again when it is back, and has its former settings at the end", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const obs = world.obs(url)
      const before = obs.settings
      yield* worker("w1")
      yield* start(spec())
      yield* until("show", "running")
      obs.isAway = true
      obs.cut({ dies: true })
      yield* world.relays()[0]!.end(new SourceEnded({ hop: "ingest", reason: "test" }))
      yield* pass(30_000)
      const away = yield* Effect.orDie(broadcasts.get("show"))
      assert.include(["recovering", "degraded"], away.state)
      obs.isAway = false
      yield* until("show", "running")
      assert.strictEqual(obs.starts, 2)
      yield* broadcasts.stop("show")
      yield* until("show", "stopped")
      assert.strictEqual(obs.settings, before)
    }).pipe(Effect.provide(station)))

  it.effect("lets OBS reconnect by itself, shows it, and starts it again only when it gave up", () =>
    Effect.gen(function*() {
      const world = yield* World
      const obs = world.obs(url)
      yield* worker("w1")
      yield* start(spec())
      yield* until("show", "running")
      obs.become({ reconnecting: true })
      const shown = yield* untilSnapshot("show", (one) => one.obs?.reconnecting === true)
      assert.deepInclude(hop(shown, "encoder"), { status: "bad", next: "OBS connects again by itself" })
      yield* world.relays()[0]!.end(new SourceEnded({ hop: "ingest", reason: "test" }))
      yield* pass(30_000)
      assert.strictEqual(obs.starts, 1)
      obs.become({ reconnecting: false })
      yield* until("show", "running")
      assert.strictEqual(obs.starts, 1)
      obs.become({ streaming: false })
      yield* untilSo("it is started again", () => obs.starts === 2)
      yield* until("show", "running")
    }).pipe(Effect.provide(station)))

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
