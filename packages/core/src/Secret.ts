/**
 * A secret of a specification: the text itself, or by reference, a variable or a file that the operator lets callers name.
 * A reference is stored and shown as it is, and read anew by whoever needs it (`Secrets.ts`); adapters get text only.
 */
import { type Duration, Redacted, Result, Schema, SchemaGetter } from "effect"

/** How a reference is written. */
export type Reference = { readonly env: string } | { readonly file: string }

/** Where a secret is, and what the field that names it takes. */
export class SecretReference {
  readonly from: Reference
  /** Whether a text suits the field. */
  readonly suits: (text: string) => boolean

  constructor(from: Reference, suits: (text: string) => boolean) {
    this.from = from
    this.suits = suits
  }

  /** In words; nothing in it is secret. */
  toString(): string {
    return "env" in this.from ? `variable ${this.from.env}` : `file ${this.from.file}`
  }
}

const Given = Schema.Struct({
  /** A variable of the process that needs the secret. */
  env: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/u, {
    message: "expected the name of an environment variable"
  }))),
  /** A file below the operator's folder for secrets. */
  file: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^[^\p{Cc}]{1,1024}$/u, {
    message: "expected the path of a file"
  })))
}).annotate({
  description: "A secret by reference: {\"env\": \"NAME\"} or {\"file\": \"path\"}, where the operator allows it."
}).check(Schema.makeFilter(({ env, file }) =>
  (env === undefined) === (file === undefined)
    ? { path: [], issue: "expected {\"env\": \"NAME\"} or {\"file\": \"path\"}" }
    : undefined
)).annotate({ identifier: "SecretReference" })

/** What the text of a secret fails by; nothing of the text is in it. */
const check = (text: Schema.Codec<string>) => {
  const decode = Schema.decodeUnknownResult(text)
  return (given: unknown) =>
    Result.match(decode(given), { onSuccess: () => undefined, onFailure: ({ issue }) => issue })
}

/** Text that is secret wherever it goes. What a program writes is held to the same as what comes as JSON, in the same words. */
export const redacted = (text: Schema.Codec<string>) => {
  const wrong = check(text)
  return text.pipe(Schema.decodeTo(
    Schema.declare((given): given is Redacted.Redacted => Redacted.isRedacted(given), {
      message: "expected Redacted.make(\"…\")"
    }).check(Schema.makeFilter((given) => wrong(Redacted.value(given)))),
    {
      decode: SchemaGetter.transform((given: string) => Redacted.make(given)),
      encode: SchemaGetter.transform(Redacted.value<string>)
    }
  ))
}

/** A secret whose text is like this. It is one schema and no union, so that what is wrong has one reason. */
export const secret = (text: Schema.Codec<string>) => {
  const wrong = check(text)
  const suits = (given: string) => wrong(given) === undefined
  return Schema.Union([text, Given]).annotate({
    message: "expected text, {\"env\": \"NAME\"} or {\"file\": \"path\"}"
  }).pipe(Schema.decodeTo(
    Schema.declare(
      (given): given is Redacted.Redacted | SecretReference =>
        Redacted.isRedacted(given) || given instanceof SecretReference,
      { message: "expected Redacted.make(\"…\") or a SecretReference" }
    ).check(Schema.makeFilter((given) => Redacted.isRedacted(given) ? wrong(Redacted.value(given)) : undefined)),
    {
      // the check has found one of the two ways to refer
      decode: SchemaGetter.transform((given: string | typeof Given.Type) =>
        typeof given === "string" ? Redacted.make(given) : new SecretReference(given as Reference, suits)
      ),
      encode: SchemaGetter.transform((held: Redacted.Redacted | SecretReference): string | typeof Given.Type =>
        Redacted.isRedacted(held) ? Redacted.value(held) : held.from
      )
    }
  ))
}

/** Any text but none. */
export const Secret = secret(Schema.NonEmptyString)

type Whole = Redacted.Redacted | Duration.Duration | string | number | boolean | bigint | symbol | null | undefined

/** The same with text in the place of every reference. */
export type Resolved<A> = A extends SecretReference ? Redacted.Redacted
  : A extends Whole ? A
  : A extends object ? { readonly [K in keyof A]: Resolved<A[K]> }
  : A

/** A reference, and the field that it stands in. */
export interface Found {
  readonly path: ReadonlyArray<string | number>
  readonly reference: SecretReference
}

/** Only what schemas make of JSON is looked into: durations and the like hold no secret. */
const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype

/** Every reference in a specification, or in a part of one. */
export const references = (value: unknown, path: Found["path"] = []): ReadonlyArray<Found> =>
  value instanceof SecretReference
    ? [{ path, reference: value }]
    : Array.isArray(value)
    ? value.flatMap((one, i) => references(one, [...path, i]))
    : isPlain(value)
    ? Object.entries(value).flatMap(([key, one]) => references(one, [...path, key]))
    : []

const replaced = (value: unknown, textOf: (reference: SecretReference) => Redacted.Redacted): unknown =>
  value instanceof SecretReference
    ? textOf(value)
    : Array.isArray(value)
    ? value.map((one) => replaced(one, textOf))
    : isPlain(value)
    ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replaced(one, textOf)]))
    : value

/** With these texts; the value itself where it has no reference. */
export const replace = <A>(value: A, textOf: (reference: SecretReference) => Redacted.Redacted): Resolved<A> =>
  // what is replaced is what the type says
  (references(value).length === 0 ? value : replaced(value, textOf)) as Resolved<A>
