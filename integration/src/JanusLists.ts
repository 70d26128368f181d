// What a real Janus holds, asked over its Admin API on a bare WebSocket: a second opinion that shares no code with
// our adapter. Every question opens its own connection, so kills and restarts in between do not matter.
import { Effect, Schema } from "effect"
import { WebSocket } from "ws"
import { CreatedMountpoint, Forwarder, Id, Mountpoint, Participant, Room } from "./JanusListed.ts"
import type { RunningJanus } from "./RealJanus.ts"

/** Janus refused the request. `code` and `reason` are its own. */
export class JanusRefused extends Schema.TaggedError<JanusRefused>()("JanusRefused", {
  request: Schema.String,
  code: Schema.Int,
  reason: Schema.String
}) {
  override get message() {
    return `${this.request}: ${this.code} ${this.reason}`
  }
}

/** Janus gave no answer, or one that cannot be read. */
export class JanusSilent extends Schema.TaggedError<JanusSilent>()("JanusSilent", {
  request: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.request}: ${this.reason}`
  }
}

export type JanusListsError = JanusRefused | JanusSilent

export type Plugin = "streaming" | "videoroom"
export type Body = { readonly request: string } & Readonly<Record<string, unknown>>

type Asked<A> = Effect.Effect<A, JanusListsError>

export interface JanusLists {
  /** Any synchronous plugin request, without a key added; the plugin's answer as it came. */
  readonly request: (plugin: Plugin, body: Body) => Asked<Readonly<Record<string, unknown>>>
  /** Every mountpoint, private ones included. */
  readonly mountpoints: Asked<ReadonlyArray<Mountpoint>>
  /** One mountpoint; without its secret, if it has one, ports and privacy are hidden. */
  readonly mountpointInfo: (id: Id, secret?: string) => Asked<Mountpoint>
  /** Every room, private ones included. */
  readonly rooms: Asked<ReadonlyArray<Room>>
  readonly participants: (room: Id) => Asked<ReadonlyArray<Participant>>
  /** The forwarders of all publishers of a room; a room with a secret shows them only with it. */
  readonly forwarders: (room: Id, secret?: string) => Asked<ReadonlyArray<Forwarder>>
  /** Makes a room that is not headend's; `more` are further fields of Janus' `create`. */
  readonly createRoom: (room: Id, more?: Readonly<Record<string, unknown>>) => Asked<void>
  /** Makes an RTP mountpoint that is not headend's; default media: Opus on mid `a`, H.264 with RTCP on mid `v`. */
  readonly createMountpoint: (id: Id, more?: Readonly<Record<string, unknown>>) => Asked<CreatedMountpoint>
  readonly destroyRoom: (room: Id, secret?: string) => Asked<void>
  readonly destroyMountpoint: (id: Id, secret?: string) => Asked<void>
  /** Forwards tracks of a publisher; the streams are those of Janus' `rtp_forward`. */
  readonly forward: (
    room: Id,
    publisher: Id,
    streams: ReadonlyArray<Readonly<Record<string, unknown>>>,
    secret?: string
  ) => Asked<void>
}

/** Opus on mid `a` (payload type 111) and H.264 with RTCP and keyframe buffer on mid `v` (96), on loopback. */
export const defaultMedia = [
  { type: "audio", mid: "a", port: 0, pt: 111, codec: "opus", iface: "127.0.0.1" },
  {
    type: "video",
    mid: "v",
    port: 0,
    rtcpport: 0,
    pt: 96,
    codec: "h264",
    fmtp: "profile-level-id=42e01f;packetization-mode=1",
    bufferkf: true,
    iface: "127.0.0.1"
  }
]

const Answer = Schema.fromJsonString(Schema.Struct({
  janus: Schema.String,
  error: Schema.optionalKey(Schema.Struct({ code: Schema.Int, reason: Schema.String })),
  response: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown))
}))

const PluginError = Schema.Struct({ error_code: Schema.Int, error: Schema.String })

const exchange = (url: string, name: string, message: unknown): Effect.Effect<string, JanusSilent> =>
  Effect.callback<string, JanusSilent>((resume) => {
    const socket = new WebSocket(url, "janus-admin-protocol")
    const fail = (reason: string) => resume(new JanusSilent({ request: name, reason }))
    socket.on("open", () => socket.send(JSON.stringify(message)))
    socket.on("message", (data) => {
      resume(Effect.succeed(String(data)))
      socket.close()
    })
    socket.on("error", (error) => fail(error.message))
    socket.on("close", () => fail("connection closed"))
    return Effect.sync(() => socket.terminate())
  })

/** How long an answer may take, in milliseconds. */
const PATIENCE = 30_000

/** Questions to this Janus. */
export const make = (
  janus: Pick<RunningJanus, "adminUrl" | "adminSecret" | "streamingAdminKey" | "videoroomAdminKey">
): JanusLists => {
  const request = Effect.fnUntraced(function*(plugin: Plugin, body: Body) {
    const silent = (reason: string) => new JanusSilent({ request: body.request, reason })
    const text = yield* exchange(janus.adminUrl, body.request, {
      janus: "message_plugin",
      transaction: "lists",
      admin_secret: janus.adminSecret,
      plugin: `janus.plugin.${plugin}`,
      request: body
    }).pipe(
      Effect.timeoutOrElse({ duration: PATIENCE, orElse: () => Effect.fail(silent(`no answer in ${PATIENCE} ms`)) })
    )
    const answer = yield* Schema.decodeEffect(Answer)(text).pipe(Effect.mapError((e) => silent(e.message)))
    if (answer.error !== undefined) return yield* new JanusRefused({ request: body.request, ...answer.error })
    const response = answer.response ?? {}
    if (Schema.is(PluginError)(response)) {
      return yield* new JanusRefused({ request: body.request, code: response.error_code, reason: response.error })
    }
    return response
  })

  const ask = <S extends Schema.ConstraintDecoder<unknown>>(plugin: Plugin, body: Body, field: string, schema: S) =>
    request(plugin, body).pipe(
      Effect.flatMap((response) => Schema.decodeUnknownEffect(schema)(response[field])),
      Effect.catchTag(
        "SchemaError",
        (error) => Effect.fail(new JanusSilent({ request: body.request, reason: error.message }))
      )
    )

  const streamingKey = { admin_key: janus.streamingAdminKey }
  const roomKey = { admin_key: janus.videoroomAdminKey }
  const withSecret = (secret: string | undefined) => secret === undefined ? {} : { secret }
  const Publishers = Schema.Array(Schema.Struct({ publisher_id: Id, forwarders: Schema.Array(Forwarder) }))

  return {
    request,
    mountpoints: ask("streaming", { request: "list", ...streamingKey }, "list", Schema.Array(Mountpoint)),
    mountpointInfo: (id, secret) =>
      ask("streaming", { request: "info", id, ...withSecret(secret) }, "info", Mountpoint),
    rooms: ask("videoroom", { request: "list", ...roomKey }, "list", Schema.Array(Room)),
    participants: (room) =>
      ask("videoroom", { request: "listparticipants", room }, "participants", Schema.Array(Participant)),
    forwarders: (room, secret) =>
      ask("videoroom", { request: "listforwarders", room, ...roomKey, ...withSecret(secret) }, "publishers", Publishers)
        .pipe(
          Effect.map((publishers) =>
            publishers.flatMap(({ forwarders, publisher_id }) =>
              forwarders.map((f) => ({ ...f, publisher: publisher_id }))
            )
          )
        ),
    createRoom: (room, more) => Effect.asVoid(request("videoroom", { request: "create", room, ...roomKey, ...more })),
    createMountpoint: (id, more) =>
      ask(
        "streaming",
        { request: "create", type: "rtp", id, collision: 200, media: defaultMedia, ...streamingKey, ...more },
        "stream",
        CreatedMountpoint
      ),
    destroyRoom: (room, secret) =>
      Effect.asVoid(request("videoroom", { request: "destroy", room, ...withSecret(secret) })),
    destroyMountpoint: (id, secret) =>
      Effect.asVoid(request("streaming", { request: "destroy", id, ...withSecret(secret) })),
    forward: (room, publisher, streams, secret) =>
      Effect.asVoid(
        request("videoroom", {
          request: "rtp_forward",
          room,
          publisher_id: publisher,
          host: "127.0.0.1",
          streams,
          ...roomKey,
          ...withSecret(secret)
        })
      )
  }
}
