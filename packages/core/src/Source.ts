/**
 * A source kind is a value: its schema, how to open it, what it holds on servers, its plan and its cost. A new kind is a
 * new value, in this package or in another; leaving out a member does not compile.
 */
import type { Effect, Schema, Scope } from "effect"
import type { BroadcastId, Feeds } from "./BroadcastSpec.ts"
import type { Failing } from "./Failure.ts"
import type { Feed } from "./Feed.ts"
import type { Holding, Ledger, LedgerFenced } from "./Holding.ts"
import type { IngestChoice } from "./Ingest.ts"
import type { Mark } from "./Mark.ts"
import type { Mountpoint } from "./Mountpoint.ts"
import type { Place, PlaceFailure } from "./Place.ts"
import type { Plan } from "./Plan.ts"
import type { Restart } from "./Relay.ts"
import type { Resolved } from "./Secret.ts"
import type { FieldError } from "./SpecInvalid.ts"
import type { Track } from "./Track.ts"

/** Each kind writes and reads a value of its own here; nobody else looks at it. */
export interface Memory {
  kept?: unknown
}

/** What a source is opened with, besides its own specification. */
export interface Opening {
  readonly broadcast: BroadcastId
  readonly mark: Mark
  /** The key that this run's secrets are derived with. */
  readonly keyId: string
  /** Puts the mountpoint in place, once the source knows what it sends. */
  readonly place: Place
  /**
   * To be waited for each time before something in this process begins to send into the mountpoint: nobody else does
   * then. Not for what the media server itself sends.
   */
  readonly mayFeed: (mountpoint: Mountpoint) => Effect.Effect<void, LedgerFenced>
  /** Media has arrived in this run before: what is missing now is waited for, however long. */
  readonly onAirBefore: boolean
  /** What a kind keeps from one opening to the next, for as long as this process owns the run. Empty at first. */
  readonly memory: Memory
}

/** What a plan is made with: nothing is touched. */
export interface Planning {
  readonly broadcast: BroadcastId
  readonly mark: Mark
  /** The tracks as the mountpoint would have them; ports are 0 where Janus chooses. Null where none would be made. */
  readonly mountpoint: Mountpoint | null
  /** As they were specified, each with its choice of the source's track. */
  readonly tracks: ReadonlyArray<Track> | null
}

export interface Source<K extends string, A extends { readonly kind: K }, I, E extends Failing, R> {
  readonly kind: K
  readonly schema: Schema.Codec<A, I>
  /** Types of tracks that it can send; none: the frontend brings its own media. */
  readonly feeds: Feeds
  /** What its mountpoint has where the specification says nothing; absent: known only when the source sends. */
  readonly tracks?: ReadonlyArray<Track>
  /**
   * Opening again finds what is there: it is safe to repeat, and repeated after every loss. Secrets that are references
   * were read just before; all members but `ingest` see masks in their place.
   */
  readonly open: (
    spec: Resolved<A>,
    opening: Opening
  ) => Effect.Effect<Feed<E | PlaceFailure>, E | PlaceFailure, R | Scope.Scope | Ledger>
  // oxlint-disable-next-line typescript/no-explicit-any -- each holding decodes its own lines
  readonly holds: ReadonlyArray<Holding<any, R>>
  readonly plan: (spec: Resolved<A>, planning: Planning) => Effect.Effect<Plan, never, R>
  /** In units of capacity: a forward 0.1, a copying relay 0.5, a transcoding one 2 and more. */
  readonly cost: (spec: Resolved<A>) => number
  /** What cannot be told from the fields alone, such as an address that the operator denies: each failing field. */
  readonly check?: (spec: Resolved<A>) => Effect.Effect<ReadonlyArray<FieldError>, never, R>
  /** How recovery goes where the specification says so. */
  readonly restart?: (spec: Resolved<A>) => Restart | undefined
  /** Where somebody publishes what it relays: an RTMP server's hook is asked who may. */
  readonly ingest?: (spec: A) => IngestChoice | undefined
}

export declare namespace Source {
  // oxlint-disable-next-line typescript/no-explicit-any -- any kind at all: only its members' types are read
  type Any = Source<any, any, any, any, any>
  type Spec<S> = S extends Source<infer _K, infer A, infer _I, infer _E, infer _R> ? A : never
  type Failure<S> = S extends Source<infer _K, infer _A, infer _I, infer E, infer _R> ? E : never
  type Services<S> = S extends Source<infer _K, infer _A, infer _I, infer _E, infer R> ? R : never
}

/** What a kind is made of; `Source` joins the errors and services of its members. */
export interface Members<
  K extends string,
  A extends { readonly kind: K },
  I,
  EO extends Failing,
  EL extends Failing,
  RO,
  H extends ReadonlyArray<Holding.Any>,
  RP
> {
  readonly kind: K
  readonly schema: Schema.Codec<A, I>
  readonly feeds: Feeds
  readonly tracks?: ReadonlyArray<Track>
  readonly open: (spec: Resolved<A>, opening: Opening) => Effect.Effect<Feed<EL>, EO, RO>
  readonly holds: H
  readonly plan: (spec: Resolved<A>, planning: Planning) => Effect.Effect<Plan, never, RP>
  readonly cost: (spec: Resolved<A>) => number
  readonly check?: (spec: Resolved<A>) => Effect.Effect<ReadonlyArray<FieldError>, never, RP>
  readonly restart?: (spec: Resolved<A>) => Restart | undefined
  readonly ingest?: (spec: A) => IngestChoice | undefined
}

export const make = <
  const K extends string,
  A extends { readonly kind: K },
  I,
  EO extends Failing,
  EL extends Failing,
  RO,
  const H extends ReadonlyArray<Holding.Any>,
  RP
>(
  members: Members<K, A, I, EO, EL, RO, H, RP>
): Source<
  K,
  A,
  I,
  Exclude<EO | EL, PlaceFailure>,
  Exclude<RO, Scope.Scope | Ledger> | Holding.Services<H[number]> | RP
> => members as never // the members' own errors and services, joined into one of each
