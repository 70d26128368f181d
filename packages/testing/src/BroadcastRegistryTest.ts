/**
 * What every implementation of `BroadcastRegistry` must do. Each test builds the registry anew and expects it empty. Time
 * passes by `advance`: the test clock's for a registry in memory, a real wait for one that has a clock of its own.
 */
import { describe } from "@effect/vitest"
import type { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { defaultTimings, type Timings } from "@headend/core/Lease"
import type { Duration, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { adopting } from "./internal/registryAdopting.ts"
import { bench } from "./internal/registryBench.ts"
import { claiming } from "./internal/registryClaiming.ts"
import { owning } from "./internal/registryOwning.ts"
import { reading } from "./internal/registryReading.ts"
import { wanting } from "./internal/registryWanting.ts"

export { ended, wanted, worker } from "./internal/registryBench.ts"

export interface Options {
  /** What the registry is built with. A scan should be some 100 ms or more, all others in proportion. */
  readonly timings: Timings
  readonly advance: (duration: Duration.Duration) => Effect.Effect<void>
  /** Time is real: nothing is tested that takes a day. */
  readonly live: boolean
}

export const suite = <E>(
  name: string,
  registry: (timings: Timings) => Layer.Layer<BroadcastRegistry, E>,
  options: Options = { timings: defaultTimings, advance: TestClock.adjust, live: false }
) =>
  describe(name, () => {
    const one = bench(registry(options.timings), options)
    describe("what is wanted", () => wanting(one))
    describe("who claims it", () => claiming(one))
    describe("what an owner may do", () => owning(one))
    describe("what an owner declares again", () => adopting(one))
    describe("what readers see", () => reading(one))
  })
