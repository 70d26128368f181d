/**
 * Desired state, run, lease, fencing epoch, ledger, snapshot and event log of every broadcast. Who owns what is decided
 * here; every write of an owner is fenced by its epoch. One contract suite holds every implementation to this page.
 */
import { Clock, Context, Effect, Layer, type Option, Random, type Stream } from "effect"
import type { Announcement, BroadcastEvent, EventId } from "./BroadcastEvent.ts"
import type { BroadcastId } from "./BroadcastSpec.ts"
import { hash53 } from "./internal/hash53.ts"
import * as Local from "./internal/localRegistry.ts"
import {
  type Claim,
  type Declaration,
  type Declared,
  defaultTimings,
  type Entry,
  type Fleet,
  type Lease,
  type Page,
  type Query,
  type Release,
  type StatusChange,
  type Timings,
  type Verdict,
  type Wake,
  type WorkerId,
  type WorkerState
} from "./Lease.ts"
import type {
  BroadcastNotFound,
  Fenced,
  KeyReused,
  PositionTooOld,
  RegistryUnavailable,
  SpecConflict
} from "./RegistryFailure.ts"
import type { RegistryStore } from "./RegistryStore.ts"
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
      const life = hash53(yield* Clock.currentTimeMillis, yield* Random.nextInt).toString(36)
      return yield* Local.make(timings, {
        prepare: () => Effect.void,
        load: Effect.succeed({ ...Local.nothing, life }),
        write: undefined
      })
    })
  )

/** The registry of one process, kept in a store. It is alone with the store. */
export const layerStored = (
  store: RegistryStore,
  timings: Timings = defaultTimings
): Layer.Layer<BroadcastRegistry, RegistryUnavailable> => Layer.effect(BroadcastRegistry, Local.make(timings, store))
