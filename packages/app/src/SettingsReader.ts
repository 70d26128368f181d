/**
 * How settings are read from the environment, each with the prefix `HEADEND_`. All wrong ones are named at once, and none
 * of their values: some are secrets.
 */
import { Config, Duration, Effect, Option, Result, Schema } from "effect"

/** Settings that cannot be used, one line each. */
export class SettingsInvalid extends Schema.TaggedError<SettingsInvalid>()("SettingsInvalid", {
  wrong: Schema.Array(Schema.String)
}) {
  override get message() {
    return `headend cannot start with these settings:\n${this.wrong.map((line) => `  ${line}`).join("\n")}`
  }
}

/** The value, or what was expected instead. */
export type Parse<A> = (text: string) => Result.Result<A, string>

export const text: Parse<string> = (given) => Result.succeed(given)

export const matching = (pattern: RegExp, expected: string): Parse<string> => (given) =>
  pattern.test(given) ? Result.succeed(given) : Result.fail(`expected ${expected}`)

export const oneOf = <const A>(table: Readonly<Record<string, A>>): Parse<A> => (given) => {
  const found = Object.entries(table).find(([name]) => name === given.toLowerCase())
  return found === undefined
    ? Result.fail(`expected one of ${Object.keys(table).join(", ")}`)
    : Result.succeed(found[1])
}

export const number = (minimum: number, maximum: number, whole: boolean): Parse<number> => (given) => {
  const value = Number(given)
  return given.trim() !== "" && value >= minimum && value <= maximum && (!whole || Number.isInteger(value))
    ? Result.succeed(value)
    : Result.fail(`expected a ${whole ? "whole " : ""}number from ${minimum} to ${maximum}`)
}

export const duration: Parse<Duration.Duration> = (given) =>
  Option.match(/^\d/.test(given) ? Duration.fromInput(given as Duration.Input) : Option.none(), { // checked by fromInput
    onNone: () => Result.fail("expected a duration such as \"30 seconds\""),
    onSome: Result.succeed
  })

export const listOf = <A>(parse: Parse<A>): Parse<ReadonlyArray<A>> => (given) => {
  const parsed = given.split(",").map((part) => part.trim()).filter((part) => part !== "").map(parse)
  const failed = parsed.find(Result.isFailure)
  return failed === undefined
    ? Result.succeed(parsed.flatMap((one) => (Result.isSuccess(one) ? [one.success] : [])))
    : Result.fail(failed.failure)
}

export interface Reader {
  /** What is wrong so far, `HEADEND_NAME: reason`. */
  readonly wrong: Array<string>
  /** One setting; when it is absent, empty (that is how compose files say it) or wrong, what stands for it. */
  readonly read: <A>(name: string, parse: Parse<A>, absent: A) => Effect.Effect<A, Config.ConfigError>
}

export const reader = (): Reader => {
  const wrong: Array<string> = []
  return {
    wrong,
    read: (name, parse, absent) =>
      Effect.map(Config.option(Config.String(`HEADEND_${name}`)), (given) => {
        if (Option.isNone(given) || given.value.trim() === "") return absent
        return Result.getOrElse(parse(given.value.trim()), (reason) => {
          wrong.push(`HEADEND_${name}: ${reason}`)
          return absent
        })
      })
  }
}
