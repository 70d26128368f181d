/**
 * Storms one after another, and how many runs they were together.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { storm } from "./storm.ts"

/** In each storm; about two thirds begin a run. */
const starts = 450
/** In each of the two suites: ten thousand runs together. */
const atLeast = 5_000

export const storms = (name: string, seeds: ReadonlyArray<number>) =>
  describe(name, () => {
    let total = 0
    for (const seed of seeds) {
      it.effect(`seed ${seed}`, () =>
        Effect.gen(function*() {
          const { runs, steps, wrong } = yield* storm(seed, starts)
          total += runs
          assert.deepStrictEqual(wrong, [], `seed ${seed}, the last of ${steps.length} steps: ${steps.slice(-20)}`)
        }), 120_000)
    }

    it(`these were ${atLeast} runs at least`, () => {
      assert.isAtLeast(total, atLeast)
    })
  })
