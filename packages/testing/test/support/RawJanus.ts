// Janus' WebSocket protocol with nothing in between: what the conformance tests send and what they compare.
import { WebSocket } from "ws"

// oxlint-disable-next-line typescript/no-explicit-any -- answers are whatever the server under test says
export type Answer = any

export class RawJanus {
  readonly events: Array<Answer> = []
  readonly #socket: WebSocket
  readonly #pending = new Map<string, (answer: Answer) => void>()
  readonly #waiting: Array<
    { readonly matches: (event: Answer) => boolean; readonly resolve: (event: Answer) => void }
  > = []
  #next = 0
  readonly closed: Promise<void>

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on("message", (data) => this.#receive(JSON.parse(String(data))))
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()))
    socket.on("error", () => undefined)
  }

  static connect(url: string, protocol: string | undefined = "janus-protocol"): Promise<RawJanus> {
    return new Promise((resolve, reject) => {
      const socket = protocol === "" ? new WebSocket(url) : new WebSocket(url, protocol)
      const raw = new RawJanus(socket)
      socket.once("open", () => resolve(raw))
      socket.once("error", reject)
    })
  }

  #receive(message: Answer) {
    // Janus answers a request whose envelope is wrong without its transaction.
    const transaction = message.transaction ??
      (message.janus === "error" ? [...this.#pending.keys()].at(-1) : undefined)
    const waiting = this.#pending.get(transaction)
    if (waiting && message.janus !== "event") {
      this.#pending.delete(transaction)
      waiting(message)
      return
    }
    this.events.push(message)
    for (const [index, entry] of this.#waiting.entries()) {
      if (!entry.matches(message)) continue
      this.#waiting.splice(index, 1)
      entry.resolve(message)
      return
    }
  }

  /** Sends as it is, without a transaction of ours. */
  sendText(text: string) {
    this.#socket.send(text)
  }

  /** Sends and waits for the first answer that is no event. */
  request(message: Record<string, unknown>, limit = 15_000): Promise<Answer> {
    const transaction = `t${++this.#next}`
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(transaction)
        reject(new Error(`no answer to ${JSON.stringify(message)}`))
      }, limit)
      this.#pending.set(transaction, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      this.#socket.send(JSON.stringify({ ...message, transaction }))
    })
  }

  /** The first event, past or to come, that matches; it is taken off the list. */
  event(matches: (event: Answer) => boolean, limit = 15_000): Promise<Answer> {
    const index = this.events.findIndex(matches)
    if (index >= 0) return Promise.resolve(this.events.splice(index, 1)[0])
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no such event in ${JSON.stringify(this.events)}`)), limit)
      this.#waiting.push({
        matches,
        resolve: (event) => {
          clearTimeout(timer)
          this.events.splice(this.events.indexOf(event), 1)
          resolve(event)
        }
      })
    })
  }

  /** A plugin request; for an asynchronous one the event that carries its transaction. */
  async message(session: number, handle: number, body: unknown, jsep?: unknown): Promise<Answer> {
    const answer = await this.request({
      janus: "message",
      session_id: session,
      handle_id: handle,
      body,
      ...(jsep === undefined ? {} : { jsep })
    })
    if (answer.janus !== "ack") return answer
    return this.event((event) => event.transaction === answer.transaction)
  }

  async session(): Promise<number> {
    return (await this.request({ janus: "create" })).data.id
  }

  async attach(session: number, plugin: string): Promise<number> {
    return (await this.request({ janus: "attach", session_id: session, plugin })).data.id
  }

  /** Closes as a client should; cuts the socket when the server has not agreed within so many milliseconds. */
  async close(limit = 3000): Promise<void> {
    this.#socket.close()
    const timer = setTimeout(() => this.#socket.terminate(), limit)
    await this.closed
    clearTimeout(timer)
  }

  terminate() {
    this.#socket.terminate()
  }
}
