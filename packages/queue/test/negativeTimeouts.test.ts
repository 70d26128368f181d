import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { isKafkaJs, quietly } from "../src/internal/negativeTimeouts.ts"

const text = (number: number) => `${number} is a negative number.\nTimeout duration was set to 1.`
const now = 1_795_708_138_741

describe("warnings about negative timeouts", () => {
  it("are of kafkajs when the number is −1 minus the time of day, and of nobody else", () => {
    assert.isTrue(isKafkaJs(text(-1 - now), "TimeoutNegativeWarning", now + 20))
    assert.isFalse(isKafkaJs(text(-1), "TimeoutNegativeWarning", now))
    assert.isFalse(isKafkaJs(text(-1 - now + 60_000), "TimeoutNegativeWarning", now))
    assert.isFalse(isKafkaJs(text(-1 - now), "DeprecationWarning", now))
    assert.isFalse(isKafkaJs(new Error(text(-1 - now)), "TimeoutNegativeWarning", now))
  })

  it.live("are Node's own affair again once the last client has gone", () =>
    Effect.gen(function*() {
      const before = process.emitWarning
      const first = yield* Scope.make()
      const second = yield* Scope.make()
      yield* Scope.provide(quietly, first)
      yield* Scope.provide(quietly, second)
      assert.notStrictEqual(process.emitWarning, before)
      yield* Scope.close(first, Exit.void)
      assert.notStrictEqual(process.emitWarning, before)
      yield* Scope.close(second, Exit.void)
      assert.strictEqual(process.emitWarning, before)
    }))
})
