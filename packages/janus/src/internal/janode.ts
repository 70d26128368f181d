// The only file that knows janode. It opens one WebSocket, makes sessions and handles, and hands every message of a
// handle on as it came. The build inlines janode here (docs/decisions/0002), so nothing of it may show in the types.
import Janode, { type Session as JanodeSession, type Transport } from "janode"
import Handle from "janode/handle"

Janode.Logger.setLevel("none")

/** What Janus tells a handle by itself. */
export type HandleEvent =
  | { readonly type: "plugin"; readonly data: unknown; readonly jsep: unknown }
  | { readonly type: "candidate"; readonly candidate: unknown }
  | { readonly type: "candidates_complete" }
  | { readonly type: "webrtcup" }
  /** Whether media of the peer arrives on one of its lines. */
  | { readonly type: "media"; readonly mid: string; readonly receiving: boolean }
  | { readonly type: "hangup"; readonly reason: string }
  | { readonly type: "detached" }

export interface RawHandle {
  readonly id: number
  /** The whole answer of Janus. Rejects with an `Error` whose text begins with Janus' code, or says what happened. */
  readonly send: (request: object, timeoutMs: number) => Promise<unknown>
  readonly detach: () => Promise<void>
}

export interface RawSession {
  readonly attach: (plugin: string, listener?: (event: HandleEvent) => void) => Promise<RawHandle>
  readonly keepalive: () => Promise<unknown>
  readonly destroy: () => Promise<void>
}

export interface RawConnection {
  readonly createSession: (onEnd: () => void) => Promise<RawSession>
  readonly serverInfo: () => Promise<unknown>
  /** When the server was last heard, in milliseconds of `Date.now`. */
  readonly heardAt: () => number
  /** Drops the socket. Requests under way are rejected. */
  readonly terminate: () => void
}

export interface DialOptions {
  readonly url: string
  readonly apiSecret?: string
  readonly token?: string
  readonly handshakeTimeoutMs: number
  readonly signal: AbortSignal
  /** The socket is gone, or what came over it is not JSON. Called once. */
  readonly onClose: (reason: string) => void
}

// janode gives up on answers that a plugin class does not know: this class knows all, and passes them on untouched.
class AnyHandle extends Handle {
  listener: ((event: HandleEvent) => void) | undefined = undefined

  override handleMessage(message: { transaction?: string; plugindata?: { data?: unknown }; jsep?: unknown }) {
    // an answer; one that comes after its time belongs to nobody
    if (message.transaction !== undefined) this.closeTransactionWithSuccess(message.transaction, message)
    else this.listener?.({ type: "plugin", data: message.plugindata?.data, jsep: message.jsep })
    return message
  }
}

const attach = async (session: JanodeSession, id: string, listener?: (event: HandleEvent) => void) => {
  const handle = await session.attach({ id, Handle: AnyHandle })
  if (listener !== undefined) {
    handle.listener = listener
    handle.once("handle_detached", () => listener({ type: "detached" }))
    handle.on("handle_webrtcup", () => listener({ type: "webrtcup" }))
    handle.on(
      "handle_media",
      (event: { mid?: string; receiving?: boolean }) =>
        listener({ type: "media", mid: String(event.mid), receiving: event.receiving === true })
    )
    handle.on(
      "handle_hangup",
      (event: { reason?: unknown }) => listener({ type: "hangup", reason: String(event.reason ?? "no reason given") })
    )
    handle.on(
      "handle_trickle",
      (event: { completed?: boolean }) =>
        listener(event.completed === true ? { type: "candidates_complete" } : { type: "candidate", candidate: event })
    )
  }
  return {
    id: handle.id,
    send: (request: object, timeoutMs: number) => handle.sendRequest(request, timeoutMs),
    detach: () => handle.detach()
  }
}

/** What is sent in one turn goes out in one write: under load a system call for each request costs more than the request. */
const gather = (transport: Transport) => {
  const socket = transport._ws._socket
  const send = transport.send.bind(transport)
  const write = () => socket.uncork()
  transport.send = (request) => {
    if (socket.writableCorked === 0) {
      socket.cork()
      process.nextTick(write)
    }
    return send(request)
  }
}

// Its own keepalive and its own retries are left unused: `JanusConnection` does both, with shorter times.
const never = 24 * 3600

/** Connects once. Rejects with something that has a `message`. */
export const dial = async (options: DialOptions): Promise<RawConnection> => {
  const connection = await Janode.connect({
    address: {
      url: options.url,
      ...(options.apiSecret === undefined ? {} : { apisecret: options.apiSecret }),
      ...(options.token === undefined ? {} : { token: options.token })
    },
    max_retries: 0,
    ws_options: { handshakeTimeout: options.handshakeTimeoutMs, signal: options.signal }
  })
  const socket = connection._transport._ws
  gather(connection._transport)
  let heardAt = Date.now()
  let reason: string | undefined
  const terminate = () => socket.terminate()
  // its end is told by `close`; an error without a listener would end the process
  socket.on("error", () => {})
  // janode parses inside its listener, and what is not JSON would end the process
  socket.removeAllListeners("message")
  socket.on("message", (data: Buffer) => {
    heardAt = Date.now()
    let message: unknown
    try {
      message = JSON.parse(data.toString())
    } catch {
      reason = "it talks nonsense"
      return terminate()
    }
    if (typeof message === "object" && message !== null) connection._handleMessage(message)
  })
  const closed = (text: string) => () => options.onClose(reason ?? text)
  connection.once("connection_error", closed("the connection was lost"))
  connection.once("connection_closed", closed("the connection was closed"))
  if (options.signal.aborted) terminate()
  return {
    createSession: async (onEnd) => {
      const session = await connection.create(never)
      session.once("session_destroyed", onEnd)
      return {
        attach: (plugin, listener) => attach(session, plugin, listener),
        keepalive: () => session.sendRequest({ janus: "keepalive" }),
        destroy: () => session.destroy()
      }
    },
    serverInfo: () => connection.getInfo(),
    heardAt: () => heardAt,
    terminate
  }
}
