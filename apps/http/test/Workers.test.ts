import { assert, describe, it } from "@effect/vitest"
import type { Fleet } from "@headend/api/Workers"
import { Effect, Schedule } from "effect"
import { serve } from "./support/App.ts"

describe("the fleet", () => {
  it.live("names each worker with its room, and what it has of it", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      yield* app.call("PUT /v1/broadcasts/a", { body: { source: { kind: "browser_webrtc" } } })
      const fleet = yield* app.call("GET /v1/workers").pipe(
        Effect.map((answer) => answer.json<Fleet>()),
        Effect.repeat({
          schedule: Schedule.spaced("50 millis"),
          until: ({ workers }) => workers.some(({ used }) => used > 0)
        })
      )
      assert.deepStrictEqual(
        fleet.workers.map(({ broadcasts, capacity, draining, id, used }) => ({
          broadcasts,
          capacity,
          draining,
          id,
          used
        })),
        [{ id: "test", broadcasts: 1, capacity: 100, used: 0.1, draining: false }]
      )
      assert.deepStrictEqual(fleet.unplaced, { broadcasts: 0, cost: 0, oldestMs: null })
    }), 60_000)
})
