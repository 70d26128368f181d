import { assert, describe, it } from "@effect/vitest"
import { duration, reader } from "@headend/app/SettingsReader"
import { ConfigProvider, Duration, Effect } from "effect"

const given = (environment: Record<string, string>) =>
  Effect.gen(function*() {
    const { read, wrong } = reader()
    const value = yield* read("PATIENCE", duration, Duration.seconds(7))
    return [Duration.toMillis(value), wrong] as const
  }).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(environment))))

describe("a setting", () => {
  it.effect("is read where it is set, and replaced where it is absent or empty", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* given({ HEADEND_PATIENCE: " 90 seconds " }), [90_000, []])
      assert.deepStrictEqual(yield* given({ HEADEND_PATIENCE: "" }), [7_000, []])
      assert.deepStrictEqual(yield* given({}), [7_000, []])
    }))

  it.effect("that is wrong is named, with what was expected, and not told", () =>
    Effect.gen(function*() {
      for (const wrong of ["ninety", "5 parsecs", "-3 seconds", "infinity"]) {
        const [value, lines] = yield* given({ HEADEND_PATIENCE: wrong })
        assert.deepStrictEqual(lines, ["HEADEND_PATIENCE: expected a duration such as \"30 seconds\""])
        assert.strictEqual(value, 7_000)
      }
    }))
})
