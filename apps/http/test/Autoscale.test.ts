import { assert, describe, it } from "@effect/vitest"
import type { Advice } from "@headend/api/Autoscale"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import * as Registry from "@headend/core/BroadcastRegistry"
import { RegistryUnavailable } from "@headend/core/RegistryFailure"
import { Effect, Layer, Schedule } from "effect"
import { serve } from "./support/App.ts"

describe("what the fleet needs", () => {
  it.live("is told in units of cost, with how many workers that makes, and as metrics", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      yield* app.call("PUT /v1/broadcasts/a", { body: { source: { kind: "browser_webrtc" } } })
      // the first look may have come before the worker
      const { reason, ...advice } = yield* app.call("GET /v1/autoscale").pipe(
        Effect.map((answer) => answer.json<Advice>()),
        Effect.repeat({ schedule: Schedule.spaced("50 millis"), until: ({ placedCost }) => placedCost > 0 })
      )
      assert.deepStrictEqual(advice, {
        demandCost: 0.1,
        placedCost: 0.1,
        unplacedCost: 0,
        unplacedOldestMs: null,
        intakeLag: 0,
        workers: 1,
        capacityPerWorker: 100,
        recommended: 1
      })
      assert.include(["up", "up-cooldown", "steady"], reason)
      const { text } = yield* app.call("GET /metrics")
      for (
        const line of [
          "headend_demand_cost 0.1",
          "headend_placed_cost 0.1",
          "headend_unplaced_cost 0",
          "headend_unplaced_oldest_seconds 0",
          "headend_workers 1",
          "headend_workers_recommended 1",
          "headend_queue_lag{backend=\"memory\"} 0",
          "headend_queue_in_flight{backend=\"memory\"} 0",
          "headend_queue_delayed{backend=\"memory\"} 0",
          "headend_queue_dead{backend=\"memory\"} 0"
        ]
      ) {
        assert.include(text, `${line}\n`)
      }
    }), 60_000)

  it.live("is no number while the registry is out of reach", () =>
    Effect.gen(function*() {
      const away = Layer.effect(
        BroadcastRegistry,
        Effect.map(BroadcastRegistry, (registry) =>
          BroadcastRegistry.of({ ...registry, fleet: Effect.fail(new RegistryUnavailable({ reason: "no answer" })) }))
      ).pipe(Layer.provide(Registry.layerMemory()))
      const app = yield* serve({ registry: away })
      const answer = yield* app.call("GET /v1/autoscale")
      assert.strictEqual(answer.status, 503)
      assert.deepInclude(answer.json<object>(), { code: "registry_unavailable" })
      assert.notInclude((yield* app.call("GET /metrics")).text, "headend_demand_cost")
    }), 60_000)
})
