/**
 * A setting: a variable of the environment with what it takes, what stands for it when it is absent, and what it means. The
 * reader, what it says of a wrong value, and the table in `docs/operations.md` come from this one value.
 */
import { Config, Duration, Effect, Option, Redacted, Result, Schema } from "effect"

/** What a setting takes, in words, and how its text is read: the value, or what was expected instead. */
export interface Form<out A> {
  /** As in `expected …`, and in the table: `a whole number from 0 to 65535`. */
  readonly takes: string
  readonly parse: (text: string) => Result.Result<A, string>
}

export interface Setting<out A> {
  /** The whole name, `HEADEND_…`. */
  readonly name: string
  readonly form: Form<A>
  /** What stands for it when it is absent, as the table says it; Markdown. */
  readonly otherwise: string
  /** What it does, in Markdown; warnings belong here. */
  readonly means: string
}

/** A setting for which a value of its own stands when it is absent. */
export interface Settled<out A> extends Setting<A> {
  readonly absent: A
}

interface Described<A> {
  readonly form: Form<A>
  readonly means: string
}

/** A setting and its default, written as one would set it; without one, nothing stands for it (`undefined`). */
export const make: {
  <A>(name: `HEADEND_${string}`, setting: Described<A> & { readonly default: string }): Settled<A>
  <A>(name: `HEADEND_${string}`, setting: Described<A>): Settled<A | undefined>
} = <A>(
  name: string,
  { default: given, ...setting }: Described<A> & { readonly default?: string }
): Settled<A | undefined> => ({
  name,
  ...setting,
  otherwise: given === undefined || given === "" ? "–" : `\`${given}\``,
  absent: given === undefined ? undefined : Result.getOrThrow(setting.form.parse(given))
})

/** A setting whose default depends on others: words for it, and the value is given where the setting is read. */
export const open = <A>(name: `HEADEND_${string}`, setting: Omit<Setting<A>, "name">): Setting<A> => ({
  name,
  ...setting
})

/** A form with words for what it takes; `parse` may give a better reason than those. */
export const form = <A>(takes: string, parse: (text: string) => Option.Option<A>): Form<A> => ({
  takes,
  parse: (text) => Result.fromOption(parse(text), () => `expected ${takes}`)
})

/** Any text. */
export const text: Form<string> = form("text", Option.some)

/** A text of this pattern, which the words describe. */
export const matching = (pattern: RegExp, takes: string): Form<string> =>
  form(takes, Option.liftPredicate((given) => pattern.test(given)))

/** The same, of which nobody is told the value. */
export const redacted = ({ parse, takes }: Form<string>): Form<Redacted.Redacted> => ({
  takes,
  parse: (given) => Result.map(parse(given), (value) => Redacted.make(value))
})

/** One of these names, in upper or lower case. */
export const oneOf = <const A>(table: Readonly<Record<string, A>>): Form<A> =>
  form(
    `one of ${Object.keys(table).join(", ")}`,
    (given) =>
      Option.map(
        Option.fromUndefinedOr(Object.entries(table).find(([name]) => name === given.toLowerCase())),
        ([, value]) => value
      )
  )

/** `true` or `false`. */
export const boolean: Form<boolean> = oneOf({ true: true, false: false })

/** A number from `minimum` to `maximum`, both included. */
export const number = (minimum: number, maximum: number, whole: boolean): Form<number> =>
  form(
    `a ${whole ? "whole " : ""}number from ${minimum} to ${maximum}`,
    (given) =>
      Option.filter(
        Option.some(Number(given)),
        (value) => given.trim() !== "" && value >= minimum && value <= maximum && (!whole || Number.isInteger(value))
      )
  )

/** A finite length of time with its unit. */
export const duration: Form<Duration.Duration> = form(
  "a duration such as \"30 seconds\"",
  (given) => /^\d/.test(given) ? Duration.fromInput(given as Duration.Input) : Option.none() // checked by fromInput
)

/** Several, separated by commas; the words say so already where they must say it in their own way. */
export const listOf = <A>({ parse, takes }: Form<A>): Form<ReadonlyArray<A>> => ({
  takes: takes.includes("separated by commas") ? takes : `${takes}; several are separated by commas`,
  parse: (given) => {
    const parsed = given.split(",").map((part) => part.trim()).filter((part) => part !== "").map(parse)
    const failed = parsed.find(Result.isFailure)
    return failed === undefined
      ? Result.succeed(parsed.flatMap((one) => (Result.isSuccess(one) ? [one.success] : [])))
      : Result.fail(failed.failure)
  }
})

/** Settings that cannot be used, one line each; no line holds a value, since some are secrets. */
export class SettingsInvalid extends Schema.TaggedError<SettingsInvalid>()("SettingsInvalid", {
  wrong: Schema.Array(Schema.String)
}) {
  override get message() {
    return `headend cannot start with these settings:\n${this.wrong.map((line) => `  ${line}`).join("\n")}`
  }
}

/** Reads settings, and gathers what is wrong with them, so that all is told at once. */
export interface Reader {
  /** What is wrong so far, its name and the reason. */
  readonly wrong: Array<string>
  /** What is set; where that is absent, empty (that is how compose files say it) or wrong, what stands for it. */
  readonly read: {
    <A>(setting: Settled<A>): Effect.Effect<A>
    <A, const B>(setting: Setting<A>, absent: B): Effect.Effect<A | B>
  }
}

/** A reader of the environment, or of whatever provides configuration in its place. */
export const reader = (): Reader => {
  const wrong: Array<string> = []
  const given = (name: string): Effect.Effect<Option.Option<string>> =>
    Config.option(Config.String(name)).pipe(
      Effect.map(Option.filter((text) => text.trim() !== "")),
      Effect.catch(({ message }) => {
        wrong.push(`${name}: cannot be read: ${message}`)
        return Effect.succeedNone
      })
    )
  function read<A>(setting: Settled<A>): Effect.Effect<A>
  function read<A, const B>(setting: Setting<A>, absent: B): Effect.Effect<A | B>
  function read<A>({ form, name, ...setting }: Settled<A> | Setting<A>, absent?: unknown): Effect.Effect<unknown> {
    const standIn = "absent" in setting ? setting.absent : absent
    return Effect.map(
      given(name),
      Option.match({
        onNone: () => standIn,
        onSome: (text) =>
          Result.getOrElse(form.parse(text.trim()), (reason) => {
            wrong.push(`${name}: ${reason}`)
            return standIn
          })
      })
    )
  }
  return { wrong, read }
}

/** What a reader read, unless something was wrong with it. */
export const checked = <A>({ wrong }: Reader, value: A): Effect.Effect<A, SettingsInvalid> =>
  wrong.length === 0 ? Effect.succeed(value) : Effect.fail(new SettingsInvalid({ wrong }))
