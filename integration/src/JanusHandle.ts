// One handle of a plugin on a real Janus, by Janus' own API on a bare WebSocket: for what the Admin API cannot do,
// such as joining a room, and for seeing what a plain client gets.
import { Deferred, Effect, Schema, type Scope } from "effect"
import { WebSocket } from "ws"
import { type Body, JanusRefused, JanusSilent, type Plugin } from "./JanusLists.ts"

/** A session description, as JSON. */
export interface Jsep {
  readonly type: string
  readonly sdp: string
}

export interface JanusAnswer {
  readonly data: Readonly<Record<string, unknown>>
  readonly jsep?: Jsep
}

type Asked<A> = Effect.Effect<A, JanusRefused | JanusSilent>

export interface JanusHandle {
  readonly sessionId: number
  readonly handleId: number
  /** A plugin request; done with the plugin's answer, not with the acknowledgement. */
  readonly message: (body: Body, jsep?: Jsep) => Asked<JanusAnswer>
  /** Sends one candidate of the peer, or `{ completed: true }`. */
  readonly trickle: (candidate: Readonly<Record<string, unknown>>) => Asked<void>
  /** The candidates of Janus; waits until it has told all. */
  readonly candidates: Effect.Effect<ReadonlyArray<string>>
  readonly detach: Asked<void>
  /** Drops the connection without a word; the session ends as Janus is configured. */
  readonly closeSocket: Effect.Effect<void>
}

const Message = Schema.fromJsonString(Schema.Struct({
  janus: Schema.String,
  transaction: Schema.optionalKey(Schema.String),
  data: Schema.optionalKey(Schema.Struct({ id: Schema.Int })),
  error: Schema.optionalKey(Schema.Struct({ code: Schema.Int, reason: Schema.String })),
  plugindata: Schema.optionalKey(Schema.Struct({ data: Schema.Record(Schema.String, Schema.Unknown) })),
  jsep: Schema.optionalKey(Schema.Struct({ type: Schema.String, sdp: Schema.String })),
  candidate: Schema.optionalKey(Schema.Struct({
    candidate: Schema.optionalKey(Schema.String),
    completed: Schema.optionalKey(Schema.Boolean)
  }))
}))
type Message = typeof Message.Type

const PluginError = Schema.Struct({ error_code: Schema.Int, error: Schema.String })

/** How long an answer may take, in milliseconds. */
const PATIENCE = 30_000

const open = (url: string): Effect.Effect<WebSocket, JanusSilent, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<WebSocket, JanusSilent>((resume) => {
      const socket = new WebSocket(url, "janus-protocol")
      socket.once("open", () => resume(Effect.succeed(socket)))
      socket.on("error", (error) => resume(new JanusSilent({ request: "connect", reason: error.message })))
    }),
    (socket) => Effect.sync(() => socket.terminate())
  )

/** Connects, makes a session and attaches to the plugin; the connection is dropped when the scope closes. */
export const attach = Effect.fnUntraced(function*(
  janus: { readonly url: string; readonly apiSecret?: string | undefined },
  plugin: Plugin
): Effect.fn.Return<JanusHandle, JanusRefused | JanusSilent, Scope.Scope> {
  const socket = yield* open(janus.url)
  const waiting = new Map<string, { readonly isMessage: boolean; readonly tell: (message: Message) => void }>()
  const told = Deferred.makeUnsafe<ReadonlyArray<string>>()
  const candidates: Array<string> = []
  let count = 0

  const take = (message: Message) => {
    const transaction = message.transaction ?? ""
    const pending = waiting.get(transaction)
    // A message to a plugin is acknowledged first and answered later.
    if (pending !== undefined && !(pending.isMessage && message.janus === "ack")) {
      waiting.delete(transaction)
      pending.tell(message)
    }
    if (message.janus !== "trickle") return
    if (message.candidate?.completed === true) Deferred.doneUnsafe(told, Effect.succeed(candidates))
    if (message.candidate?.candidate !== undefined) candidates.push(message.candidate.candidate)
  }
  socket.on("message", (text) => take(Schema.decodeSync(Message)(String(text))))

  const send = (name: string, body: Readonly<Record<string, unknown>>): Asked<Message> =>
    Effect.callback<Message, JanusRefused | JanusSilent>((resume) => {
      const transaction = `h${++count}`
      waiting.set(transaction, {
        isMessage: body["janus"] === "message",
        tell: (message) =>
          resume(
            message.error === undefined
              ? Effect.succeed(message)
              : new JanusRefused({ request: name, ...message.error })
          )
      })
      const secret = janus.apiSecret === undefined ? {} : { apisecret: janus.apiSecret }
      socket.send(JSON.stringify({ ...secret, ...body, transaction }))
      return Effect.sync(() => waiting.delete(transaction))
    }).pipe(Effect.timeoutOrElse({
      duration: PATIENCE,
      orElse: () => Effect.fail(new JanusSilent({ request: name, reason: `no answer in ${PATIENCE} ms` }))
    }))

  const session = yield* send("create", { janus: "create" })
  const sessionId = session.data?.id ?? 0
  const attached = yield* send("attach", {
    janus: "attach",
    session_id: sessionId,
    plugin: `janus.plugin.${plugin}`
  })
  const handleId = attached.data?.id ?? 0
  const address = { session_id: sessionId, handle_id: handleId }
  yield* send("keepalive", { janus: "keepalive", session_id: sessionId }).pipe(
    Effect.delay("20 seconds"),
    Effect.forever,
    Effect.ignore,
    Effect.forkScoped
  )

  return {
    sessionId,
    handleId,
    message: Effect.fnUntraced(function*(body, jsep) {
      const answer = yield* send(body.request, {
        janus: "message",
        ...address,
        body,
        ...(jsep === undefined ? {} : { jsep })
      })
      const data = answer.plugindata?.data ?? {}
      if (Schema.is(PluginError)(data)) {
        return yield* new JanusRefused({ request: body.request, code: data.error_code, reason: data.error })
      }
      return { data, ...(answer.jsep === undefined ? {} : { jsep: answer.jsep }) }
    }),
    trickle: (candidate) => Effect.asVoid(send("trickle", { janus: "trickle", ...address, candidate })),
    candidates: Deferred.await(told),
    detach: Effect.asVoid(send("detach", { janus: "detach", ...address })),
    closeSocket: Effect.sync(() => socket.terminate())
  }
})
