/**
 * What outlives the process: a kind of thing on a server and how to undo one, and the ledger that lists them.
 *
 * A line is written before the thing is made and struck after it was undone, so that whoever owns the broadcast next can
 * finish the work. Undoing what is not there is done.
 */
import { Array as Arr, Context, Effect, Schema, type Scope } from "effect"
import { type Failure, failureOf, type ServerUnavailable } from "./Failure.ts"

/** One line of a ledger, as it is stored. */
export const Held = Schema.Struct({
  kind: Schema.String,
  /** Tells two things of one kind apart; a second line with the same key replaces the first. */
  key: Schema.String,
  ref: Schema.Unknown
})
export type Held = typeof Held.Type

export interface Holding<in out A, out R> {
  readonly kind: string
  readonly key: (held: A) => string
  readonly encode: (held: A) => unknown
  readonly decode: (ref: unknown) => Effect.Effect<A, Schema.SchemaError>
  readonly undo: (held: A) => Effect.Effect<void, ServerUnavailable | LeftBehind, R>
}

export declare namespace Holding {
  /** A holding of whatever kind; the ledger decodes before it undoes, so that the two always belong together. */
  // oxlint-disable-next-line typescript/no-explicit-any
  type Any<R = any> = Holding<any, R>
  type Services<H> = H extends Holding<infer _A, infer R> ? R : never
}

