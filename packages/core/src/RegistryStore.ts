/**
 * Where a registry of one process keeps what it knows, so that it is there after the process was killed. The rules are
 * those of the registry in memory; a store keeps what each of its steps has changed, all or nothing.
 *
 * Leases are not kept: a process that opens the store is alone with it, and whoever held a lease is dead.
 */
import type { Effect } from "effect"
import type { BroadcastEvent } from "./BroadcastEvent.ts"
import type { EndReason } from "./EndReason.ts"
import type { Health, State } from "./Health.ts"
import type { Held } from "./Holding.ts"
import type { Declaration } from "./Lease.ts"
import type { Mountpoint } from "./Mountpoint.ts"
import type { RegistryUnavailable, SpecUnreadable } from "./RegistryFailure.ts"
import type { RelayRun } from "./Relays.ts"
import type { Left, SourceFacts } from "./Snapshot.ts"

/** Times are milliseconds since 1970. */
export interface KeptRun {
  readonly run: number
  /** Without its specification in clear: `prepare` was told of it before. */
  readonly declaration: Declaration
  readonly declaredAt: number
  readonly state: State
  readonly since: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly ending: EndReason | null
  readonly mountpoint: Mountpoint | null
  readonly facts: SourceFacts
  readonly health: Health
  readonly held: ReadonlyArray<Held>
  readonly leftBehind: ReadonlyArray<Left>
  readonly logs: ReadonlyArray<RelayRun>
  /** Why nobody can read its specification any more: it is ended then, or being taken down. */
  readonly unreadable: SpecUnreadable | null
}

/** A broadcast as it is kept. */
export interface KeptRow {
  readonly epoch: number
  readonly restart: boolean
  readonly lastRun: number
  readonly current: KeptRun
  readonly next: KeptRun | null
  readonly past: ReadonlyArray<KeptRun>
}

/** A request key and the run that it started; `at` is milliseconds since 1970. */
export interface KeptKey {
  readonly id: string
  readonly run: number
  readonly fingerprint: string
  readonly at: number
}

/** A stop, which cancels every start that was offered before it; both times are milliseconds since 1970. */
export interface KeptStop {
  readonly offeredAt: number
  readonly at: number
}

/** What one step has changed. Null: it is gone. */
export interface Changes {
  readonly rows: ReadonlyMap<string, KeptRow | null>
  readonly keys: ReadonlyMap<string, KeptKey | null>
  readonly stops: ReadonlyMap<string, KeptStop | null>
  readonly events: ReadonlyArray<BroadcastEvent>
  /** How many events were ever written, these included, and how many of the newest are to be kept. */
  readonly written: number
  readonly keep: number
}

/** All that is kept. */
export interface Kept {
  /** Names the log: a position of another one is none of it. */
  readonly life: string
  readonly written: number
  /** The newest ones, in order. */
  readonly events: ReadonlyArray<BroadcastEvent>
  readonly rows: ReadonlyMap<string, KeptRow>
  readonly keys: ReadonlyMap<string, KeptKey>
  readonly stops: ReadonlyMap<string, KeptStop>
}

export interface RegistryStore {
  /** Before a declaration is part of a step: what takes time, such as sealing its specification. */
  readonly prepare: (declaration: Declaration) => Effect.Effect<void>
  readonly load: Effect.Effect<Kept, RegistryUnavailable>
  /** All or nothing; throws what it failed with. */
  readonly write: (changes: Changes) => void
}
