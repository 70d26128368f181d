import { assert, describe, it } from "@effect/vitest"
import {
  RelayKilled,
  SourceEnded,
  SourceFinished,
  SourceNotFound,
  SourceUnauthorized,
  SourceUnreachable,
  SourceUnsuitable
} from "@headend/core/RelayFailure"
import { Sources } from "@headend/core/Sources"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { assertLeft, untilSnapshot } from "./parts.ts"
import { at, camera, rtmp, station } from "./relayed.ts"
import { pass, start, until, worker } from "./station.ts"

describe("a relay that fails", () => {
  it.effect("fails with the reason, and leaves nothing, when trying again cannot help", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      for (
        const [failure, code] of [
          [new SourceUnauthorized(at), "source_unauthorized"],
          [new SourceNotFound(at), "source_not_found"],
          [new SourceUnsuitable(at), "source_unsuitable"]
        ] as const
      ) {
        world.faults.fail("relays.acquire", failure)
        yield* start(camera())
        const failed = yield* until("cam", "failed")
        assert.deepInclude(failed.endReason, { code, hop: "relay", fault: "caller" })
        assert.isTrue(world.faults.isUsedUp("relays.acquire"))
        assertLeft(world)
      }
    }).pipe(Effect.provide(station)))

  it.effect("looks again for what was there before, and for what was fit", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      yield* start(camera())
      yield* until("cam", "running")
      for (const failure of [new SourceNotFound(at), new SourceUnsuitable(at)]) {
        world.faults.fail("relays.acquire", failure, 30)
        yield* world.relays()[0]!.end(new SourceEnded(at))
        yield* until("cam", "recovering")
        yield* pass(15 * 60_000)
        yield* until("cam", "running")
        assert.isTrue(world.faults.isUsedUp("relays.acquire"))
      }
    }).pipe(Effect.provide(station)))

  it.effect("tries eight times before the first picture, then gives up with the reason", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      world.faults.fail("relays.acquire", new SourceUnreachable(at), 100)
      yield* start(camera())
      yield* pass(200_000)
      const failed = yield* until("cam", "failed")
      assert.deepInclude(failed.endReason, { code: "source_unreachable", hop: "relay", fault: "world" })
      assert.strictEqual(world.journal.lines("relays.acquire", "any").length, 8)
      assertLeft(world)
    }).pipe(Effect.provide(station)))

  it.effect("restarts as often as the specification allows, and waits as long as it says", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      yield* start(camera({ relay: { kind: "ffmpeg", restart: { first: "10 seconds", factor: 1, budget: 2 } } }))
      yield* until("cam", "running")
      for (const restarts of [1, 2]) {
        yield* world.relays()[0]!.end(new RelayKilled(at))
        yield* pass(4_000)
        assert.deepStrictEqual(world.relays(), [])
        yield* untilSnapshot("cam", (one) => one.state === "running" && one.relay?.restarts === restarts)
      }
      yield* world.relays()[0]!.end(new RelayKilled(at))
      assert.strictEqual((yield* until("cam", "failed")).endReason?.code, "relay_killed")
      assertLeft(world)
    }).pipe(Effect.provide(station)))

  it.effect("has stopped, not failed, when a file was played to its end", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      yield* start({ id: "film", source: { kind: "pull", url: "file:///films/a.mp4" } })
      yield* until("film", "running")
      yield* world.relays()[0]!.end(new SourceFinished(at))
      assert.deepInclude((yield* until("film", "stopped")).endReason, { code: "source_finished", fault: null })
      assertLeft(world)
    }).pipe(Effect.provide(station)))

  it.effect("is refused at its field when the operator denies the address", () =>
    Effect.gen(function*() {
      const world = yield* World
      const sources = yield* Sources
      yield* world.refuseInput("rtmp", "169.254.169.254 is denied here")
      const refused = yield* Effect.flip(sources.decode(rtmp()))
      assert.deepStrictEqual(refused.errors, [
        { path: ["source", "ingest", "rtmpUrl"], message: "169.254.169.254 is denied here" }
      ])
      yield* sources.decode(camera())
    }).pipe(Effect.provide(station)))
})
