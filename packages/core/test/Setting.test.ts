// Settings: what is read, what stands for what is absent, and what is said of a wrong one.
import { assert, describe, it } from "@effect/vitest"
import * as Setting from "@headend/core/Setting"
import { ConfigProvider, Duration, Effect, Redacted } from "effect"

const patience = Setting.make("HEADEND_PATIENCE", {
  form: Setting.duration,
  default: "7 seconds",
  means: "how long"
})
const size = Setting.make("HEADEND_SIZE", { form: Setting.number(1, 9, true), means: "how large" })
const host = Setting.open("HEADEND_HOST", { form: Setting.text, otherwise: "that of the address", means: "where" })

const given = <A>(environment: unknown, use: (from: Setting.Reader) => Effect.Effect<A>) =>
  Effect.gen(function*() {
    const from = Setting.reader()
    const value = yield* use(from)
    return [value, from.wrong] as const
  }).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(environment))))

const millis = (environment: Record<string, string>) =>
  given(environment, ({ read }) => Effect.map(read(patience), Duration.toMillis))

describe("a setting", () => {
  it.effect("is read where it is set, and replaced where it is absent or empty", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* millis({ HEADEND_PATIENCE: " 90 seconds " }), [90_000, []])
      assert.deepStrictEqual(yield* millis({ HEADEND_PATIENCE: "" }), [7_000, []])
      assert.deepStrictEqual(yield* millis({}), [7_000, []])
      assert.deepStrictEqual(yield* given({}, ({ read }) => read(size)), [undefined, []])
      assert.deepStrictEqual(yield* given({}, ({ read }) => read(host, "janus.example")), ["janus.example", []])
    }))

  it.effect("that is wrong is named, with what was expected, and not told", () =>
    Effect.gen(function*() {
      for (const wrong of ["ninety", "5 parsecs", "-3 seconds", "infinity"]) {
        const [value, lines] = yield* millis({ HEADEND_PATIENCE: wrong })
        assert.deepStrictEqual(lines, ["HEADEND_PATIENCE: expected a duration such as \"30 seconds\""])
        assert.strictEqual(value, 7_000)
      }
    }))

  it.effect("is told together with all others that are wrong", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        Effect.gen(function*() {
          const from = Setting.reader()
          return yield* Setting.checked(from, [yield* from.read(patience), yield* from.read(size)])
        }).pipe(
          Effect.provide(
            ConfigProvider.layer(ConfigProvider.fromUnknown({ HEADEND_PATIENCE: "x", HEADEND_SIZE: "12" }))
          )
        )
      )
      assert.deepStrictEqual(error.wrong, [
        "HEADEND_PATIENCE: expected a duration such as \"30 seconds\"",
        "HEADEND_SIZE: expected a whole number from 1 to 9"
      ])
      assert.include(error.message, "\n  HEADEND_SIZE: ")
    }))

  it.effect("that cannot be asked for is told like a wrong one", () =>
    Effect.gen(function*() {
      const from = Setting.reader()
      const broken = ConfigProvider.make(() =>
        Effect.fail(new ConfigProvider.SourceError({ message: "the folder is gone" }))
      )
      const value = yield* Effect.provide(from.read(patience), ConfigProvider.layer(broken))
      assert.strictEqual(Duration.toMillis(value), 7_000)
      assert.match(from.wrong.join(), /^HEADEND_PATIENCE: cannot be read: .*the folder is gone/)
    }))

  it("tells its default as it would be set, or in words", () => {
    assert.deepStrictEqual([patience, size, host].map(({ otherwise }) => otherwise), [
      "`7 seconds`",
      "–",
      "that of the address"
    ])
  })

  it("has a default that it takes itself", () => {
    assert.throws(() =>
      Setting.make("HEADEND_SIZE", { form: Setting.number(1, 9, true), default: "12", means: "how large" })
    )
  })
})

describe("what a setting takes", () => {
  const parse = <A>({ parse }: Setting.Form<A>, text: string) => {
    const parsed = parse(text)
    return parsed._tag === "Success" ? parsed.success : `! ${parsed.failure}`
  }

  it("is a number within its bounds", () => {
    const port = Setting.number(0, 65_535, true)
    assert.deepStrictEqual(["0", "65535", " 80 "].map((text) => parse(port, text)), [0, 65_535, 80])
    for (const wrong of ["-1", "65536", "1.5", "", " ", "x", "NaN"]) {
      assert.strictEqual(parse(port, wrong), "! expected a whole number from 0 to 65535")
    }
    assert.strictEqual(parse(Setting.number(0, 1, false), "0.5"), 0.5)
  })

  it("is one of some names, in any case", () => {
    assert.deepStrictEqual(["true", "FALSE"].map((text) => parse(Setting.boolean, text)), [true, false])
    assert.strictEqual(parse(Setting.boolean, "yes"), "! expected one of true, false")
  })

  it("is a list, of which each part is looked at", () => {
    const letters = Setting.listOf(Setting.matching(/^[a-z]+$/, "letters"))
    assert.deepStrictEqual(parse(letters, "a, b,,c"), ["a", "b", "c"])
    assert.deepStrictEqual(parse(letters, ""), [])
    assert.strictEqual(parse(letters, "a,1"), "! expected letters")
    assert.strictEqual(letters.takes, "letters; several are separated by commas")
  })

  it("is a secret that nobody is told", () => {
    const parsed = parse(Setting.redacted(Setting.text), "hush")
    assert.notInclude(JSON.stringify(parsed), "hush")
    assert.isTrue(Redacted.isRedacted(parsed))
  })
})
