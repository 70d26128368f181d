/**
 * A set of source kinds: the union of their schemas, derived; how to open any of them; and, for the managed path, which
 * decodes at run time, a service that has erased which kinds there are.
 */
import { Context, Effect, Layer, Option, Schema, Scope, Tracer } from "effect"
import { type BroadcastSpec, type Common, type Feeds, make as makeSpec } from "./BroadcastSpec.ts"
import type { Failing } from "./Failure.ts"
import type { Feed } from "./Feed.ts"
import { type Holding, Ledger } from "./Holding.ts"
import type { IngestChoice } from "./Ingest.ts"
import * as Cross from "./internal/crossChecks.ts"
import type { PlaceFailure } from "./Place.ts"
import type { Plan } from "./Plan.ts"
import type { Restart } from "./Relay.ts"
import type { Resolved } from "./Secret.ts"
import * as Secrets from "./Secrets.ts"
import type { Opening, Planning, Source } from "./Source.ts"
import { known } from "./source/schemas.ts"
import { type FieldError, fieldErrors, SpecInvalid } from "./SpecInvalid.ts"
import type { Track } from "./Track.ts"

/** At least one kind. */
export type Kinds = readonly [Source.Any, ...ReadonlyArray<Source.Any>]
type Any = { readonly kind: string }

const strictly = { errors: "all", onExcessProperty: "error" } as const

/** Kinds of source together: the union of what they are, do and need. */
export interface Set<Ks extends Kinds> {
  readonly kinds: Ks
  readonly schema: Schema.Union<{ readonly [I in keyof Ks]: Ks[I]["schema"] }>
  /** Whether one that was not decoded, but written in a program, is what its type says and can work. */
  readonly validate: (
    spec: Common & { readonly source: Source.Spec<Ks[number]> }
  ) => Effect.Effect<void, SpecInvalid>
  /** With every secret read. */
  readonly open: (
    spec: Resolved<Source.Spec<Ks[number]>>,
    opening: Opening
  ) => Effect.Effect<
    Feed<Source.Failure<Ks[number]> | PlaceFailure>,
    Source.Failure<Ks[number]> | PlaceFailure,
    Source.Services<Ks[number]> | Scope.Scope | Ledger
  >
  readonly plan: (
    spec: Source.Spec<Ks[number]>,
    planning: Planning
  ) => Effect.Effect<Plan, never, Source.Services<Ks[number]>>
  readonly cost: (spec: Source.Spec<Ks[number]>) => number
  /** What cannot be told from the fields alone: each failing field. */
  readonly check: (
    spec: Source.Spec<Ks[number]>
  ) => Effect.Effect<ReadonlyArray<FieldError>, never, Source.Services<Ks[number]>>
  readonly restart: (spec: Source.Spec<Ks[number]>) => Restart | undefined
  /** Where somebody publishes what it relays. */
  readonly ingest: (spec: Source.Spec<Ks[number]>) => IngestChoice | undefined
  readonly holds: ReadonlyArray<Holding.Any<Source.Services<Ks[number]>>>
}

/** A set of kinds. Two of one name are a mistake in the program, and die. */
export const make = <const Ks extends Kinds>(kinds: Ks): Set<Ks> => {
  const byName = new Map<string, Source.Any>()
  for (const kind of kinds) {
    if (byName.has(kind.kind)) throw new Error(`two source kinds are named "${kind.kind}"`)
    byName.set(kind.kind, kind)
  }
  const holds = new Map(kinds.flatMap((kind) => kind.holds.map((holding) => [holding.kind, holding])))
  const of = (spec: Any) => byName.get(spec.kind)!
  return {
    kinds,
    // the tuple of schemas of a tuple of kinds; `map` forgets that it is one
    schema: Schema.Union(kinds.map((kind) => kind.schema)) as never,
    validate: (spec) => {
      const { feeds, schema } = of(spec.source)
      const typed: Schema.Codec<BroadcastSpec> = Schema.toType(makeSpec(schema, feeds)) as never
      return Effect.asVoid(Effect.mapError(
        Schema.decodeEffect(typed, strictly)(spec),
        (error) => new SpecInvalid({ errors: fieldErrors(error.issue) })
      ))
    },
    open: (spec, opening) => of(spec as Any).open(spec, opening), // a kind has no secret in its name
    plan: (spec, planning) => of(spec).plan(Secrets.masked(spec), planning),
    cost: (spec) => of(spec).cost(Secrets.masked(spec)),
    check: (spec) => of(spec).check?.(Secrets.masked(spec)) ?? Effect.succeed([]),
    restart: (spec) => of(spec).restart?.(Secrets.masked(spec)),
    ingest: (spec) => of(spec).ingest?.(spec),
    holds: [...holds.values()]
  }
}

