// The Janus core: sessions, handles, and the way of a request from a socket to a plugin and back.
// One Core is one life of the server: `kill` throws it away with all that it knows.
import { CoreGateway } from "./CoreGateway.ts"
import {
  authorized,
  badJsep,
  badTrickle,
  codes,
  envelope,
  isLater,
  onSession,
  pluginNow,
  UNAUTHORIZED,
  withBody,
  withoutSession
} from "./coreRequests.ts"
import { type Connection, errorMessage, type Exchange, type Outcome, pluginMessage } from "./exchange.ts"
import type { Faults, RequestInfo } from "./faults.ts"
import type { Journal } from "./journal.ts"
import type { Handle, Session } from "./model.ts"
import type { State } from "./State.ts"
import { streamingLater } from "./streamingViewer.ts"
import { videoroomLater } from "./videoroomLater.ts"
import { check, type Fields, isFields, isRefusal, type Refusal, text } from "./wire.ts"

export class Core {
  readonly state: State
  readonly gateway: CoreGateway
  readonly #faults: Faults
  readonly #journal: Journal
  #dead = false

  constructor(state: State, faults: Faults, journal: Journal) {
    this.state = state
    this.gateway = new CoreGateway(state)
    this.#faults = faults
    this.#journal = journal
  }

  /** Executes what a client sent. */
  receive(connection: Connection, raw: string) {
    let message: unknown
    try {
      message = JSON.parse(raw)
    } catch {
      const reason = `Invalid Janus API request - <string>(1,${raw.length}): not JSON`
      connection.send({ janus: "error", error: { code: 454, reason } })
      return
    }
    const fields = isFields(message) ? message : {}
    const info = this.#info(fields)
    const fault = this.#faults.take(info)
    const sessionId = typeof fields.session_id === "number" ? fields.session_id : 0
    const exchange = { connection, message: fields, transaction: text(fields.transaction), sessionId, info, fault }
    if (fault.drop === "before") return connection.drop()
    if (fault.refuse) return this.#refuse(exchange, fault.refuse)
    const outcome = this.#execute(exchange)
    if (outcome) this.#answer(exchange, outcome)
    if (fault.drop === "after") connection.drop()
  }

