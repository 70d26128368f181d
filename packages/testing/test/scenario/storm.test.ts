import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { storm } from "./storm.ts"

const seeds = Array.from({ length: 20 }, (_, i) => 1_000 + i)

describe("storms", () => {
  for (const seed of seeds) {
    it.effect(`storm ${seed} leaves nothing`, () =>
      Effect.gen(function*() {
        const { runs, steps, wrong } = yield* storm(seed, 200)
        console.log(seed, runs, steps.length)
        assert.deepStrictEqual(wrong, [], steps.slice(-20).join(", "))
      }), 30_000)
  }
})
