/**
 * A specification that cannot be used: every failing field, with the reason.
 */
import { Schema, SchemaIssue } from "effect"
import { type Failure, failureOf } from "./Failure.ts"

/** A field that fails, and why. */
export const FieldError = Schema.Struct({
  /** Names and positions from the outside in: `["mountpoint", "create", "media", 0, "pt"]`. */
  path: Schema.Array(Schema.Union([Schema.String, Schema.Finite])),
  message: Schema.String
})
export type FieldError = typeof FieldError.Type

export class SpecInvalid extends Schema.TaggedError<SpecInvalid>()("SpecInvalid", {
  errors: Schema.Array(FieldError)
}) {
  override get message() {
    return this.errors.map(({ message, path }) => `${path.length === 0 ? "it" : path.join(".")}: ${message}`).join("; ")
  }
  get failure(): Failure {
    return failureOf("spec_invalid")
  }
}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** The issues of a decoding, flat. */
export const fieldErrors = (issue: SchemaIssue.Issue): ReadonlyArray<FieldError> =>
  format(issue).issues.map((one) => ({
    message: one.message,
    path: (one.path ?? []).map((segment) => {
      const key = typeof segment === "object" ? segment.key : segment
      return typeof key === "number" ? key : String(key)
    })
  }))
