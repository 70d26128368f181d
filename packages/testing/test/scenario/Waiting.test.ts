import { assert, describe, it } from "@effect/vitest"
import { SourceAbsent, SourceEnded, SourceFrozen } from "@headend/core/RelayFailure"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { hop, record, untilSnapshot, untilSo } from "./parts.ts"
import { atIngest, rtmp, station } from "./relayed.ts"
import { pass, start, until, worker } from "./station.ts"

describe("a relayed broadcast that nobody publishes to", () => {
  it.effect("waits while nobody publishes, however long; runs, waits, and runs again with the publisher", () =>
    Effect.gen(function*() {
      const world = yield* World
      const told = yield* record
      yield* worker("w1")
      world.faults.fail("relays.acquire", new SourceAbsent(atIngest), 1_000)
      yield* start(rtmp())
      const waiting = yield* until("live", "waiting")
      assert.strictEqual(hop(waiting, "ingest")?.status, "waiting")
      assert.deepStrictEqual(waiting.ingest, { publishUrl: "rtmp://ingest.example/live/***", live: false, codecs: [] })
      assert.notInclude(JSON.stringify(waiting), "hush")
      yield* pass(600_000)
      yield* until("live", "waiting")
      world.faults.clear()
      yield* until("live", "running")
      assert.isTrue((yield* untilSnapshot("live", (one) => one.ingest?.live === true)).ingest?.live)
      world.faults.fail("relays.acquire", new SourceAbsent(atIngest), 20)
      yield* world.relays()[0]!.end(new SourceEnded(atIngest))
      const again = yield* until("live", "waiting")
      assert.strictEqual(again.relay?.restarts, 1)
      yield* until("live", "running")
      assert.deepStrictEqual(told.states("live"), [
        "pending",
        "starting",
        "waiting",
        "running",
        "recovering",
        "waiting",
        "running"
      ])
    }).pipe(Effect.provide(station)))

  it.effect("tells nothing new while it waits for somebody, though it looks again and again", () =>
    Effect.gen(function*() {
      const world = yield* World
      const told = yield* record
      yield* worker("w1")
      world.faults.fail("relays.acquire", new SourceAbsent(atIngest), 1_000)
      yield* start(rtmp())
      yield* until("live", "waiting")
      const before = told.events.length
      const looks = world.journal.lines("relays.acquire", "any").length
      yield* pass(60_000)
      assert.deepStrictEqual(told.events.slice(before), [])
      assert.isAtLeast(world.journal.lines("relays.acquire", "any").length - looks, 15)
    }).pipe(Effect.provide(station)))

  it.effect("tells nothing new while whoever publishes is frozen, though each relay brings what the server has kept", () =>
    Effect.gen(function*() {
      const world = yield* World
      const told = yield* record
      yield* worker("w1")
      yield* start(rtmp())
      yield* until("live", "running")
      yield* world.relaysBring("kept")
      yield* world.relays()[0]!.end(new SourceFrozen(atIngest))
      yield* untilSo("another relay", () => world.relays().length === 1)
      yield* pass(5_000)
      yield* world.relays()[0]!.end(new SourceFrozen(atIngest))
      yield* until("live", "waiting")
      const before = told.events.length
      for (const failure of [new SourceFrozen(atIngest), new SourceFrozen(atIngest), new SourceEnded(atIngest)]) {
        yield* untilSo("another relay", () => world.relays().length === 1)
        yield* pass(20_000) // however long a busy machine takes
        yield* world.relays()[0]!.end(failure)
      }
      assert.deepStrictEqual(told.events.slice(before), [])
      yield* world.relaysBring("live")
      yield* until("live", "running")
      assert.deepStrictEqual(told.states("live").slice(-4), ["running", "recovering", "waiting", "running"])
    }).pipe(Effect.provide(station)))
})
