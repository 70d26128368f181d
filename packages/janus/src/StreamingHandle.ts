/**
 * The requests of the Streaming plugin that headend uses, with their answers decoded. Names and fields are Janus' own.
 */
import type { ServerUnavailable } from "@headend/core/Failure"
import type { MountpointId } from "@headend/core/Mountpoint"
import { Context, type Duration, Effect, Layer, Redacted, Schema } from "effect"
import { answer, Id } from "./internal/decode.ts"
import { JanusConfig } from "./JanusConfig.ts"
import { type Failure, JanusConnection } from "./JanusConnection.ts"
import type { JanusRefused } from "./JanusError.ts"

const optional = Schema.optionalKey

const Created = Schema.Struct({
  stream: Schema.Struct({
    ports: optional(Schema.Array(Schema.Struct({
      type: Schema.String,
      mid: Schema.String,
      port: optional(Schema.Int),
      rtcp_port: optional(Schema.Int)
    })))
  })
})
/** Where a new mountpoint listens. */
export type Created = typeof Created.Type

const Media = Schema.Struct({
  type: Schema.String,
  mid: optional(Schema.String),
  pt: optional(Schema.Int),
  codec: optional(Schema.String),
  age_ms: optional(Schema.Finite),
  port: optional(Schema.Int),
  rtcpport: optional(Schema.Int)
})

/** A mountpoint as `info` shows it; `name`, `viewers` and ports only with the right secret, or when it has none. */
export const Info = Schema.Struct({
  id: Id,
  name: optional(Schema.String),
  metadata: optional(Schema.String),
  enabled: Schema.Boolean,
  viewers: optional(Schema.Int),
  type: optional(Schema.String),
  /** The address that it is bound to. */
  host: optional(Schema.String),
  media: optional(Schema.Array(Media))
})
export type Info = typeof Info.Type

const Listed = Schema.Struct({ id: Id, metadata: optional(Schema.String) })
/** What `list` shows and headend wants. */
export type Listed = typeof Listed.Type

const decodeCreated = answer("create", Created)
const decodeInfo = answer("info", Schema.Struct({ info: Info }))
const decodeList = answer("list", Schema.Struct({ list: Schema.Array(Listed) }))

type Body = Readonly<Record<string, unknown>>

export class StreamingHandle extends Context.Service<StreamingHandle, {
  /** What `create` sends, the admin key included. */
  readonly createRequest: (body: Body) => Body
  readonly create: (body: Body, timeout?: Duration.Duration) => Effect.Effect<Created, Failure>
  readonly info: (id: MountpointId, secret?: Redacted.Redacted) => Effect.Effect<Info, Failure>
  /** All, private ones included where the admin key is known. */
  readonly list: Effect.Effect<ReadonlyArray<Listed>, Failure>
  /** With `new_…` fields. Refused with 457 when the secret is another one by now. */
  readonly edit: (id: MountpointId, secret: Redacted.Redacted, changes: Body) => Effect.Effect<void, Failure>
  readonly enable: (id: MountpointId, secret: Redacted.Redacted) => Effect.Effect<void, Failure>
  /** Leaves recordings alone: without that, the server can crash. */
  readonly disable: (id: MountpointId, secret: Redacted.Redacted) => Effect.Effect<void, Failure>
  readonly destroy: (
    id: MountpointId,
    secret: Redacted.Redacted | undefined,
    permanent: boolean
  ) => Effect.Effect<void, Failure>
}>()("@headend/janus/StreamingHandle") {}

const secretField = (secret: Redacted.Redacted | undefined) =>
  secret === undefined ? {} : { secret: Redacted.value(secret) }

export const layer: Layer.Layer<StreamingHandle, never, JanusConnection | JanusConfig> = Layer.effect(
  StreamingHandle,
  Effect.gen(function*() {
    const connection = yield* JanusConnection
    const { streamingAdminKey } = yield* JanusConfig
    const adminKey = streamingAdminKey === undefined ? {} : { admin_key: Redacted.value(streamingAdminKey) }
    const ask = <A>(
      body: Body,
      decode: (data: unknown) => Effect.Effect<A, ServerUnavailable>,
      timeout?: Duration.Duration
    ): Effect.Effect<A, JanusRefused | ServerUnavailable> =>
      Effect.flatMap(connection.request("streaming", body, timeout), ({ data }) => decode(data))
    const tell = (body: Body) => Effect.asVoid(connection.request("streaming", body))

    const createRequest = (body: Body): Body => ({ request: "create", ...adminKey, ...body })
    return StreamingHandle.of({
      createRequest,
      create: (body, timeout) => ask(createRequest(body), decodeCreated, timeout),
      info: (id, secret) =>
        Effect.map(ask({ request: "info", id, ...secretField(secret) }, decodeInfo), (answer) => answer.info),
      list: Effect.map(ask({ request: "list", ...adminKey }, decodeList), (answer) => answer.list),
      edit: (id, secret, changes) => tell({ request: "edit", id, ...secretField(secret), ...changes }),
      enable: (id, secret) => tell({ request: "enable", id, ...secretField(secret) }),
      disable: (id, secret) => tell({ request: "disable", id, ...secretField(secret), stop_recording: false }),
      destroy: (id, secret, permanent) =>
        tell({ request: "destroy", id, ...secretField(secret), ...(permanent ? { permanent: true } : {}) })
    })
  })
)
