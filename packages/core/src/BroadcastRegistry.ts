/**
 * Desired state, run, lease, fencing epoch, ledger, snapshot and event log of every broadcast. Who owns what is decided
 * here; every write of an owner is fenced by its epoch. One contract suite holds every implementation to this page.
 */
import { Clock, Context, Effect, Layer, type Option, PubSub, Random, Result, Stream } from "effect"
import type { Announcement, BroadcastEvent, EventId } from "./BroadcastEvent.ts"
import type { BroadcastId } from "./BroadcastSpec.ts"
import { type Batch, EventLog } from "./internal/eventLog.ts"
import { hash53 } from "./internal/hash53.ts"
import { type Hint, MemoryRegistry } from "./internal/memoryRegistry.ts"
import {
  type BroadcastNotFound,
  type Claim,
  type Declaration,
  type Declared,
  defaultTimings,
  type Entry,
  type Fenced,
  type Fleet,
  type KeyReused,
  type Lease,
  type Page,
  type PositionTooOld,
  type Query,
  type RegistryUnavailable,
  type Release,
  type SpecConflict,
  type StatusChange,
  type Timings,
  type Verdict,
  type Wake,
  type WorkerId,
  type WorkerState
} from "./Lease.ts"
import type { RelayRun } from "./Relays.ts"

export class BroadcastRegistry extends Context.Service<BroadcastRegistry, {
  readonly declare: (
    declaration: Declaration
  ) => Effect.Effect<Declared, SpecConflict | KeyReused | RegistryUnavailable>

  /** Wants it stopped: every run that was offered before `offeredAt`, also one that has not arrived yet. Its owner. */
  readonly requestStop: (
    id: BroadcastId,
    offeredAt: number
  ) => Effect.Effect<Option.Option<WorkerId>, RegistryUnavailable>

  /** Wants its feed opened anew, behind the same mountpoint. */
  readonly requestRestart: (id: BroadcastId) => Effect.Effect<void, BroadcastNotFound | RegistryUnavailable>

  /**
   * Takes over what is free or whose lease is over, up to `max` and what fits. Call it on every scan, also with 0. What
   * costs more than `largest` fits no worker: it is handed out to be taken down, as wanted stopped for want of capacity.
   */
  readonly claim: (
    worker: WorkerState,
    max: number,
    largest?: number
  ) => Effect.Effect<ReadonlyArray<Claim>, RegistryUnavailable>

  /** Extends all leases at once. Only what needs an answer is in the answer. */
  readonly renew: (
    worker: WorkerId,
    leases: ReadonlyArray<Lease>
  ) => Effect.Effect<ReadonlyArray<Verdict>, RegistryUnavailable>

  readonly report: (lease: Lease, change: StatusChange) => Effect.Effect<void, Fenced | RegistryUnavailable>

  readonly release: (lease: Lease, how: Release) => Effect.Effect<void, Fenced | RegistryUnavailable>

  /** After the registry lost its data: declares again what we own, unless a higher epoch is there. */
  readonly adopt: (
    declaration: Declaration,
    claim: Claim
  ) => Effect.Effect<"adopted" | "lost", RegistryUnavailable>

  /** The newest run of it. */
  readonly get: (id: BroadcastId) => Effect.Effect<Entry, BroadcastNotFound | RegistryUnavailable>

  /** One run of it, as long as it is kept. */
  readonly getRun: (id: BroadcastId, run: number) => Effect.Effect<Entry, BroadcastNotFound | RegistryUnavailable>

  /** In the order of their ids. */
  readonly list: (query: Query) => Effect.Effect<Page, RegistryUnavailable>

  /** What its relays said last, as its owner reported it, oldest first: for an app without that worker. */
  readonly logs: (id: BroadcastId) => Effect.Effect<ReadonlyArray<RelayRun>, RegistryUnavailable>

  /** Which runs are not over, of those named: for the sweep. */
  readonly alive: (
    runs: ReadonlyArray<{ readonly broadcast: string; readonly run: number }>
  ) => Effect.Effect<ReadonlySet<string>, RegistryUnavailable>

  readonly wake: (worker: WorkerId) => Stream.Stream<Wake, RegistryUnavailable>

  /** Everything after that position (`logStart`: all that is kept), then what comes; from now on when none is given. */
  readonly events: (after?: EventId) => Stream.Stream<BroadcastEvent, PositionTooOld | RegistryUnavailable>

  /** The position of the newest event. */
  readonly position: Effect.Effect<EventId, RegistryUnavailable>

  /** Writes what is no report of an owner into the log. */
  readonly announce: (event: Announcement) => Effect.Effect<void, RegistryUnavailable>

  readonly fleet: Effect.Effect<Fleet, RegistryUnavailable>
}>()("@headend/core/BroadcastRegistry") {}

/** The registry in memory, for embedding without persistence and for tests: it is gone with the process. */
export const layerMemory = (timings: Timings = defaultTimings): Layer.Layer<BroadcastRegistry> =>
  Layer.effect(
    BroadcastRegistry,
    Effect.gen(function*() {
      const hints = yield* PubSub.unbounded<Hint>()
      const life = hash53(yield* Clock.currentTimeMillis, yield* Random.nextInt).toString(36)
      const log = new EventLog(yield* PubSub.unbounded<Batch>(), life)
      const registry = new MemoryRegistry(timings, log, (hint) => PubSub.publishUnsafe(hints, hint))
      const at = <A>(step: (now: number) => A) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const result = step(now)
          log.tell()
          return result
        })
      const attempt = <A, E>(step: (now: number) => Result.Result<A, E>) => Effect.flatMap(at(step), Effect.fromResult)
      return BroadcastRegistry.of({
        declare: (declaration) => attempt((now) => registry.declare(declaration, now)),
        requestStop: (id, offeredAt) => at((now) => registry.requestStop(id, offeredAt, now)),
        requestRestart: (id) => Effect.suspend(() => Effect.fromResult(registry.requestRestart(id))),
        claim: (worker, max, largest) => at((now) => registry.claim(worker, max, largest ?? Infinity, now)),
        renew: (worker, leases) => at((now) => registry.renew(worker, leases, now)),
        report: (lease, change) => attempt((now) => registry.report(lease, change, now)),
        release: (lease, how) => attempt((now) => registry.release(lease, how, now)),
        adopt: (declaration, claim) => at((now) => registry.adopt(declaration, claim, now)),
        get: (id) => Effect.suspend(() => Effect.fromResult(registry.rows.entry(id))),
        getRun: (id, run) => Effect.suspend(() => Effect.fromResult(registry.rows.entry(id, run))),
        list: (query) => Effect.sync(() => registry.rows.list(query)),
        logs: (id) => Effect.sync(() => registry.rows.logs(id)),
        alive: (runs) => Effect.sync(() => registry.rows.alive(runs)),
        wake: (worker) =>
          Stream.unwrap(Effect.map(PubSub.subscribe(hints), (subscription) =>
            Stream.filter(
              Stream.fromSubscription(subscription),
              (hint) => hint.worker === null || hint.worker === worker
            ))),
        events: log.follow,
        position: Effect.sync(() => log.position),
        announce: (event) => at((now) => log.announce(now, event)),
        fleet: at((now) => registry.fleet(now))
      })
    })
  )