/** The kinds that an app has, erased. Their services were taken when the layer was built. */
export class Sources extends Context.Service<Sources, {
  readonly kinds: ReadonlyArray<string>
  /** Those of them that relay what somebody publishes. */
  readonly ingestKinds: ReadonlyArray<string>
  /** Reads a specification: every failing field at once, or the specification. */
  readonly decode: (input: unknown) => Effect.Effect<BroadcastSpec, SpecInvalid>
  /** Reads one that was decoded before, from where it is stored. What only the present moment tells is not asked again. */
  readonly restore: (encoded: unknown) => Effect.Effect<BroadcastSpec, SpecInvalid>
  /** With every secret read that is given by reference, as it is now; `at` is where in a specification the value stands. */
  readonly resolve: <A>(value: A, at: string) => Effect.Effect<Resolved<A>, Secrets.SecretUnavailable>
  /** As JSON, secrets in clear, references as they are: for sealing and for telling two specifications apart. */
  readonly encode: (spec: BroadcastSpec) => unknown
  readonly feeds: (spec: BroadcastSpec) => Feeds
  /** What its mountpoint has where the specification says nothing, when that is known before the source sends. */
  readonly tracks: (spec: BroadcastSpec) => ReadonlyArray<Track> | undefined
  readonly open: (
    spec: Any,
    opening: Opening
  ) => Effect.Effect<Feed, Failing, Scope.Scope | Ledger>
  readonly plan: (spec: Any, planning: Planning) => Effect.Effect<Plan>
  readonly cost: (spec: Any) => number
  /** How recovery goes where the specification says so. */
  readonly restart: (spec: Any) => Restart | undefined
  /** Where somebody publishes what it relays. */
  readonly ingest: (spec: Any) => IngestChoice | undefined
  readonly holds: ReadonlyArray<Holding.Any<never>>
}>()("@headend/core/Sources") {}

/** Its source may have any fields; all others are as in every specification. */
const SpecOfUnknown = makeSpec(
  Schema.StructWithRest(Schema.Struct({ kind: Schema.String }), [Schema.Record(Schema.String, Schema.Unknown)]),
  []
)

