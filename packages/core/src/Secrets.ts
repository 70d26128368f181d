/**
 * Reads secrets that are given by reference. An operator says which ones callers may name; unless one does, none.
 */
import { Context, Effect, Redacted, Schema } from "effect"
import { type Failure, failureOf, type HopName } from "./Failure.ts"
import { masked as hidden } from "./internal/mask.ts"
import { type Found, references, replace, type Resolved, type SecretReference } from "./Secret.ts"
import type { FieldError } from "./SpecInvalid.ts"

/** What callers may name, and its text. */
export interface Service {
  /** Why callers may not name it; nothing where they may. Says nothing of whether it is there. */
  readonly refusal: (reference: SecretReference) => string | undefined
  /** Its text as it is now, or why there is none. */
  readonly read: (reference: SecretReference) => Effect.Effect<Redacted.Redacted, string>
}

/** Those of the operator. */
export const Secrets = Context.Reference<Service>("@headend/core/Secrets", {
  defaultValue: () => {
    const refusal = () => "no secret may be given by reference here"
    return { refusal, read: () => Effect.fail(refusal()) }
  }
})

/** A reference cannot be read now: worth another try, since it may be put right without a new specification. */
export class SecretUnavailable extends Schema.TaggedError<SecretUnavailable>()("SecretUnavailable", {
  /** The field that names it: `source.camera.password`. */
  field: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `the secret of ${this.field} cannot be read: ${this.reason}`
  }
  get failure(): Failure {
    const hop = hops.find(([part]) => this.field.includes(part))?.[1]
    return failureOf("secret_unavailable", hop === undefined ? {} : { hop })
  }
}

/** By what a field is about. */
const hops: ReadonlyArray<readonly [part: string, hop: HopName]> = [
  ["mountpoint.", "mountpoint"],
  ["source.obs.", "encoder"],
  ["source.ingest.", "ingest"],
  ["source.camera.", "relay"],
  ["source.room.", "publisher"],
  ["source.token", "publisher"],
  ["source.forward.", "forwarder"]
]

const read = (secrets: Service, { path, reference }: Found, at: string) => {
  const unavailable = (reason: string) => new SecretUnavailable({ field: [at, ...path].join("."), reason })
  return Effect.flatMap(
    Effect.mapError(secrets.read(reference), unavailable),
    (text) =>
      reference.suits(Redacted.value(text))
        ? Effect.succeed([reference, text] as const)
        : Effect.fail(unavailable(`the text of ${reference} does not suit this field`))
  )
}

/** With every reference read; `at` is where in a specification the value stands. */
export const resolve = <A>(secrets: Service, value: A, at: string): Effect.Effect<Resolved<A>, SecretUnavailable> => {
  const found = references(value)
  return found.length === 0 ? Effect.succeed(value as Resolved<A>) : Effect.map( // nothing is to be replaced
    Effect.forEach(found, (one) => read(secrets, one, at)),
    (texts) => {
      const all = new Map(texts)
      return replace(value, (reference) => all.get(reference)!)
    }
  )
}

/** With something in the place of every reference that is no secret: for plans, and for what secrets do not matter to. */
export const masked = <A>(value: A): Resolved<A> => replace(value, () => Redacted.make(hidden))

/** The fields that name what callers may not. */
export const refused = (secrets: Service, spec: unknown): ReadonlyArray<FieldError> =>
  references(spec).flatMap(({ path, reference }) => {
    const message = secrets.refusal(reference)
    return message === undefined ? [] : [{ path, message }]
  })
