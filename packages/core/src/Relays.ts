/**
 * Relays: media processes from an input to the RTP ports of a mountpoint. A relay dies with its scope, and with its
 * worker; nothing of it is on a server, so nothing of it is in the ledger. Starting again is the business of whoever
 * acquired it.
 */
import { Context, type Duration, type Effect, type Redacted, Schema, type Scope } from "effect"
import type { BroadcastId } from "./BroadcastSpec.ts"
import type { Srtp } from "./Mountpoint.ts"
import type { Plan } from "./Plan.ts"
import type { Relay } from "./Relay.ts"
import type { RelayFailure } from "./RelayFailure.ts"
import type { PlacedTrack } from "./Track.ts"

/** Where the media comes from. Addresses hold stream keys and passwords. */
export type RelayInput =
  | { readonly type: "rtmp"; readonly url: Redacted.Redacted }
  | {
    readonly type: "rtsp"
    readonly url: Redacted.Redacted
    readonly username: Redacted.Redacted | undefined
    readonly password: Redacted.Redacted | undefined
    readonly transport: "tcp" | "udp"
    /** How long the camera may say nothing; 5 seconds unless given. */
    readonly timeout: Duration.Duration | undefined
  }
  | {
    /** HTTP, HLS, SRT or `file://`. */
    readonly type: "pull"
    readonly url: Redacted.Redacted
    readonly loop: boolean
  }
  | { readonly type: "test_pattern"; readonly width: number; readonly height: number; readonly fps: number }

/** A track of the mountpoint, and which of the source's tracks of that type feeds it: its own position unless given. */
export interface RelayTrack extends PlacedTrack {
  readonly sourceIndex: number | undefined
}

/** What is to be relayed, from where and to which ports. */
export interface RelayRequest {
  readonly broadcast: BroadcastId
  readonly input: RelayInput
  readonly options: Relay
  readonly tracks: ReadonlyArray<RelayTrack>
  /** The key with which the mountpoint expects its RTP encrypted. */
  readonly srtp: Srtp | undefined
}

/** What a relay is doing; the same object while nothing changes. */
export interface RelayStatus {
  readonly pid: number | null
  /** The `mid`s that it feeds; none before the first media. */
  readonly fed: ReadonlyArray<string>
  /** fps, bitrateKbps, speed, drops, dups, cpuPercent, memoryMb: those that are known. */
  readonly progress: Readonly<Record<string, number>> | null
  /** Tracks of the mountpoint that the source has nothing for, and what else is worth a word. */
  readonly warnings: ReadonlyArray<string>
  /** Codecs of the source, once it was probed. */
  readonly codecs: ReadonlyArray<string>
  /** Media has come for longer than what a server keeps for newcomers. Absent: whatever comes is believed. */
  readonly isLive?: boolean
  /** Sound comes, and no picture any more. */
  readonly isDark?: boolean
}

/** A relay of this process, as it is now. */
export interface RunningRelay {
  readonly now: () => RelayStatus
  /** Waits for its end, which is always a failure: a live source never succeeds. */
  readonly lost: Effect.Effect<never, RelayFailure>
}

/** A relay of this process, as metrics tell of it. */
export interface RelayFigures {
  readonly broadcast: BroadcastId
  readonly kind: Relay["kind"]
  /** How often one that had media was started again, in this process. */
  readonly restarts: number
  readonly status: RelayStatus
}

/** One run of the process: the first and the last lines that it said, redacted. Times are ISO 8601, UTC. */
export const RelayRun = Schema.Struct({
  startedAt: Schema.String,
  endedAt: Schema.NullOr(Schema.String),
  /** How it ended, in words; null while it runs. */
  exit: Schema.NullOr(Schema.String),
  lines: Schema.Array(Schema.String)
})
export type RelayRun = typeof RelayRun.Type

/** Why an input or a relay's options are refused: what of them, and the reason. */
export interface RelayRefusal {
  readonly about: "address" | "kind" | "pipeline"
  readonly reason: string
}

export class Relays extends Context.Service<Relays, {
  /** Probes where it must, and starts the process; the scope ends it. Interrupting it leaves nothing. */
  readonly acquire: (request: RelayRequest) => Effect.Effect<RunningRelay, RelayFailure, Scope.Scope>

  /** What the operator's settings have against it, before anything is started; names are looked up. */
  readonly check: (input: RelayInput, options: Relay) => Effect.Effect<ReadonlyArray<RelayRefusal>>

  /** The argument arrays that would be run, redacted; both where a probe decides. Touches and probes nothing. */
  readonly plan: (request: RelayRequest) => Effect.Effect<Plan>

  /** All that were acquired in this process and not yet released. */
  readonly running: Effect.Effect<ReadonlyArray<RelayFigures>>

  /** The last three runs of a broadcast's relay in this process, oldest first. */
  readonly logs: (broadcast: BroadcastId) => Effect.Effect<ReadonlyArray<RelayRun>>
}>()("@headend/core/Relays") {}
