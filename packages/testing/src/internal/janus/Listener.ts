// The socket side: HTTP upgrade, the `janus-protocol` sub-protocol, and a server that can be frozen or cut off.
// What arrives while it is frozen waits in the order of arrival, as with SIGSTOP.
import * as http from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { type WebSocket, WebSocketServer } from "ws"
import type { Connection } from "./exchange.ts"

/** Who executes what the sockets bring. */
export interface Receiver {
  readonly receive: (connection: Connection, text: string) => void
  readonly lost: (connection: Connection) => void
}

/** How long after a thaw the sockets are read before anything is executed: only then is it known who has gone. */
const SETTLE_MILLIS = 10

interface Waiting {
  readonly client: WebSocket | undefined
  readonly run: () => void
}

export class Listener {
  readonly #server: http.Server
  readonly #webSockets: WebSocketServer
  readonly #receiver: Receiver
  readonly #sockets = new Set<Socket>()
  readonly #clients = new Set<WebSocket>()
  #waiting: Array<Waiting> | undefined
  #settling: ReturnType<typeof setTimeout> | undefined
  #cut = false

  constructor(receiver: Receiver) {
    this.#receiver = receiver
    this.#webSockets = new WebSocketServer({
      noServer: true,
      autoPong: false,
      perMessageDeflate: false,
      handleProtocols: () => "janus-protocol"
    })
    this.#server = http.createServer((_request, response) => this.#whenThawed(() => response.writeHead(403).end()))
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket)
      socket.once("close", () => this.#sockets.delete(socket))
    })
    this.#server.on("upgrade", (request, socket, head) =>
      this.#whenThawed(() => {
        const protocols = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim())
        if (!protocols.includes("janus-protocol")) socket.destroy()
        else this.#webSockets.handleUpgrade(request, socket, head, (client) => this.#accept(client))
      }))
  }

  #whenThawed(run: () => void, client?: WebSocket) {
    if (this.#cut) return
    if (this.#waiting) this.#waiting.push({ client, run })
    else run()
  }

  #accept(client: WebSocket) {
    this.#clients.add(client)
    const connection: Connection = {
      send: (message) => {
        if (client.readyState === client.OPEN) client.send(JSON.stringify(message))
      },
      drop: () => client.terminate()
    }
    client.on("message", (data) => this.#whenThawed(() => this.#receiver.receive(connection, String(data)), client))
    client.on("ping", (data) => this.#whenThawed(() => client.pong(data), client))
    client.on("error", () => client.terminate())
    client.on("close", () => {
      this.#clients.delete(client)
      this.#whenThawed(() => this.#receiver.lost(connection))
    })
  }

  /** Resolves with the port, or rejects when it is taken. */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject)
      this.#server.listen(port, "127.0.0.1", () => {
        this.#server.off("error", reject)
        resolve((this.#server.address() as AddressInfo).port)
      })
    })
  }

  get connections(): number {
    return this.#clients.size
  }

  freeze() {
    clearTimeout(this.#settling)
    this.#waiting ??= []
    for (const client of this.#clients) client.pause()
  }

  /** Resolves when all that has waited is done, without the requests of clients that have gone unless `gone` says so. */
  thaw(gone: "discard" | "execute"): Promise<void> {
    for (const client of this.#clients) client.resume()
    return new Promise((resolve) => {
      this.#settling = setTimeout(() => {
        const waiting = this.#waiting ?? []
        this.#waiting = undefined
        for (const { client, run } of waiting) {
          if (!client || client.readyState === client.OPEN || gone === "execute") run()
        }
        resolve()
      }, SETTLE_MILLIS)
    })
  }

  /** Cuts every connection and goes on listening. */
  drop() {
    for (const client of this.#clients) client.terminate()
  }

  /** Cuts every connection without a word and stops listening. What was waiting is lost. */
  cut(): Promise<void> {
    this.#cut = true
    clearTimeout(this.#settling)
    this.#waiting = undefined
    for (const socket of this.#sockets) socket.resetAndDestroy()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}
