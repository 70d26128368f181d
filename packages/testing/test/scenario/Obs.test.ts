import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { SourceEnded } from "@headend/core/RelayFailure"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { assertLeft, hop, record, untilSnapshot, untilSo } from "./parts.ts"
import { pass, start, until, worker } from "./station.ts"
import { calls, key, server, spec, station, url } from "./studio.ts"

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
})