  #info(message: Fields): RequestInfo {
    const body = isFields(message.body) ? message.body : {}
    return {
      janus: (text(message.janus) ?? "").toLowerCase(),
      plugin: this.#handle(message)?.plugin ?? text(message.plugin),
      request: text(body.request)?.toLowerCase(),
      body
    }
  }

  #handle(message: Fields): Handle | undefined {
    return this.state.sessions.get(message.session_id as number)?.handles.get(message.handle_id as number)
  }

  #record({ message, info }: Exchange, answer: Refusal | undefined, executed = true) {
    this.#journal.add({
      ...info,
      at: this.state.settings.now(),
      session: message.session_id as number | undefined,
      handle: message.handle_id as number | undefined,
      code: answer?.code ?? 0,
      error: answer?.error,
      executed
    })
  }

  /** A fault's own answer, in the form in which the plugin or the core would refuse. */
  #refuse(exchange: Exchange, { code, reason }: { readonly code: number; readonly reason: string }) {
    const refusal = { code, error: reason }
    this.#record(exchange, refusal, false)
    const handle = this.#handle(exchange.message)
    if (exchange.info.janus !== "message" || !handle) return this.#send(exchange, errorMessage(exchange, refusal))
    const later = isLater(handle, exchange.info.request ?? "")
    if (later) this.#acknowledge(exchange)
    return this.#send(exchange, pluginMessage(exchange, handle, later ? "event" : "success", refusal))
  }

  #send({ connection, fault }: Exchange, message: object) {
    if (fault.lose || fault.drop) return
    if (fault.delayMillis > 0) setTimeout(() => this.#dead || connection.send(message), fault.delayMillis)
    else connection.send(message)
  }

  #acknowledge(exchange: Exchange) {
    this.#send(exchange, { janus: "ack", session_id: exchange.sessionId, transaction: exchange.transaction })
  }

  #answer(exchange: Exchange, outcome: Outcome) {
    if (isRefusal(outcome)) {
      this.#record(exchange, outcome)
      return this.#send(exchange, errorMessage(exchange, outcome))
    }
    this.#record(exchange, undefined)
    const { transaction, sessionId } = exchange
    this.#send(exchange, {
      janus: outcome.janus,
      ...(sessionId > 0 ? { session_id: sessionId } : {}),
      transaction,
      ...outcome.fields
    })
    outcome.after?.()
  }

  #execute(exchange: Exchange): Outcome | undefined {
    const { message, info, sessionId } = exchange
    const wrong = check(message, envelope, codes)
    if (wrong) {
      exchange.connection.send({ janus: "error", error: { code: wrong.code, reason: wrong.error } })
      return undefined
    }
    if (sessionId === 0 && !message.handle_id) return withoutSession(this.state, exchange)
    if (sessionId < 1) return { code: 458, error: "Session not found" }
    if (message.handle_id !== undefined && typeof message.handle_id !== "number") {
      return { code: 459, error: "Handle not found" }
    }
    if (!authorized(this.state, message)) return UNAUTHORIZED
    const session = this.state.sessions.get(sessionId)
    if (!session) return { code: 458, error: `No such session ${sessionId}` }
    session.lastActivity = this.state.settings.now()
    const handle = message.handle_id === undefined ? undefined : session.handles.get(message.handle_id)
    if (message.handle_id !== undefined && !handle) {
      return { code: 459, error: `No such handle ${message.handle_id} in session ${sessionId}` }
    }
    if (info.janus === "keepalive") return { janus: "ack" }
    return handle
      ? this.#onHandle(exchange, handle)
      : onSession(this.state, exchange, session, (one) => this.destroySession(one))
  }

  #onHandle(exchange: Exchange, handle: Handle): Outcome | undefined {
    const { message, info } = exchange
    switch (info.janus) {
      case "detach":
        return {
          janus: "success",
          after: () => {
            this.gateway.detach(handle)
            this.gateway.detached(handle)
          }
        }
      case "hangup":
        return { janus: "success", after: () => this.gateway.hangup(handle) }
      case "trickle":
        return badTrickle(message) ?? { janus: "ack" }
      case "message":
        return this.#message(exchange, handle)
      case "attach":
      case "destroy":
      case "claim":
        return { code: 457, error: `Unhandled request '${message.janus}' at this path` }
      default:
        return { code: 453, error: `Unknown request '${message.janus}'` }
    }
  }

  #message(exchange: Exchange, handle: Handle): Outcome | undefined {
    const { message, info } = exchange
    const wrong = check(message, withBody, codes) ?? badJsep(message, handle)
    if (wrong) return wrong
    const streaming = handle.plugin === "janus.plugin.streaming"
    const request = info.request ?? ""
    const jsep = isFields(message.jsep) ? message.jsep : undefined
    const now = pluginNow(this.state, this.gateway, handle, request, info.body)
    if (now) {
      this.#record(exchange, isRefusal(now) ? now : undefined)
      this.#send(exchange, pluginMessage(exchange, handle, "success", now))
      return undefined
    }
    const { session } = handle
    this.#acknowledge(exchange)
    setImmediate(() => {
      if (this.#dead || session.handles.get(handle.id) !== handle) return
      const later = (streaming ? streamingLater : videoroomLater)(
        this.state,
        this.gateway,
        handle,
        request,
        info.body,
        jsep
      )
      this.#record(exchange, later && isRefusal(later) ? later : undefined)
      if (later) this.#send(exchange, pluginMessage(exchange, handle, "event", later))
    })
    return undefined
  }

  destroySession(session: Session) {
    this.state.sessions.delete(session.id)
    session.channel = undefined
    for (const handle of session.handles.values()) this.gateway.detach(handle)
  }

  /** A socket is gone: its sessions go as well, unless they may be claimed for a while. */
  lost(connection: Connection) {
    if (this.#dead) return
    for (const session of this.state.sessions.values()) {
      if (session.channel !== connection) continue
      if (this.state.settings.reclaimSessionTimeout <= 0) this.destroySession(session)
      else {
        session.channel = undefined
        session.lostAt = this.state.settings.now()
      }
    }
  }

  /** The watchdog: ends sessions without a keepalive, and lost ones that nobody claimed. */
  sweep() {
    const { sessionTimeout, reclaimSessionTimeout, now } = this.state.settings
    for (const session of this.state.sessions.values()) {
      const lostTooLong = session.lostAt !== undefined && now() - session.lostAt >= reclaimSessionTimeout * 1000
      const silent = sessionTimeout > 0 && now() - session.lastActivity >= sessionTimeout * 1000
      if (!lostTooLong && !silent) continue
      session.channel?.send({ janus: "timeout", session_id: session.id })
      this.destroySession(session)
    }
  }

  stop() {
    this.#dead = true
    this.gateway.stop()
  }
}
