/**
 * Storms one after another, and how many runs they were together.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { storm } from "./storm.ts"
import type { Storm } from "./stormWeather.ts"

/** In each storm; more than half of them begin a run: ten thousand in the plain and the wild ones. */
const starts = 450

export const storms = (name: string, kind: Storm, seeds: ReadonlyArray<number>) =>
  describe(name, () => {
    let total = 0
    for (const seed of seeds) {
      it.effect(`seed ${seed}`, () =>
        Effect.gen(function*() {
          const { runs, steps, wrong } = yield* storm(seed, starts, kind)
          total += runs
          assert.deepStrictEqual(wrong, [], `seed ${seed}, the last of ${steps.length} steps: ${steps.slice(-20)}`)
        }), 120_000)
    }

    it("these were many runs", () => {
      assert.isAtLeast(total, 250 * seeds.length)
    })
  })