/** It cannot be undone now, and waiting in the broadcast will not help. The sweep tries again. */
export class LeftBehind extends Schema.TaggedError<LeftBehind>()("LeftBehind", {
  kind: Schema.String,
  id: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.kind} ${this.id} was left behind: ${this.reason}`
  }
}

export const make = <A, I, R>(options: {
  readonly kind: string
  readonly schema: Schema.Codec<A, I>
  readonly key: (held: A) => string
  readonly undo: (held: A) => Effect.Effect<void, ServerUnavailable | LeftBehind, R>
}): Holding<A, R> => ({
  kind: options.kind,
  key: options.key,
  encode: Schema.encodeSync(options.schema),
  decode: Schema.decodeUnknownEffect(options.schema),
  undo: options.undo
})

/** The ledger could not be written: nothing may be made that it does not know. */
export class LedgerUnavailable extends Schema.TaggedError<LedgerUnavailable>()("LedgerUnavailable", {
  reason: Schema.String
}) {
  override get message() {
    return `the ledger cannot be written: ${this.reason}`
  }
  get failure(): Failure {
    return failureOf("registry_unavailable")
  }
}

/** The ledger belongs to a newer owner: nothing may be made any more. */
export class LedgerFenced extends Schema.TaggedError<LedgerFenced>()("LedgerFenced", {}) {
  override get message() {
    return "another worker owns the broadcast by now"
  }
  get failure(): Failure {
    return failureOf("superseded")
  }
}

/** The ledger of the run that is being opened. */
export class Ledger extends Context.Service<Ledger, {
  /** Writes a line; whether the thing was not on it before. */
  readonly hold: <A, R>(holding: Holding<A, R>, held: A) => Effect.Effect<boolean, LedgerUnavailable | LedgerFenced>
  readonly strike: <A, R>(holding: Holding<A, R>, held: A) => Effect.Effect<void, LedgerUnavailable | LedgerFenced>
  /** What it lists of this kind, also from earlier owners of the run. */
  readonly held: <A, R>(holding: Holding<A, R>) => Effect.Effect<ReadonlyArray<A>>
}>()("@headend/core/Ledger") {}

/** The line that stands for this thing. */
export const line = <A, R>(holding: Holding<A, R>, held: A): Held => ({
  kind: holding.kind,
  key: holding.key(held),
  ref: holding.encode(held)
})

/**
 * Writes the line, makes the thing, and strikes the line again when the answer is a refusal: then nothing was made. What
 * was on the ledger before was made by somebody, and stays there.
 */
export const making = <A, R, B, E extends { readonly _tag: string }, R2>(
  holding: Holding<A, R>,
  held: A,
  refusals: ReadonlyArray<E["_tag"]>,
  make: Effect.Effect<B, E, R2>
): Effect.Effect<B, E | LedgerUnavailable | LedgerFenced, R2 | Ledger> =>
  Effect.flatMap(
    Ledger,
    (ledger) =>
      Effect.flatMap(ledger.hold(holding, held), (isNew) =>
        Effect.tapError(make, (error) =>
          isNew && refusals.includes(error._tag) ? ledger.strike(holding, held) : Effect.void))
  )

/** The lines of one kind, read; a line that cannot be read is left out. */
export const lines = <A, R>(ledger: ReadonlyArray<Held>, holding: Holding<A, R>): Effect.Effect<ReadonlyArray<A>> =>
  Effect.map(
    Effect.forEach(ledger.filter((one) => one.kind === holding.kind), (one) => Effect.option(holding.decode(one.ref))),
    Arr.getSomes
  )

const isSame = (a: Held, b: Held) => a.kind === b.kind && a.key === b.key

/** The ledger with this line in it, once; an older line of the same thing is replaced where it stands. */
export const held = (ledger: ReadonlyArray<Held>, next: Held): ReadonlyArray<Held> =>
  ledger.some((one) => isSame(one, next))
    ? ledger.map((one) => (isSame(one, next) ? next : one))
    : [...ledger, next]

/** The ledger without this line. */
export const struck = (ledger: ReadonlyArray<Held>, gone: Held): ReadonlyArray<Held> =>
  ledger.filter((one) => !isSame(one, gone))

/** What came of one line. */
export interface Undone {
  readonly line: Held
  readonly outcome: "released" | LeftBehind | ServerUnavailable
}

/** Undoes one line, with the holding of its kind. */
const undo = <R>(holdings: ReadonlyArray<Holding.Any<R>>, one: Held): Effect.Effect<Undone, never, R> => {
  const holding = holdings.find((candidate) => candidate.kind === one.kind)
  const left = (reason: string) => new LeftBehind({ kind: one.kind, id: one.key, reason })
  if (holding === undefined) {
    return Effect.succeed({ line: one, outcome: left("this app does not have its kind of source") })
  }
  return holding.decode(one.ref).pipe(
    Effect.mapError((error) => left(error.message)),
    Effect.flatMap((ref) => holding.undo(ref)),
    Effect.match({
      onSuccess: (): Undone => ({ line: one, outcome: "released" }),
      onFailure: (error): Undone => ({ line: one, outcome: error })
    })
  )
}

/** Undoes all lines, the newest first, each whatever became of the others. */
export const undoAll = <R>(
  holdings: ReadonlyArray<Holding.Any<R>>,
  ledger: ReadonlyArray<Held>
): Effect.Effect<ReadonlyArray<Undone>, never, R> => Effect.forEach(ledger.toReversed(), (one) => undo(holdings, one))

/**
 * Undoes the lines, the newest first, until Janus does not answer: the older ones then wait for it. A mountpoint destroyed
 * before the forwarders into it would leave them sending to ports that are somebody else's next.
 */
export const undoInOrder = <R>(
  holdings: ReadonlyArray<Holding.Any<R>>,
  ledger: ReadonlyArray<Held>
): Effect.Effect<ReadonlyArray<Undone>, never, R> =>
  Effect.gen(function*() {
    const all: Array<Undone> = []
    for (const one of ledger.toReversed()) {
      const undone = yield* undo(holdings, one)
      all.push(undone)
      const { outcome } = undone
      if (outcome !== "released" && outcome._tag === "ServerUnavailable" && outcome.server === "janus") break
    }
    return all
  })

/** A ledger in memory whose lines are undone when the scope closes. What cannot be undone then is logged, with its id. */
export const scoped = <R>(
  holdings: ReadonlyArray<Holding.Any<R>>
): Effect.Effect<Ledger["Service"], never, R | Scope.Scope> => {
  let list: ReadonlyArray<Held> = []
  const ledger = Ledger.of({
    hold: (holding, ref) =>
      Effect.sync(() => {
        const before = list
        list = held(before, line(holding, ref))
        return list.length > before.length
      }),
    strike: (holding, ref) => Effect.sync(() => void (list = struck(list, line(holding, ref)))),
    held: (holding) => Effect.suspend(() => lines(list, holding))
  })
  const release = Effect.flatMap(
    Effect.suspend(() => undoAll(holdings, list)),
    (undone) =>
      Effect.forEach(undone, ({ line: { kind, key }, outcome }) =>
        outcome === "released"
          ? Effect.void
          : Effect.logError(`left behind: ${kind} ${key}`, outcome.message), { discard: true })
  )
  return Effect.as(Effect.addFinalizer(() => release), ledger)
}
