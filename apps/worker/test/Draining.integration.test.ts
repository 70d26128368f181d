// Built workers that are to finish what they have (HEADEND_DRAIN=finish): what they take, when they end, and who goes on.
import { assert, layer } from "@effect/vitest"
import { Fleet, layer as layerFleet } from "@headend/integration/Fleet"
import { requires } from "@headend/integration/Requires"
import { Effect } from "effect"

requires("janus", "redis-server", "ffmpeg", "ffprobe", "network")("a worker that finishes", () => {
  layer(layerFleet, { excludeTestServices: true, timeout: "90 seconds" })((it) => {
    it.effect(
      "takes nothing new, ends with its last broadcast, hands over in time, and ends at once when told twice",
      () =>
        Effect.gen(function*() {
          const fleet = yield* Fleet
          const { first, tap } = fleet
          const finishing = (id: string, more: Record<string, string> = {}) =>
            fleet.worker(id, {}, { HEADEND_DRAIN: "finish", ...more })

          const patient = yield* finishing("d1")
          const brief = yield* fleet.onAir("brief", fleet.pattern)
          yield* patient.program.signal("SIGTERM")
          yield* fleet.drains("d1")
          yield* first.call("PUT", "/v1/broadcasts/late", fleet.feed)
          yield* Effect.sleep("2 seconds")
          const during = yield* first.get("brief")
          assert.deepStrictEqual([during.state, during.owner, during.relay?.pid], [
            "running",
            brief.owner,
            brief.relay?.pid
          ])
          assert.strictEqual((yield* first.get("late")).owner, null)
          assert.isTrue(yield* patient.program.isRunning)
          const over = yield* first.stop("brief")
          assert.deepStrictEqual([over.state, over.endReason?.code, over.leftBehind], ["stopped", "stopped", []])
          assert.deepStrictEqual(yield* patient.program.ended, { code: 0, signal: null })
          assert.strictEqual((yield* first.get("late")).owner, null)

          const hasty = yield* finishing("d2", { HEADEND_DRAIN_TIMEOUT: "3 seconds" })
          yield* fleet.onAirWith("late", [hasty])
          const told = yield* finishing("d3")
          const at = performance.now()
          yield* hasty.program.signal("SIGTERM")
          const given = yield* fleet.onAirWith("late", [told])
          assert.isAtLeast(performance.now() - at, 3_000, "not before its time")
          assert.deepStrictEqual([given.run, given.owner?.epoch], [1, 2])
          assert.deepStrictEqual(yield* hasty.program.ended, { code: 0, signal: null })

          const relays = told.relays()
          assert.strictEqual(relays.length, 1)
          yield* told.program.signal("SIGTERM")
          yield* fleet.drains("d3")
          yield* Effect.sleep("600 millis") // sooner it would pass for the same signal
          assert.isTrue(yield* told.program.isRunning)
          assert.strictEqual((yield* first.get("late")).owner?.worker, "d3")
          yield* told.program.signal("SIGTERM")
          assert.deepStrictEqual(yield* told.program.ended, { code: 130, signal: null })
          yield* fleet.areGone(relays)
          const heir = yield* fleet.worker("d4")
          yield* fleet.onAirWith("late", [heir])
          assert.deepStrictEqual(tap.overlaps(), [])
          assert.deepStrictEqual((yield* first.stop("late")).leftBehind, [])
        }),
      240_000
    )
  })
})
