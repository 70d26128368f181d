// What the core itself answers: for the server, and for a session. Order of checks and texts are those of Janus 1.1.2.
import type { Exchange, Outcome } from "./exchange.ts"
import type { Handle, PluginName, Session } from "./model.ts"
import { refuseSdp } from "./sdp.ts"
import { serverInfo } from "./serverInfo.ts"
import type { State } from "./State.ts"
import type { Gateway } from "./State.ts"
import { streamingNow } from "./streaming.ts"
import { isStreamingLater } from "./streamingViewer.ts"
import { videoroomNow } from "./videoroom.ts"
import { isVideoroomLater } from "./videoroomLater.ts"
import {
  type Answer,
  check,
  type Codes,
  type Fields,
  isFields,
  parameters,
  randomId,
  type Refusal,
  text
} from "./wire.ts"

export const codes: Codes = { missing: 456, invalid: 467, unauthorized: 403 }
export const envelope = parameters({ transaction: "string!", janus: "string!", id: "positive integer" })
const attachable = parameters({ plugin: "string!", opaque_id: "string", loop_index: "positive integer" })
export const withBody = parameters({ body: "object!" })
const negotiable = parameters({
  type: "string!",
  sdp: "string!",
  trickle: "boolean",
  rid_order: "string",
  force_relay: "boolean",
  e2ee: "boolean"
})
const requestName = parameters({ request: "string!" })
const PLUGINS: ReadonlyArray<string> = ["janus.plugin.streaming", "janus.plugin.videoroom"]
const isPlugin = (name: unknown): name is PluginName => PLUGINS.includes(name as string)

export const UNAUTHORIZED: Refusal = { code: 403, error: "Unauthorized request (wrong or missing secret/token)" }

/** With both on, a good secret or a known token is enough. */
export const authorized = ({ settings }: State, message: Fields): boolean => {
  const { apiSecret, tokens } = settings
  if (apiSecret === undefined && tokens === undefined) return true
  if (apiSecret !== undefined && message.apisecret === apiSecret) return true
  return tokens !== undefined && typeof message.token === "string" && Object.hasOwn(tokens, message.token)
}

export const withoutSession = (state: State, { connection, message, info }: Exchange): Outcome => {
  if (info.janus === "info") return { janus: "server_info", fields: serverInfo(state) }
  if (info.janus === "ping") return { janus: "pong" }
  if (info.janus !== "create") return { code: 457, error: `Unhandled request '${message.janus}' at this path` }
  if (!authorized(state, message)) return UNAUTHORIZED
  const id = typeof message.id === "number" && message.id > 0 ? message.id : randomId()
  if (state.sessions.has(id)) return { code: 468, error: "Session ID already in use" }
  const lastActivity = state.settings.now()
  state.sessions.set(id, { id, handles: new Map(), channel: connection, lastActivity, lostAt: undefined })
  return { janus: "success", fields: { data: { id } } }
}

export const onSession = (
  state: State,
  { connection, message, info }: Exchange,
  session: Session,
  destroySession: (session: Session) => void
): Outcome => {
  switch (info.janus) {
    case "attach":
      return attach(state, message, session)
    case "destroy":
      return { janus: "success", after: () => destroySession(session) }
    case "claim":
      session.channel = connection
      session.lostAt = undefined
      return { janus: "success" }
    case "detach":
    case "hangup":
    case "message":
    case "trickle":
      return { code: 457, error: `Unhandled request '${message.janus}' at this path` }
    default:
      return { code: 453, error: `Unknown request '${message.janus}'` }
  }
}

const attach = (state: State, message: Fields, session: Session): Outcome => {
  const wrong = check(message, attachable, codes)
  if (wrong) return wrong
  const { plugin } = message
  if (!isPlugin(plugin)) return { code: 460, error: `No such plugin '${plugin}'` }
  const { tokens } = state.settings
  if (tokens !== undefined && typeof message.token === "string" && !tokens[message.token]?.includes(plugin)) {
    return { code: 405, error: `Provided token can't access plugin '${plugin}'` }
  }
  const id = randomId()
  session.handles.set(id, {
    id,
    session,
    plugin,
    opaqueId: text(message.opaque_id),
    pc: undefined,
    viewer: undefined,
    participant: undefined,
    subscriber: undefined
  })
  return { janus: "success", fields: { data: { id } } }
}

/** What is wrong with the description that came along. */
export const badJsep = (message: Fields, handle: Handle): Refusal | undefined => {
  const { jsep } = message
  if (jsep === undefined || jsep === null) return undefined
  if (!isFields(jsep)) return { code: 455, error: "Invalid jsep object" }
  const wrong = check(jsep, negotiable, codes)
  if (wrong) return { code: wrong.code, error: `JSEP error: ${wrong.error[0]?.toLowerCase()}${wrong.error.slice(1)}` }
  const type = text(jsep.type)?.toLowerCase()
  if (type !== "offer" && type !== "answer") {
    return { code: 464, error: `JSEP error: unknown message type '${jsep.type}'` }
  }
  const bad = refuseSdp(text(jsep.sdp) ?? "")
  if (bad !== undefined) return { code: 465, error: bad }
  if (type === "answer" && !handle.pc) return { code: 469, error: "Unexpected ANSWER (did we offer?)" }
  return undefined
}

/** Whether the answer to this request is an event after an acknowledgement. */
export const isLater = ({ plugin }: Handle, request: string): boolean =>
  plugin === "janus.plugin.streaming" ? isStreamingLater(request) : isVideoroomLater(request)

/** The answer of a plugin to a synchronous request, an unknown one included. */
export const pluginNow = (
  state: State,
  gateway: Gateway,
  handle: Handle,
  request: string,
  body: Fields
): Answer | undefined => {
  const streaming = handle.plugin === "janus.plugin.streaming"
  const wrong = check(body, requestName, {
    ...codes,
    missing: streaming ? 453 : 429,
    invalid: streaming ? 454 : 430
  })
  if (wrong) return wrong
  const answer = (streaming ? streamingNow : videoroomNow)(state, gateway, request, body)
  if (answer) return answer
  if (isLater(handle, request)) return undefined
  return { code: streaming ? 452 : 423, error: `Unknown request '${text(body.request)}'` }
}

/** What is wrong with a trickle; the candidates themselves are not looked at. */
export const badTrickle = ({ candidate, candidates }: Fields): Refusal | undefined => {
  if (candidate === undefined && candidates === undefined) {
    return { code: 456, error: "Missing mandatory element (candidate|candidates)" }
  }
  return candidate !== undefined && candidates !== undefined ?
    { code: 454, error: "Can't have both candidate and candidates" } :
    undefined
}
