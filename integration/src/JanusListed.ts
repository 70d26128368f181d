// What Janus tells in its lists, as schemas: the parts that tests look at, under Janus' own names.
import { Schema } from "effect"

/** The id of a mountpoint, room or publisher: a number, or a string where Janus has `string_ids`. */
export const Id = Schema.Union([Schema.Int, Schema.String])
export type Id = typeof Id.Type

/** A mountpoint as `list` or `info` show it; `ports` and viewers come with `info` and the right secret only. */
export const Mountpoint = Schema.Struct({
  id: Id,
  type: Schema.optionalKey(Schema.String),
  description: Schema.optionalKey(Schema.String),
  metadata: Schema.optionalKey(Schema.String),
  enabled: Schema.optionalKey(Schema.Boolean),
  is_private: Schema.optionalKey(Schema.Boolean),
  secret: Schema.optionalKey(Schema.String),
  pin: Schema.optionalKey(Schema.String),
  viewers: Schema.optionalKey(Schema.Int),
  media: Schema.optionalKey(Schema.Array(Schema.Struct({
    mid: Schema.String,
    type: Schema.String,
    age_ms: Schema.optionalKey(Schema.Finite),
    pt: Schema.optionalKey(Schema.Int),
    port: Schema.optionalKey(Schema.Int),
    rtcpport: Schema.optionalKey(Schema.Int)
  })))
})
export type Mountpoint = typeof Mountpoint.Type

export const Room = Schema.Struct({
  room: Id,
  description: Schema.String,
  num_participants: Schema.Int,
  is_private: Schema.optionalKey(Schema.Boolean),
  pin_required: Schema.optionalKey(Schema.Boolean),
  max_publishers: Schema.optionalKey(Schema.Int),
  fir_freq: Schema.optionalKey(Schema.Int)
})
export type Room = typeof Room.Type

/** Somebody in a room; `publisher` is true once media is up at the server. */
export const Participant = Schema.Struct({
  id: Id,
  display: Schema.optionalKey(Schema.String),
  publisher: Schema.Boolean
})
export type Participant = typeof Participant.Type

/** A running `rtp_forward` of one track. */
export const Forwarder = Schema.Struct({
  stream_id: Schema.Int,
  type: Schema.String,
  host: Schema.String,
  port: Schema.Int,
  remote_rtcp_port: Schema.optionalKey(Schema.Int),
  ssrc: Schema.optionalKey(Schema.Int),
  pt: Schema.optionalKey(Schema.Int)
})
export type Forwarder = typeof Forwarder.Type & { readonly publisher: Id }

/** The ports that a new mountpoint got, in the order of its media. */
export const CreatedMountpoint = Schema.Struct({
  id: Id,
  ports: Schema.Array(Schema.Struct({
    type: Schema.String,
    mid: Schema.String,
    port: Schema.optionalKey(Schema.Int),
    rtcp_port: Schema.optionalKey(Schema.Int)
  }))
})
export type CreatedMountpoint = typeof CreatedMountpoint.Type
