// One client of a fake OBS: hello, identify, requests and batches, and the codes by which it is shut out.
import { createHash, randomBytes } from "node:crypto"
import type { RawData, WebSocket } from "ws"
import { answer, type Obs } from "./requests.ts"

/** What is on by default: all events of low volume. */
const lowVolume = 2_047

const sha = (text: string) => createHash("sha256").update(text).digest("base64")

interface Frame {
  readonly op?: unknown
  readonly d?: Record<string, unknown>
}

export interface Host {
  readonly obs: () => Obs
  readonly salt: () => string
  /** A request was carried out. */
  readonly journal: (requestType: string, code: number) => void
  /** Nothing is answered now; what comes is kept. */
  readonly isFrozen: () => boolean
}

export class Session {
  events = 0
  identified = false
  readonly #challenge = randomBytes(32).toString("base64")
  readonly #socket: WebSocket
  readonly #host: Host
  readonly #kept: Array<string> = []

  constructor(socket: WebSocket, host: Host) {
    this.#socket = socket
    this.#host = host
    socket.on("message", (data: RawData) => this.receive(String(data)))
    socket.on("error", () => socket.terminate())
    if (host.isFrozen()) return
    this.greet()
  }

  greet() {
    const { obs, salt } = this.#host
    this.#send(0, {
      obsWebSocketVersion: "5.1.0",
      rpcVersion: 1,
      ...(obs().settings.password === null ? {} : { authentication: { challenge: this.#challenge, salt: salt() } })
    })
  }

  thaw() {
    for (const text of this.#kept.splice(0)) this.receive(text)
  }

  #send(op: number, d: unknown) {
    if (this.#socket.readyState === this.#socket.OPEN && !this.#host.isFrozen()) {
      this.#socket.send(JSON.stringify({ op, d }))
    }
  }

  tell(eventType: string, eventIntent: number, eventData: unknown) {
    if (this.identified && (this.events & eventIntent) !== 0) this.#send(5, { eventType, eventIntent, eventData })
  }

  close(code: number, reason: string) {
    this.identified = false
    this.#socket.close(code, reason)
  }

  receive(text: string) {
    if (this.#host.isFrozen()) return void this.#kept.push(text)
    let frame: Frame
    try {
      frame = JSON.parse(text) as Frame
    } catch {
      return this.close(4002, "Unable to decode Json: [json.exception.parse_error.101]")
    }
    const { d, op } = frame
    if (d === undefined) return this.close(4003, "Your payload is missing data (`d`).")
    if (!this.identified && op !== 1) {
      return this.close(4007, "You attempted to send a non-Identify message while not identified.")
    }
    switch (op) {
      case 1:
        return this.#identify(d)
      case 3:
        this.events = Number(d["eventSubscriptions"] ?? this.events)
        return this.#send(2, { negotiatedRpcVersion: 1 })
      case 6:
        return this.#request(d)
      case 8:
        return this.#batch(d)
      default:
        return this.close(4006, `Unknown OpCode: ${String(op)}`)
    }
  }

  #identify(d: Record<string, unknown>) {
    if (this.identified) return this.close(4008, "You are already Identified with the obs-websocket server.")
    const { password } = this.#host.obs().settings
    const proof = password === null ? undefined : sha(sha(password + this.#host.salt()) + this.#challenge)
    if (proof !== undefined && d["authentication"] !== proof) return this.close(4009, "Authentication failed.")
    if (d["rpcVersion"] !== 1) return this.close(4010, "Your requested RPC version is not supported by this server.")
    this.identified = true
    this.events = Number(d["eventSubscriptions"] ?? lowVolume)
    this.#send(2, { negotiatedRpcVersion: 1 })
  }

  #do(request: Record<string, unknown>) {
    const done = answer(this.#host.obs(), request)
    this.#host.journal(done.requestType, done.requestStatus.code)
    const { requestId } = request
    return { ...(requestId === undefined ? {} : { requestId }), ...done }
  }

  #request(d: Record<string, unknown>) {
    // answered before the events that it causes
    this.#send(7, this.#do(d))
  }

  #batch(d: Record<string, unknown>) {
    const results: Array<ReturnType<typeof answer>> = []
    for (const request of (d["requests"] ?? []) as ReadonlyArray<Record<string, unknown>>) {
      const result = this.#do(request)
      results.push(result)
      if (d["haltOnFailure"] === true && !result.requestStatus.result) break
    }
    this.#send(9, { requestId: d["requestId"], results })
  }
}
