/**
 * The snapshot: all that is known of one run of a broadcast, as HTTP and the page show it. Times are ISO 8601 in UTC.
 */
import { Schema } from "effect"
import { BroadcastId } from "./BroadcastSpec.ts"
import { EncoderStatus } from "./Encoder.ts"
import { EndReason } from "./EndReason.ts"
import { Health, State } from "./Health.ts"
import { Mountpoint } from "./Mountpoint.ts"
import { Forwarder, Room } from "./Room.ts"

const Time = Schema.NullOr(Schema.String)

/** What the source's part of a broadcast knows of itself. */
export const SourceFacts = Schema.Struct({
  room: Schema.NullOr(Room),
  forwarders: Schema.Array(Forwarder),
  ingest: Schema.NullOr(Schema.Struct({
    publishUrl: Schema.String,
    live: Schema.NullOr(Schema.Boolean),
    codecs: Schema.Array(Schema.String)
  })),
  relay: Schema.NullOr(Schema.Struct({
    kind: Schema.String,
    pid: Schema.NullOr(Schema.Int),
    /** How often it was lost and started again; a restart that somebody asked for is no loss, and not counted. */
    restarts: Schema.Int,
    progress: Schema.NullOr(Schema.Record(Schema.String, Schema.Finite)),
    lastError: Schema.NullOr(Schema.String)
  })),
  obs: Schema.NullOr(EncoderStatus),
  /** Where to publish: addresses relative to the HTTP app, or absolute. */
  publish: Schema.Struct({ whip: Schema.NullOr(Schema.String), rtmp: Schema.NullOr(Schema.String) }),
  note: Schema.NullOr(Schema.String)
})
export type SourceFacts = typeof SourceFacts.Type

/** Before the source has told anything. */
export const noFacts: SourceFacts = {
  room: null,
  forwarders: [],
  ingest: null,
  relay: null,
  obs: null,
  publish: { whip: null, rtmp: null },
  note: null
}

/** Something that could not be undone; the sweep tries again. */
export const Left = Schema.Struct({ kind: Schema.String, id: Schema.String })
export type Left = typeof Left.Type

/** What a run was asked for by: its key, its job where there was one, and when. */
export const RequestFacts = Schema.Struct({
  /** The `Idempotency-Key`, or the job's id: one key starts at most one run. */
  key: Schema.String,
  jobId: Schema.NullOr(Schema.String),
  offeredAt: Schema.String
})

export const Snapshot = Schema.Struct({
  id: BroadcastId,
  /** Counts up each time the id is used again. */
  run: Schema.Int,
  description: Schema.NullOr(Schema.String),
  labels: Schema.Record(Schema.String, Schema.String),
  /** As it was given, secrets masked. */
  spec: Schema.Unknown,
  request: RequestFacts,
  state: State,
  since: Schema.String,
  startedAt: Time,
  endedAt: Time,
  endReason: Schema.NullOr(EndReason),
  source: Schema.StructWithRest(Schema.Struct({ kind: Schema.String }), [Schema.Record(Schema.String, Schema.Unknown)]),
  mountpoint: Schema.NullOr(Mountpoint),
  ...SourceFacts.fields,
  health: Health,
  play: Schema.Struct({ whep: Schema.NullOr(Schema.String), mountpointId: Schema.NullOr(Mountpoint.fields.id) }),
  owner: Schema.NullOr(Schema.Struct({ worker: Schema.String, epoch: Schema.Int })),
  leftBehind: Schema.Array(Left)
})
export type Snapshot = typeof Snapshot.Type
