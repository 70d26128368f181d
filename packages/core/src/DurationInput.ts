/**
 * Durations as people write them in a specification: `"30 seconds"`, or a number of milliseconds.
 */
import { Duration, Effect, Option, Schema, SchemaGetter, SchemaIssue } from "effect"

const message = "expected a duration such as \"30 seconds\", or a number of milliseconds of at least 0"

/** A finite duration of at least zero, written as `"30 seconds"` or as milliseconds; encoded as milliseconds. */
export const DurationInput = Schema.Union([Schema.String, Schema.Finite]).pipe(
  Schema.decodeTo(Schema.Duration, {
    decode: SchemaGetter.transformEffect((input: string | number) =>
      Option.match(Duration.fromInput(input as Duration.Input), {
        onSome: (duration) =>
          Duration.isFinite(duration) && Duration.toMillis(duration) >= 0
            ? Effect.succeed(duration)
            : Effect.fail(new SchemaIssue.InvalidValue({ message })),
        onNone: () => Effect.fail(new SchemaIssue.InvalidValue({ message }))
      })
    ),
    encode: SchemaGetter.transform((duration: Duration.Duration) => Duration.toMillis(duration))
  })
)

/** A duration within bounds, both included. */
export const between = (minimum: Duration.Input, maximum: Duration.Input) => {
  const low = Duration.fromInputUnsafe(minimum)
  const high = Duration.fromInputUnsafe(maximum)
  return DurationInput.check(
    Schema.makeFilter((duration: Duration.Duration) =>
      Duration.between(duration, { minimum: low, maximum: high })
        ? undefined
        : `expected a duration between ${Duration.format(low)} and ${Duration.format(high)}`
    )
  )
}

/** A duration of no less than this. */
export const atLeast = (minimum: Duration.Input) => {
  const low = Duration.fromInputUnsafe(minimum)
  return DurationInput.check(
    Schema.makeFilter((duration: Duration.Duration) =>
      Duration.isGreaterThanOrEqualTo(duration, low)
        ? undefined
        : `expected a duration of at least ${Duration.format(low)}`
    )
  )
}
