/**
 * An encoder: software that we tell where to publish, such as OBS. Where it is, where it publishes to, and what it tells
 * of itself.
 */
import { Redacted, Schema } from "effect"
import { type Ingest } from "./Ingest.ts"

/** Where an encoder takes commands: the address, without anything secret in it, and its password. */
export interface EncoderAddress {
  readonly url: string
  readonly password: Redacted.Redacted | undefined
}

/** Where an encoder publishes to: the RTMP server with its application, and the stream key. */
export interface Destination {
  readonly server: string
  readonly key: Redacted.Redacted
}

/** Where an encoder must publish to reach this ingest. */
export const toDestination = (ingest: Ingest): Destination => ({
  server: `${ingest.rtmpUrl}/${ingest.app}`,
  key: ingest.streamKey
})

/** Whether both lead to the same stream of the same server. */
export const sameDestination = (a: Destination, b: Destination): boolean =>
  a.server === b.server && Redacted.value(a.key) === Redacted.value(b.key)

/** What an encoder tells of itself, in the snapshot as `obs`. Counters begin anew whenever it starts or reconnects. */
export const EncoderStatus = Schema.Struct({
  url: Schema.String,
  version: Schema.NullOr(Schema.String),
  /** We can give it commands now. */
  connected: Schema.Boolean,
  streaming: Schema.Boolean,
  /** It lost the ingest, and connects again by itself. */
  reconnecting: Schema.Boolean,
  /** Sent since its stream began. */
  bytes: Schema.Finite,
  bitrateKbps: Schema.NullOr(Schema.Finite),
  /** 0 to 1: how full its way to the ingest is. */
  congestion: Schema.Finite,
  totalFrames: Schema.Int,
  /** Left out because the network did not take them. */
  skippedFrames: Schema.Int,
  fps: Schema.NullOr(Schema.Finite),
  /** Milliseconds that a frame takes to be drawn. */
  renderMs: Schema.NullOr(Schema.Finite),
  renderedFrames: Schema.Int,
  /** Left out because drawing was too slow. */
  renderSkippedFrames: Schema.Int,
  cpuPercent: Schema.NullOr(Schema.Finite),
  memoryMb: Schema.NullOr(Schema.Finite),
  /** What of its settings does not suit browsers: frames out of order, too few keyframes. */
  warnings: Schema.Array(Schema.String)
})
export type EncoderStatus = typeof EncoderStatus.Type

/** Of one that nothing is known about yet. */
export const unknownStatus = (url: string): EncoderStatus => ({
  url,
  version: null,
  connected: false,
  streaming: false,
  reconnecting: false,
  bytes: 0,
  bitrateKbps: null,
  congestion: 0,
  totalFrames: 0,
  skippedFrames: 0,
  fps: null,
  renderMs: null,
  renderedFrames: 0,
  renderSkippedFrames: 0,
  cpuPercent: null,
  memoryMb: null,
  warnings: []
})
