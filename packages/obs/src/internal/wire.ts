// A WebSocket as far as obs-websocket needs one: JSON texts out, texts in, one end.
import { Effect, type Scope } from "effect"
import { isIP, type LookupFunction } from "node:net"
import { WebSocket } from "ws"
import { ObsUnreachable } from "../ObsError.ts"

export interface Wire {
  /** Nothing happens when it is closed. */
  readonly send: (frame: unknown) => void
  readonly terminate: () => void
}

export interface Listener {
  readonly onText: (text: string) => void
  /** Called once, when an open connection has ended. */
  readonly onClose: (code: number, reason: string) => void
}

/** A look-up that gives these addresses, whatever the name; the system's own where there are none. */
const lookupOf = (addresses: ReadonlyArray<string>): { readonly lookup?: LookupFunction } => {
  const all = addresses.map((address) => ({ address, family: isIP(address) }))
  const [first] = all
  if (first === undefined) return {}
  const lookup: LookupFunction = (_host, options, callback) =>
    options.all === true ? callback(null, all) : callback(null, first.address, first.family)
  return { lookup }
}

/** No frame of a well-meaning server is larger. */
const maxPayload = 16 * 1024 * 1024

const reasonOf = (error: Error & { readonly code?: string }): string => {
  switch (error.code) {
    case "ECONNREFUSED":
      return "the connection is refused: nobody listens there"
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "there is no such host"
    default:
      return error.message === "Opening handshake has timed out" ? "it does not answer" : error.message
  }
}

/** Opens the socket; the scope closes it. */
export const dial = (
  options: { readonly url: string; readonly openMillis: number; readonly addresses: ReadonlyArray<string> },
  listener: Listener
): Effect.Effect<Wire, ObsUnreachable, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<WebSocket, ObsUnreachable>((resume) => {
      const socket = new WebSocket(options.url, "obswebsocket.json", {
        handshakeTimeout: options.openMillis,
        maxPayload,
        perMessageDeflate: false,
        ...lookupOf(options.addresses)
      })
      let isOpen = false
      // the first frame may come with the handshake: listen before anybody waits
      socket.on("message", (data) => listener.onText(String(data)))
      socket.once("open", () => {
        isOpen = true
        resume(Effect.succeed(socket))
      })
      socket.on("error", (error: Error & { readonly code?: string }) => {
        if (isOpen) return
        const { url } = options
        resume(
          Effect.fail(new ObsUnreachable({ url, reason: reasonOf(error), isRefused: error.code === "ECONNREFUSED" }))
        )
      })
      socket.once("close", (code, reason) => isOpen && listener.onClose(code, String(reason)))
      return Effect.sync(() => socket.terminate())
    }),
    (socket) => Effect.sync(() => socket.terminate()),
    { interruptible: true }
  ).pipe(Effect.map((socket) => ({
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
    },
    terminate: () => socket.terminate()
  })))
