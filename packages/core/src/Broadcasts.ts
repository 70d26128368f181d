/**
 * Broadcasts, managed: says what is wanted, and reads what is. The work is done by the reconciler of whichever worker
 * claims it; nobody here waits for Janus.
 */
import { Context, type Duration, type Effect, type Stream } from "effect"
import type { BroadcastEvent, EventId } from "./BroadcastEvent.ts"
import type {
  BroadcastNotFound,
  Entry,
  KeyReused,
  Page,
  PositionTooOld,
  Query,
  RegistryUnavailable,
  SpecConflict,
  StartRequest
} from "./BroadcastRegistry.ts"
import type { BroadcastId, BroadcastSpec } from "./BroadcastSpec.ts"
import type { Plan } from "./Plan.ts"
import type { Snapshot } from "./Snapshot.ts"

export interface Started {
  /** As in the registry: a new run, the same one again, a key seen before, or overtaken by a stop. */
  readonly outcome: "created" | "exists" | "handled" | "cancelled"
  readonly snapshot: Snapshot
}

export class Broadcasts extends Context.Service<Broadcasts, {
  /** Wants a broadcast on air. Its id is the specification's, or a generated one. */
  readonly start: (
    spec: BroadcastSpec,
    request?: Partial<StartRequest>
  ) => Effect.Effect<Started, SpecConflict | KeyReused | RegistryUnavailable>

  /** Wants it stopped; stopping what has ended already changes nothing. */
  readonly stop: (id: BroadcastId) => Effect.Effect<Snapshot, BroadcastNotFound | RegistryUnavailable>

  /** Wants all of these stopped; their ids. */
  readonly stopAll: (
    filter: Omit<Query, "limit" | "cursor">
  ) => Effect.Effect<ReadonlyArray<BroadcastId>, RegistryUnavailable>

  /** Wants its feed opened anew, behind the same mountpoint. */
  readonly restart: (id: BroadcastId) => Effect.Effect<Snapshot, BroadcastNotFound | RegistryUnavailable>

  readonly get: (id: BroadcastId) => Effect.Effect<Snapshot, BroadcastNotFound | RegistryUnavailable>

  /** The snapshot with the specification, secrets in clear: for those who check a token or a pin. */
  readonly entry: (id: BroadcastId) => Effect.Effect<Entry, BroadcastNotFound | RegistryUnavailable>

  readonly list: (query: Query) => Effect.Effect<Page, RegistryUnavailable>

  /** Waits until this run is as wanted or has ended, at most so long; the snapshot then, either way. */
  readonly await: (
    id: BroadcastId,
    run: number,
    until: (snapshot: Snapshot) => boolean,
    atMost: Duration.Duration
  ) => Effect.Effect<Snapshot, BroadcastNotFound | RegistryUnavailable>

  /** The events after that position, then what comes; from now on when none is given. */
  readonly changes: (after?: EventId) => Stream.Stream<BroadcastEvent, PositionTooOld | RegistryUnavailable>

  /** The position of the newest event. */
  readonly position: Effect.Effect<EventId, RegistryUnavailable>

  /** What a start would do, redacted; nothing is touched. */
  readonly plan: (spec: BroadcastSpec) => Effect.Effect<Plan>
}>()("@headend/core/Broadcasts") {}
