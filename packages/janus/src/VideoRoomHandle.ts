/**
 * The requests of the VideoRoom plugin that headend uses, with their answers decoded. Names and fields are Janus' own.
 */
import type { ServerUnavailable } from "@headend/core/Failure"
import type { PublisherId, RoomId } from "@headend/core/Room"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { answer, Id } from "./internal/decode.ts"
import { JanusConfig } from "./JanusConfig.ts"
import { type Failure, JanusConnection } from "./JanusConnection.ts"
import type { JanusRefused } from "./JanusError.ts"

const optional = Schema.optionalKey

const Room = Schema.Struct({
  room: Id,
  description: optional(Schema.String),
  num_participants: optional(Schema.Int)
})
/** What `list` shows and headend wants. */
export type ListedRoom = typeof Room.Type

const Participant = Schema.Struct({
  id: Id,
  display: optional(Schema.String),
  publisher: optional(Schema.Boolean),
  /** Janus' own placeholder. */
  dummy: optional(Schema.Boolean)
})
/** Somebody in a room, as Janus lists them. */
export type Participant = typeof Participant.Type

const Forwarder = Schema.Struct({
  stream_id: Schema.Int,
  type: Schema.String,
  host: Schema.String,
  port: Schema.Int,
  srtp: optional(Schema.Boolean)
})
/** A running forwarder, as Janus shows it. */
export type RunningForwarder = typeof Forwarder.Type

const Publisher = Schema.Struct({ publisher_id: Id, forwarders: optional(Schema.Array(Forwarder)) })

const decodeList = answer("list", Schema.Struct({ list: Schema.Array(Room) }))
const decodeExists = answer("exists", Schema.Struct({ exists: Schema.Boolean }))
const decodeParticipants = answer("listparticipants", Schema.Struct({ participants: Schema.Array(Participant) }))
const decodeForwarders = answer("listforwarders", Schema.Struct({ publishers: Schema.Array(Publisher) }))
const decodeForward = answer("rtp_forward", Schema.Struct({ forwarders: optional(Schema.Array(Forwarder)) }))

type Body = Readonly<Record<string, unknown>>
type Secret = Redacted.Redacted | undefined

export class VideoRoomHandle extends Context.Service<VideoRoomHandle, {
  /** What `create` sends, the admin key included. */
  readonly createRequest: (body: Body) => Body
  readonly create: (body: Body) => Effect.Effect<void, Failure>
  readonly exists: (room: RoomId) => Effect.Effect<boolean, Failure>
  /** All, private ones included where the admin key is known. */
  readonly list: Effect.Effect<ReadonlyArray<ListedRoom>, Failure>
  /** With `new_…` fields. Refused with 433 when the secret is another one by now. */
  readonly edit: (room: RoomId, secret: Redacted.Redacted, changes: Body) => Effect.Effect<void, Failure>
  /** Lets these tokens join a room that is restricted. */
  readonly allow: (
    room: RoomId,
    secret: Redacted.Redacted,
    tokens: ReadonlyArray<string>
  ) => Effect.Effect<void, Failure>
  readonly participants: (room: RoomId) => Effect.Effect<ReadonlyArray<Participant>, Failure>
  readonly kick: (room: RoomId, secret: Secret, id: PublisherId) => Effect.Effect<void, Failure>
  readonly destroy: (room: RoomId, secret: Secret, permanent: boolean) => Effect.Effect<void, Failure>
  readonly forwarders: (
    room: RoomId,
    secret: Secret
  ) => Effect.Effect<
    ReadonlyArray<{ readonly publisher: PublisherId; readonly forwarder: RunningForwarder }>,
    Failure
  >
  /** What `forward` sends, keys included. */
  readonly forwardRequest: (room: RoomId, secret: Secret, body: Body) => Body
  /** Those that were made: none of them is no error to Janus. */
  readonly forward: (
    room: RoomId,
    secret: Secret,
    body: Body
  ) => Effect.Effect<ReadonlyArray<RunningForwarder>, Failure>
  readonly stopForward: (
    room: RoomId,
    secret: Secret,
    publisher: PublisherId,
    streamId: number
  ) => Effect.Effect<void, Failure>
}>()("@headend/janus/VideoRoomHandle") {}

const secretField = (secret: Secret) => (secret === undefined ? {} : { secret: Redacted.value(secret) })

export const layer: Layer.Layer<VideoRoomHandle, never, JanusConnection | JanusConfig> = Layer.effect(
  VideoRoomHandle,
  Effect.gen(function*() {
    const connection = yield* JanusConnection
    const { videoroomAdminKey } = yield* JanusConfig
    const adminKey = videoroomAdminKey === undefined ? {} : { admin_key: Redacted.value(videoroomAdminKey) }
    const ask = <A>(
      body: Body,
      decode: (data: unknown) => Effect.Effect<A, ServerUnavailable>
    ): Effect.Effect<A, JanusRefused | ServerUnavailable> =>
      Effect.flatMap(connection.request("videoroom", body), ({ data }) => decode(data))
    const tell = (body: Body) => Effect.asVoid(connection.request("videoroom", body))

    const createRequest = (body: Body): Body => ({ request: "create", ...adminKey, ...body })
    const forwardRequest = (room: RoomId, secret: Secret, body: Body): Body => ({
      request: "rtp_forward",
      room,
      ...adminKey,
      ...secretField(secret),
      ...body
    })
    return VideoRoomHandle.of({
      createRequest,
      create: (body) => tell(createRequest(body)),
      exists: (room) => Effect.map(ask({ request: "exists", room }, decodeExists), (answer) => answer.exists),
      list: Effect.map(ask({ request: "list", ...adminKey }, decodeList), (answer) => answer.list),
      edit: (room, secret, changes) => tell({ request: "edit", room, ...secretField(secret), ...changes }),
      allow: (room, secret, tokens) =>
        tell({ request: "allowed", action: "add", room, ...secretField(secret), allowed: tokens }),
      participants: (room) =>
        Effect.map(ask({ request: "listparticipants", room }, decodeParticipants), (answer) => answer.participants),
      kick: (room, secret, id) => tell({ request: "kick", room, ...secretField(secret), id }),
      destroy: (room, secret, permanent) =>
        tell({ request: "destroy", room, ...secretField(secret), ...(permanent ? { permanent: true } : {}) }),
      forwarders: (room, secret) =>
        Effect.map(
          ask({ request: "listforwarders", room, ...adminKey, ...secretField(secret) }, decodeForwarders),
          ({ publishers }) =>
            publishers.flatMap((publisher) =>
              (publisher.forwarders ?? []).map((forwarder) => ({ publisher: publisher.publisher_id, forwarder }))
            )
        ),
      forwardRequest,
      forward: (room, secret, body) =>
        Effect.map(ask(forwardRequest(room, secret, body), decodeForward), (answer) => answer.forwarders ?? []),
      stopForward: (room, secret, publisher, streamId) =>
        tell({
          request: "stop_rtp_forward",
          room,
          publisher_id: publisher,
          stream_id: streamId,
          ...adminKey,
          ...secretField(secret)
        })
    })
  })
)
