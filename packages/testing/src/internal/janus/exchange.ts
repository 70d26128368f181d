// One request on its way through the core, and the forms in which answers leave.
import type { Fault, RequestInfo } from "./faults.ts"
import type { Channel, Handle } from "./model.ts"
import { type Answer, compact, type Fields, isRefusal, type Refusal } from "./wire.ts"

/** A client's socket. */
export interface Connection extends Channel {
  readonly drop: () => void
}

export interface Exchange {
  readonly connection: Connection
  readonly message: Fields
  readonly transaction: string | undefined
  readonly sessionId: number
  readonly info: RequestInfo
  readonly fault: Fault
}

/** What the core answers: a message, or a refusal. `after` runs after the answer is on its way. */
export type Outcome = Refusal | { readonly janus: string; readonly fields?: Fields; readonly after?: () => void }

export const errorMessage = ({ transaction, sessionId }: Exchange, { code, error }: Refusal): Fields =>
  compact({
    janus: "error",
    session_id: sessionId > 0 ? sessionId : undefined,
    transaction,
    error: { code, reason: error }
  })

/** What a plugin says; its refusals are data, too. */
export const pluginMessage = (
  { transaction }: Exchange,
  handle: Handle,
  janus: "success" | "event",
  answer: Answer
): Fields => {
  const refused = isRefusal(answer)
  const word = handle.plugin === "janus.plugin.streaming" ? "streaming" : "videoroom"
  return compact({
    janus,
    session_id: handle.session.id,
    transaction,
    sender: handle.id,
    plugindata: {
      plugin: handle.plugin,
      data: refused ? { [word]: "event", error_code: answer.code, error: answer.error } : answer.data
    },
    jsep: refused ? undefined : answer.jsep
  })
}
