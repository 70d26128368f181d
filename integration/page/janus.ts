// Janus' own API on a bare WebSocket: one session and one handle.
import { Refused } from "./refused.ts"

interface Message {
  readonly janus: string
  readonly transaction?: string
  readonly session_id?: number
  readonly sender?: number
  readonly data?: { readonly id: number }
  readonly error?: { readonly code: number; readonly reason: string }
  readonly plugindata?: { readonly data: Record<string, unknown> }
  readonly jsep?: RTCSessionDescriptionInit
  readonly candidate?: RTCIceCandidateInit & { readonly completed?: boolean }
  readonly reason?: string
}

export interface Answer {
  readonly data: Record<string, unknown>
  readonly jsep?: RTCSessionDescriptionInit
}

export interface JanusHandle {
  /** A plugin request; done with the plugin's answer, not with the acknowledgement. */
  readonly message: (body: Record<string, unknown>, jsep?: RTCSessionDescriptionInit) => Promise<Answer>
  /** Sends the connection's candidates to Janus as they come, and takes those of Janus. */
  readonly trickle: (peer: RTCPeerConnection) => void
  readonly detach: () => Promise<void>
  readonly closeSocket: () => Promise<void>
  /** Called with the reason when Janus hangs up or stops the media, or the socket is lost. */
  onEnd: (reason: string) => void
}

interface Pending {
  /** A message to a plugin is acknowledged first and answered later. */
  readonly isMessage: boolean
  readonly resolve: (message: Message) => void
  readonly reject: (error: Error) => void
}

const opened = (socket: WebSocket) =>
  new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve())
    socket.addEventListener("error", () => reject(new Error(`cannot connect to ${socket.url}`)))
  })

const stopped = (data: Record<string, unknown> | undefined): boolean => {
  const result = data?.["result"]
  return typeof result === "object" && result !== null && "status" in result && result.status === "stopped"
}

/** Connects, makes a session with keepalive, and attaches to the plugin. */
export const attach = async (url: string, plugin: string, apisecret?: string): Promise<JanusHandle> => {
  const socket = new WebSocket(url, "janus-protocol")
  await opened(socket)
  const waiting = new Map<string, Pending>()
  const early: Array<RTCIceCandidateInit> = []
  let peer: RTCPeerConnection | undefined
  let address: Record<string, unknown> = apisecret === undefined ? {} : { apisecret }
  let count = 0

  const send = (body: Record<string, unknown>) =>
    new Promise<Message>((resolve, reject) => {
      const transaction = `t${++count}`
      waiting.set(transaction, { isMessage: body["janus"] === "message", resolve, reject })
      socket.send(JSON.stringify({ ...address, ...body, transaction }))
    })

  // Candidates may come before the description they belong to.
  const takeCandidates = async () => {
    if (peer === undefined || peer.remoteDescription === null) return
    for (const candidate of early.splice(0)) await peer.addIceCandidate(candidate)
  }

  const settle = (message: Message): boolean => {
    const transaction = message.transaction ?? ""
    const pending = waiting.get(transaction)
    if (pending === undefined || (pending.isMessage && message.janus === "ack")) return false
    waiting.delete(transaction)
    if (message.error === undefined) pending.resolve(message)
    else pending.reject(new Refused(message.error.code, message.error.reason))
    return true
  }

  const handle: JanusHandle = {
    message: async (body, jsep) => {
      const answer = await send({ janus: "message", body, ...(jsep === undefined ? {} : { jsep }) })
      const data = answer.plugindata?.data ?? {}
      if ("error_code" in data) throw new Refused(Number(data["error_code"]), String(data["error"]))
      return { data, ...(answer.jsep === undefined ? {} : { jsep: answer.jsep }) }
    },
    trickle: (connection) => {
      peer = connection
      connection.addEventListener("icecandidate", ({ candidate }) => {
        void send({ janus: "trickle", candidate: candidate === null ? { completed: true } : candidate.toJSON() })
      })
      connection.addEventListener("signalingstatechange", () => void takeCandidates())
    },
    detach: async () => {
      await send({ janus: "detach" })
    },
    closeSocket: () =>
      new Promise((resolve) => {
        socket.addEventListener("close", () => resolve())
        socket.close()
      }),
    onEnd: () => {}
  }

  socket.addEventListener("message", (event) => {
    const message: Message = JSON.parse(String(event.data))
    if (settle(message)) return
    if (message.janus === "trickle" && message.candidate !== undefined && message.candidate.completed !== true) {
      early.push(message.candidate)
      void takeCandidates()
    }
    if (message.janus === "hangup" || message.janus === "timeout") handle.onEnd(message.reason ?? message.janus)
    if (stopped(message.plugindata?.data)) handle.onEnd("stopped")
  })
  socket.addEventListener("close", () => {
    handle.onEnd("the WebSocket was closed")
    for (const pending of waiting.values()) pending.reject(new Error("the WebSocket was closed"))
    waiting.clear()
  })

  const session = await send({ janus: "create" })
  address = { ...address, session_id: session.data?.id }
  const attached = await send({ janus: "attach", plugin: `janus.plugin.${plugin}` })
  address = { ...address, handle_id: attached.data?.id }
  const { handle_id: _, ...withoutHandle } = address
  setInterval(() => {
    if (socket.readyState === WebSocket.OPEN) {
      socket.send(JSON.stringify({ ...withoutHandle, janus: "keepalive", transaction: "keepalive" }))
    }
  }, 20_000)
  return handle
}
