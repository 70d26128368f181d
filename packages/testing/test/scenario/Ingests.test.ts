import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { SourceUnreachable } from "@headend/core/RelayFailure"
import { withRelays } from "@headend/core/StandardSources"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { acquired, at, awaited, nobody, rtmp, srs } from "./ingest.ts"
import { assertLeft, hop, record, untilSnapshot } from "./parts.ts"
import { pass, start, stationOf, until, worker } from "./station.ts"

const station = stationOf(withRelays)

describe("an ingest that can be asked", () => {
  it.effect("is waited for, and relayed at once when somebody publishes", () =>
    Effect.gen(function*() {
      const world = yield* World
      const waiting = yield* awaited(srs)
      assert.deepInclude(hop(waiting, "ingest"), { status: "waiting", evidence: "nobody publishes yet" })
      assert.deepStrictEqual(waiting.ingest, { publishUrl: "rtmp://srs.example/live/***", live: false, codecs: [] })
      yield* pass(120_000)
      assert.isBelow(yield* acquired, 12)
      world.faults.clear()
      yield* world.rtmp.publish(at, { client: "66we4959", address: "192.0.2.7" })
      yield* pass(200)
      assert.strictEqual(world.relays().length, 1)
      const running = yield* until("live", "running")
      assert.deepInclude(hop(running, "ingest"), {
        status: "ok",
        evidence: "192.0.2.7 publishes h264 and aac (client 66we4959)"
      })
      assert.deepInclude(running.ingest, { live: true, codecs: ["h264", "aac"] })
      for (const { evidence, hop } of [...waiting.health.hops, ...running.health.hops]) assert.isString(evidence, hop)
      assert.notInclude(JSON.stringify(running), "hush")
      yield* Broadcasts.use((broadcasts) => broadcasts.stop("live"))
      yield* until("live", "stopped")
      assertLeft(world)
      assert.strictEqual(world.rtmp.followers(at), 0)
    }).pipe(Effect.provide(station)))

  it.effect("ends the relay at once when the publisher leaves, and goes on with the next one", () =>
    Effect.gen(function*() {
      const world = yield* World
      const told = yield* record
      yield* world.rtmp.publish(at)
      yield* worker("w1")
      yield* start(rtmp(srs))
      yield* until("live", "running")
      const [first] = world.relays()
      world.faults.fail("relays.acquire", nobody, 1_000)
      yield* world.rtmp.unpublish(at)
      yield* pass(100)
      assert.deepStrictEqual(world.relays(), [])
      const waiting = yield* until("live", "waiting")
      assert.strictEqual(hop(waiting, "ingest")?.evidence, "whoever published has left")
      assert.isFalse(waiting.ingest?.live)
      yield* pass(60_000)
      world.faults.clear()
      yield* world.rtmp.publish(at)
      yield* until("live", "running")
      assert.notStrictEqual(world.relays()[0]?.pid, first?.pid)
      assert.deepStrictEqual(world.relays()[0]?.request.tracks, first?.request.tracks)
      assert.notInclude(told.states("live"), "recovering")
    }).pipe(Effect.provide(station)))

  it.effect("tries quickly for a while, since a server tells of a publisher before it lets them in", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* awaited(srs)
      yield* pass(60_000)
      world.faults.clear()
      world.faults.fail("relays.acquire", nobody, 3)
      yield* world.rtmp.publish(at)
      yield* pass(1_000)
      assert.strictEqual(world.relays().length, 1)
    }).pipe(Effect.provide(station)))

  it.effect("does not hurry for one who came, and left again", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      yield* start(rtmp(srs))
      yield* until("live", "waiting")
      world.faults.fail("relays.acquire", nobody, 1_000)
      yield* world.rtmp.publish(at)
      yield* pass(500)
      yield* world.rtmp.unpublish(at)
      const before = yield* acquired
      yield* pass(2_000)
      assert.isAtMost((yield* acquired) - before, 2)
    }).pipe(Effect.provide(station)))

  it.effect("shows a publisher whose frames stand still, at the ingest", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.rtmp.publish(at)
      yield* worker("w1")
      yield* start(rtmp(srs))
      yield* until("live", "running")
      yield* world.rtmp.freeze(at)
      const degraded = yield* until("live", "degraded")
      assert.strictEqual(hop(degraded, "ingest")?.status, "bad")
      assert.include(hop(degraded, "ingest")?.evidence, "its frames have not grown since")
      assert.strictEqual(degraded.health.status, "warn")
    }).pipe(Effect.provide(station)))

  it.effect("says so when the picture came late, though somebody published", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.rtmp.publish(at)
      world.faults.delay("relays.acquire", "4 seconds")
      yield* worker("w1")
      yield* start(rtmp(srs))
      const running = yield* until("live", "running")
      assert.include(hop(running, "ingest")?.evidence, "no GOP cache at the server, or keyframes far apart")
      // and no more when it comes in time
      yield* world.rtmp.unpublish(at)
      yield* until("live", "waiting")
      yield* world.rtmp.publish(at)
      assert.notInclude(hop(yield* until("live", "running"), "ingest")?.evidence, "late")
    }).pipe(Effect.provide(station)))

  it.effect("stays on air while its server cannot be asked, and says so", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.rtmp.publish(at)
      yield* worker("w1")
      yield* start(rtmp(srs))
      yield* until("live", "running")
      const [relay] = world.relays()
      yield* world.rtmp.reachable(false)
      const asked = yield* untilSnapshot("live", (one) => String(hop(one, "ingest")?.evidence).includes("unavailable"))
      assert.strictEqual(asked.state, "running")
      yield* world.rtmp.reachable(true)
      yield* pass(10_000)
      assert.deepStrictEqual(world.relays(), [relay!])
    }).pipe(Effect.provide(station)))

  it.effect("is found by the relay when its server says wrongly that nobody is there", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      yield* start(rtmp(srs))
      yield* until("live", "running")
      assert.isTrue((yield* untilSnapshot("live", (one) => one.ingest?.live === true)).ingest?.live)
      assert.strictEqual(world.relays().length, 1)
    }).pipe(Effect.provide(station)))

  it.effect("says so when somebody publishes and the relay gets nothing", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.rtmp.publish(at)
      world.faults.fail("relays.acquire", nobody, 1_000)
      yield* worker("w1")
      yield* start(rtmp(srs))
      const bad = yield* untilSnapshot("live", (one) => hop(one, "ingest")?.status === "bad")
      assert.include(hop(bad, "ingest")?.evidence, "and the relay gets nothing: nobody publishes yet")
    }).pipe(Effect.provide(station)))

  it.effect("fails half way and leaves nothing behind", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      world.faults.fail("relays.acquire", new SourceUnreachable({ hop: "ingest", reason: "refused" }), 1_000)
      yield* start(rtmp(srs))
      yield* pass(200_000)
      assert.strictEqual((yield* until("live", "failed")).endReason?.code, "source_unreachable")
      assert.strictEqual(world.rtmp.followers(at), 0)
      assertLeft(world)
    }).pipe(Effect.provide(station)))
})
