/**
 * Encoders: OBS, told where to publish.
 *
 * What an encoder does outlives us: closing our connection stops nothing. One broadcast at a time drives an encoder, and
 * one command at a time is under way; two starts in quick succession crash OBS 29.
 */
import { Context, type Effect, type Redacted, type Scope } from "effect"
import type { Destination, EncoderAddress, EncoderStatus } from "./Encoder.ts"
import type {
  EncoderBusy,
  EncoderFailure,
  EncoderIncompatible,
  EncoderKicked,
  EncoderRefused,
  EncoderStopped,
  EncoderUnauthorized,
  EncoderUnreachable,
  StartDenied,
  StartUnanswered,
  StartUnreachable
} from "./EncoderFailure.ts"
import type { Superseded } from "./Failure.ts"
import type { Mark } from "./Mark.ts"
import type { Plan } from "./Plan.ts"

/** What an encoder is doing. */
export interface EncoderReading {
  /** It publishes, or connects again by itself to do so. */
  readonly streaming: boolean
  readonly reconnecting: boolean
  /** Its stream settings, as JSON, for giving them back. They hold keys in clear text. */
  readonly settings: Redacted.Redacted
  /** What they come to; null for a service that is not plain RTMP. */
  readonly destination: Destination | null
}

type CommandFailure = EncoderUnreachable | EncoderKicked | EncoderRefused | EncoderIncompatible | EncoderUnauthorized

/** An encoder that is ours to drive until the scope closes. Its commands wait for each other. */
export interface Encoder {
  readonly read: Effect.Effect<EncoderReading, CommandFailure>
  /** Sets where it publishes to. Not while it streams. */
  readonly pointAt: (destination: Destination) => Effect.Effect<void, CommandFailure>
  /** Gives it settings back that `read` told. Not while it streams. */
  readonly restore: (settings: Redacted.Redacted) => Effect.Effect<void, CommandFailure>
  /**
   * Begins to publish; done when the ingest has taken it, or when it does so already. While an earlier start of whomever
   * is unanswered, no other one is sent: that one is waited for, at most 15 s at a time.
   */
  readonly start: Effect.Effect<void, CommandFailure | StartUnreachable | StartDenied | StartUnanswered>
  /** Ends publishing; done when it is idle, or was so already. */
  readonly stop: Effect.Effect<void, CommandFailure | StartUnanswered>
  /** What it told last, once a second; the same object while nothing new is known. */
  readonly now: () => EncoderStatus
  /** Waits until it publishes, and does not have to connect again. */
  readonly flowing: Effect.Effect<void>
  /** Follows it: fails when it stops publishing, when the connection is lost, or when it is ours no more. */
  readonly lost: Effect.Effect<never, CommandFailure | EncoderStopped | Superseded>
}

/** `publish`: to go on air. `restore`: to give back what an earlier owner of the run changed; others wait for that. */
export type Purpose = "publish" | "restore"

export class Encoders extends Context.Service<Encoders, {
  /**
   * Connects to it and takes hold of it for this run; the scope lets go, and stops nothing. A newer owner of the same run
   * takes it from an older one. Never retried here.
   */
  readonly acquire: (
    address: EncoderAddress,
    mark: Mark,
    purpose: Purpose
  ) => Effect.Effect<Encoder, CommandFailure | EncoderBusy | Superseded, Scope.Scope>

  /** Why its address may not be used, by the operator's settings; names are looked up. */
  readonly check: (address: EncoderAddress) => Effect.Effect<string | undefined>

  /** What would be asked of it, redacted, with what is known to be wrong with its settings. Touches nothing. */
  readonly plan: (address: EncoderAddress, destination: Destination, takeOver: boolean) => Effect.Effect<Plan>
}>()("@headend/core/Encoders") {}

export type { CommandFailure, EncoderFailure }
