// What the contract suites share: ids that no other test has, and marks.
import type { Mark } from "@headend/core/Mark"
import { Effect, Result } from "effect"

let last = Math.floor(Math.random() * 1_000_000_000)

/** A number that no other test uses. */
export const freshId = (): number => ++last

/** A mark of an installation that no other test uses. */
export const freshMark = (): Mark => ({
  instance: `test-${freshId()}`,
  broadcast: "b",
  run: 1,
  epoch: 1,
  worker: "w1"
})

/** The tag of what it fails with; `null` for a success. */
export const failureTag = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.result(effect), (result) => (Result.isFailure(result) ? result.failure._tag : null))
