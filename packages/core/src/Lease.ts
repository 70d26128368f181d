/**
 * What the registry takes and gives out: declarations, leases, claims, reports. What may go wrong is in `RegistryFailure`.
 */
import { Duration, type Effect, type Option } from "effect"
import type { EventBody } from "./BroadcastEvent.ts"
import type { BroadcastId, BroadcastSpec } from "./BroadcastSpec.ts"
import type { EndReason } from "./EndReason.ts"
import type { Health, State } from "./Health.ts"
import type { Held } from "./Holding.ts"
import type { Mountpoint } from "./Mountpoint.ts"
import type { SpecUnreadable } from "./RegistryFailure.ts"
import type { RelayRun } from "./Relays.ts"
import type { Left, Snapshot, SourceFacts } from "./Snapshot.ts"
import type { TraceParent } from "./Trace.ts"

/** Unique among the workers of a registry. */
export type WorkerId = string

/** A start that somebody asked for. One key starts at most one run; kept for 24 hours. */
export interface StartRequest {
  readonly key: string
  readonly jobId: string | null
  /** When it was offered, milliseconds by the clock of the queue's server, or of the registry. */
  readonly offeredAt: number
  /** The span that it was asked for in, where somebody traces. */
  readonly trace?: TraceParent
}

/** A broadcast that is wanted. */
export interface Declaration {
  readonly id: BroadcastId
  readonly spec: BroadcastSpec
  /** Of the encoded specification: two with the same fingerprint are the same. */
  readonly fingerprint: string
  /** The same under older keys: what was declared before a change of keys is known again. */
  readonly olderFingerprints: ReadonlyArray<string>
  /** The key that its secrets are derived with. */
  readonly keyId: string
  /** The specification as everybody may see it. */
  readonly masked: unknown
  /** In units of cost: a forward is 0.1, a relay that copies 0.5. */
  readonly cost: number
  readonly request: StartRequest
}

/** Whether it is the specification that has this fingerprint, under any of the keys. */
export const isSame = (
  { fingerprint, olderFingerprints }: Pick<Declaration, "fingerprint" | "olderFingerprints">,
  other: string
): boolean => other === fingerprint || olderFingerprints.includes(other)

/**
 * `created`: a new run. `exists`: the same specification is wanted already. `handled`: this key started a run before.
 * `cancelled`: a stop that was offered later has arrived first.
 */
export interface Declared {
  readonly outcome: "created" | "exists" | "handled" | "cancelled"
  readonly run: number
}

export interface Lease {
  readonly id: BroadcastId
  readonly epoch: number
  readonly worker: WorkerId
}

/** Something to own: to keep on air, or to take down. */
export type Claim = ClaimToRun | ClaimToTakeDown

interface AnyClaim extends Lease {
  readonly run: number
  readonly cost: number
  readonly keyId: string
  readonly held: ReadonlyArray<Held>
  readonly state: State
  /** As the previous owner left it. */
  readonly mountpoint: Mountpoint | null
  readonly startedAt: number | null
  readonly declaredAt: number
  readonly trace: TraceParent | null
  readonly leftBehind: ReadonlyArray<Left>
  /** Whose lease was over. */
  readonly previousOwner: Option.Option<WorkerId>
  /** Who may be sending still: the previous owner, or one before it that had not ended when it was handed over. */
  readonly maySend: Option.Option<WorkerId>
}

/** A claim of something that is to be on air. */
export interface ClaimToRun extends AnyClaim {
  readonly wanted: "running"
  readonly ending: null
  readonly spec: BroadcastSpec
}

/** The ledger alone says what is to be undone: a stored specification that nobody can read any more is no obstacle. */
export interface ClaimToTakeDown extends AnyClaim {
  readonly wanted: "stopped"
  readonly ending: EndReason
}

/** What a worker says of itself when it claims. */
export interface WorkerState {
  readonly id: WorkerId
  /** In units of cost. */
  readonly capacity: number
  /** What its broadcasts cost. */
  readonly used: number
  /** It is about to end, and takes nothing more. */
  readonly draining: boolean
  /** Without it, it keeps what it has; who has it may take that over. */
  readonly reachesJanus: boolean
}