/** The set as a service, for the managed path. It takes the services of exactly the listed kinds. */
export const layer = <const Ks extends Kinds>(
  set: Set<Ks>
): Layer.Layer<Sources, never, Source.Services<Ks[number]>> =>
  Layer.effect(
    Sources,
    Effect.map(Effect.all([Effect.context<Source.Services<Ks[number]>>(), Secrets.Secrets]), ([captured, secrets]) => {
      // The captured context holds the layer's own scope, too: provided as it is, it would replace the caller's.
      const context = Context.omit(Scope.Scope)(captured as Context.Context<unknown>) as typeof captured
      // Of the caller's it sees what is of this one opening: two contexts merged would be a map of all for each broadcast.
      const inContext = (caller: Context.Context<Scope.Scope | Ledger>) => {
        const opened = context.pipe(
          Context.add(Scope.Scope, Context.get(caller, Scope.Scope)),
          Context.add(Ledger, Context.get(caller, Ledger))
        )
        const span = Context.getOption(caller, Tracer.ParentSpan)
        return Option.isNone(span) ? opened : opened.pipe(
          Context.add(Tracer.ParentSpan, span.value),
          Context.add(Tracer.Tracer, Context.get(caller, Tracer.Tracer))
        )
      }
      const schemas = new Map(set.kinds.map((kind) => {
        const schema: Schema.Codec<BroadcastSpec, unknown> = makeSpec(kind.schema, kind.feeds) as never
        return [kind.kind as string, {
          feeds: kind.feeds,
          decode: Schema.decodeUnknownEffect(schema, strictly),
          encode: Schema.encodeSync(schema)
        }]
      }))
      const tracks = new Map<string, ReadonlyArray<Track> | undefined>(
        set.kinds.map((kind) => [kind.kind, kind.tracks])
      )
      const kinds = [...schemas.keys()]
      const restore = (input: unknown) => {
        const kind = kindOf(input)
        const schema = kind === undefined ? undefined : schemas.get(kind)
        return schema === undefined
          ? unknownKind(input, kind, kinds)
          : Effect.mapError(schema.decode(input), (error) =>
            new SpecInvalid({ errors: withMisfits(fieldErrors(error.issue), input, schema.feeds) }))
      }
      const check = (spec: BroadcastSpec) =>
        Effect.flatMap(
          Effect.provideContext(set.check(spec.source as never), context),
          (found) => {
            const errors = [...Secrets.refused(secrets, spec), ...found]
            return errors.length === 0 ? Effect.void : Effect.fail(new SpecInvalid({ errors }))
          }
        )
      const of = (spec: BroadcastSpec) =>
        schemas.get(spec.source.kind)!
      return Sources.of({
        kinds,
        ingestKinds: set.kinds.filter((kind) => kind.ingest !== undefined).map(({ kind }) => kind),
        decode: (input) => Effect.tap(restore(input), check),
        restore,
        resolve: (value, at) => Secrets.resolve(secrets, value, at),
        encode: (spec) => of(spec).encode(spec),
        feeds: (spec) => of(spec).feeds,
        tracks: (spec) => tracks.get(spec.source.kind),
        // The three casts by which the kinds are forgotten: what was decoded by a kind's schema is opened by that kind.
        open: (spec, opening) => Effect.updateContext(set.open(spec as never, opening), inContext) as never,
        plan: (spec, planning) => Effect.provideContext(set.plan(spec as never, planning), context),
        cost: (spec) => set.cost(spec as never),
        restart: (spec) => set.restart(spec as never),
        ingest: (spec) => set.ingest(spec as never),
        holds: set.holds.map((holding) => ({
          ...holding,
          undo: (held) => Effect.provideContext(holding.undo(held), context)
        }))
      })
    })
  )

/** A check that spans fields does not run when one of them is wrong; here it does. */
const withMisfits = (
  errors: ReadonlyArray<FieldError>,
  input: unknown,
  feeds: Feeds
): ReadonlyArray<FieldError> => {
  const named = new globalThis.Set(errors.map(({ path }) => JSON.stringify(path)))
  const more = Cross.all(input, feeds).filter(({ path }) => !named.has(JSON.stringify(path)))
  return [...errors, ...more.map(({ issue, path }) => ({ path, message: issue }))]
}

const kindOf = (input: unknown): string | undefined => {
  const source = typeof input === "object" && input !== null && "source" in input ? input.source : undefined
  const kind = typeof source === "object" && source !== null && "kind" in source ? source.kind : undefined
  return typeof kind === "string" ? kind : undefined
}

/** The other fields are read all the same, so that everything wrong is named at once. */
const unknownKind = (input: unknown, kind: string | undefined, kinds: ReadonlyArray<string>) =>
  Effect.flatMap(
    Effect.result(Schema.decodeUnknownEffect(SpecOfUnknown)(input, strictly)),
    (result) => {
      const others = result._tag === "Failure" ? withMisfits(fieldErrors(result.failure.issue), input, []) : []
      const named = others.some((error) => error.path[0] === "source") || kind === undefined ? [] : [{
        path: ["source", "kind"],
        message: known.includes(kind)
          ? `"${kind}" is not available here: this app does not have what it needs, as its log says at the start; available: ${
            kinds.join(", ")
          }`
          : `"${kind}" is not a kind of source; available: ${kinds.join(", ")}`
      }]
      return Effect.fail(new SpecInvalid({ errors: [...others, ...named] }))
    }
  )
