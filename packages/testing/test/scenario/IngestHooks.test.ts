import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { SourceEnded } from "@headend/core/RelayFailure"
import { withRelays } from "@headend/core/StandardSources"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { acquired, at, awaited, hooked, nobody, rtmp, srs } from "./ingest.ts"
import { record } from "./parts.ts"
import { pass, spec, start, stationOf, until, worker } from "./station.ts"

const station = stationOf(withRelays)

describe("an ingest that is known by hooks alone", () => {
  it.effect("is relayed at once when a hook tells of a publisher, and waits at once when it tells of the end", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* awaited(hooked)
      yield* pass(60_000)
      world.faults.clear()
      yield* world.rtmp.publish(at)
      yield* until("live", "running")
      world.faults.fail("relays.acquire", nobody, 1_000)
      yield* world.rtmp.unpublish(at)
      yield* pass(100)
      assert.deepStrictEqual(world.relays(), [])
      yield* until("live", "waiting")
    }).pipe(Effect.provide(station)))

  it.effect("is looked at at once when somebody elsewhere who heard the hook wishes it", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* awaited(hooked)
      yield* pass(60_000)
      // in the middle of the pause between two tries
      const before = yield* acquired
      while ((yield* acquired) === before) yield* pass(100)
      world.faults.clear()
      yield* Broadcasts.use((broadcasts) => broadcasts.restart("live"))
      yield* pass(100)
      assert.strictEqual(world.relays().length, 1)
      yield* until("live", "running")
    }).pipe(Effect.provide(station)))

  it.effect("by an address for playing is the same ingest", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      yield* start({ id: "live", source: { kind: "external", inputUrl: "rtmp://srs.example/live/cam1" } })
      yield* until("live", "running")
      yield* world.rtmp.publish(at)
      world.faults.fail("relays.acquire", nobody, 1_000)
      yield* world.rtmp.unpublish(at)
      yield* until("live", "waiting")
    }).pipe(Effect.provide(station)))

  it.effect("is tried quickly when a hook tells of somebody while a relay looks, and finds nobody yet", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      yield* start(rtmp(hooked))
      yield* until("live", "running")
      world.faults.fail("relays.acquire", nobody, 2)
      yield* world.rtmp.publish(at)
      yield* Effect.forEach(world.relays(), (one) => one.end(nobody))
      yield* pass(900)
      assert.isTrue(world.faults.isUsedUp("relays.acquire"))
      assert.strictEqual(world.relays().length, 1)
    }).pipe(Effect.provide(station)))

  it.effect("an end that the relay sees first is no loss once the hook has told of it", () =>
    Effect.gen(function*() {
      const world = yield* World
      const told = yield* record
      yield* worker("w1")
      yield* start(rtmp(hooked))
      yield* until("live", "running")
      yield* world.rtmp.publish(at)
      yield* world.rtmp.unpublish(at)
      yield* Effect.forEach(world.relays(), (one) => one.end(new SourceEnded({ hop: "ingest", reason: "closed" })))
      world.faults.fail("relays.acquire", nobody, 5)
      yield* until("live", "waiting")
      yield* until("live", "running")
      assert.notInclude(told.states("live"), "recovering")
    }).pipe(Effect.provide(station)))
})

describe("the plan of an ingest", () => {
  it.effect("names what would be asked, and what the encoder should send", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const { steps, warnings } = yield* broadcasts.plan(yield* spec(rtmp(srs)))
      assert.deepStrictEqual(
        steps.filter((step) => step.hop === "ingest").map((step) => step.does),
        ["look at the ingest", "wait until somebody publishes to rtmp://srs.example/live/***"]
      )
      assert.strictEqual(warnings.length, 1)
      assert.include(warnings[0], "without B-frames")
    }).pipe(Effect.provide(station)))
})
