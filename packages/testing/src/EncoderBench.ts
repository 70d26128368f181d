/**
 * What the contract suite of encoders needs beside the port: an OBS that somebody sits at, ingests that are well or not,
 * and a second process of ours. Each implementation under test brings its own.
 */
import type { Destination, EncoderAddress } from "@headend/core/Encoder"
import type { Encoders } from "@headend/core/Encoders"
import { Context, type Effect, type Scope } from "effect"

export class EncoderBench extends Context.Service<EncoderBench, {
  /** The OBS, idle, with the settings that somebody gave it. */
  readonly fresh: Effect.Effect<EncoderAddress>
  /** Where nobody listens. */
  readonly nobody: EncoderAddress
  /** Ingests: one that takes the stream, one that is away, one that denies it, one that accepts and never answers. */
  readonly ingests: Readonly<Record<"open" | "away" | "denies" | "silent", Destination>>
  /** Its stream settings now, in whatever form. */
  readonly settings: Effect.Effect<unknown>
  readonly isStreaming: Effect.Effect<boolean>
  /** The process lives. */
  readonly isAlive: Effect.Effect<boolean>
  /** Somebody who sits at it ends the stream. */
  readonly stopByHand: Effect.Effect<void>
  /** The silent ingest closes the connections that it never answered. */
  readonly hangUp: Effect.Effect<void>
  /** It is killed. */
  readonly kill: Effect.Effect<void>
  readonly restart: Effect.Effect<void>
  /** Another worker's encoders. */
  readonly another: Effect.Effect<Encoders["Service"], never, Scope.Scope>
}>()("@headend/testing/EncoderBench") {}