/** What an owner reports, in one fenced step: state, facts and the events that tell of them. */
export interface StatusChange {
  readonly state?: State
  /** A stable code that says why. */
  readonly cause?: string
  /** It is to end, for this reason, whoever owns it. */
  readonly ending?: EndReason
  /** Media has arrived for the first time. */
  readonly startedAt?: number
  readonly mountpoint?: Mountpoint | null
  readonly facts?: SourceFacts
  readonly health?: Health
  readonly held?: ReadonlyArray<Held>
  readonly leftBehind?: ReadonlyArray<Left>
  /** The last runs of its relay, bounded and redacted by whoever has them; a run of the broadcast begins with none. */
  readonly logs?: ReadonlyArray<RelayRun>
  readonly events?: ReadonlyArray<EventBody>
}

/**
 * How a broadcast is given up: kept for a successor, who is told of an owner before that was not seen to end, or over.
 */
export type Release =
  | "handover"
  | { readonly maySend: WorkerId }
  | { readonly ended: EndReason; readonly leftBehind: ReadonlyArray<Left> }

/** What a renewal says: it is another's, it is to end, or to begin anew. */
export interface Verdict {
  readonly id: BroadcastId
  readonly verdict: "lost" | "stop" | "restart"
}

/** One run, as it is stored. */
export interface Entry {
  readonly snapshot: Snapshot
  /** With its secrets: opened for those who need it, and no obstacle to the others when nobody can read it any more. */
  readonly spec: Effect.Effect<BroadcastSpec, SpecUnreadable>
  readonly keyId: string
}

/** Which broadcasts are meant; all of them when empty. */
export interface Query {
  readonly state?: State
  readonly source?: string
  /** Name and value. */
  readonly label?: readonly [string, string]
  /** 1 to 500; 100 unless given. */
  readonly limit?: number
  readonly cursor?: string
}

/** The broadcasts that were asked for, and the cursor of the next page. */
export interface Page {
  readonly items: ReadonlyArray<Snapshot>
  readonly next: string | null
}

/** Something to look at: a broadcast that can be claimed, or one of ours to stop or to restart. Hints, never the truth. */
export interface Wake {
  readonly stop?: BroadcastId
  readonly restart?: BroadcastId
}

/** All workers that were seen lately, and what none of them owns. */
export interface Fleet {
  readonly workers: ReadonlyArray<WorkerState & { readonly broadcasts: number; readonly seenAt: number }>
  /** Cost of what nobody owns. */
  readonly unplacedCost: number
  readonly unplaced: number
  /** For how long the oldest of them has had no owner, in milliseconds. */
  readonly oldestUnplacedMs: number | null
}

/** Lease times; the rules between them are in the guide of the registry's implementations. */
export interface Timings {
  readonly leaseTtl: Duration.Duration
  readonly renewEvery: Duration.Duration
  /** An owner that could not renew for so long looks at Janus for the last word. */
  readonly ownDeadline: Duration.Duration
  readonly scanEvery: Duration.Duration
  /** A lease is taken away so long after its end. */
  readonly stealMargin: Duration.Duration
}

/** Names a run in `alive`. */
export const runKey = (broadcast: string, run: number): string => `${broadcast}/${run}`

/** Lease times for most installations. */
export const defaultTimings: Timings = {
  leaseTtl: Duration.seconds(15),
  renewEvery: Duration.seconds(5),
  ownDeadline: Duration.seconds(12),
  scanEvery: Duration.seconds(2),
  stealMargin: Duration.seconds(1)
}

/** For those who take over sooner and pay with more traffic. */
export const fastTimings: Timings = {
  leaseTtl: Duration.seconds(6),
  renewEvery: Duration.seconds(2),
  ownDeadline: Duration.millis(4800),
  scanEvery: Duration.seconds(1),
  stealMargin: Duration.seconds(1)
}
