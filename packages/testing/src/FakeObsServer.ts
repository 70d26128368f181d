/**
 * An OBS for tests: obs-websocket 5 on a real socket of 127.0.0.1, nothing drawn or sent behind it. It answers and tells
 * what OBS 29 with obs-websocket 5.1 does, its traps included, and what goes wrong is switched on by the test.
 */
import { Effect, type Scope } from "effect"
import { randomBytes } from "node:crypto"
import type { AddressInfo } from "node:net"
import { WebSocketServer } from "ws"
import { type FakeObsOptions, type Settings, settingsOf, Switches } from "./internal/obs/options.ts"
import { Output } from "./internal/obs/Output.ts"
import type { Obs, Saved, StreamService } from "./internal/obs/requests.ts"
import { Session } from "./internal/obs/Session.ts"

export type { FakeObsOptions } from "./internal/obs/options.ts"
export type { StreamService } from "./internal/obs/requests.ts"

/** A request that was carried out, without what it sent. */
export interface ObsJournalEntry {
  readonly requestType: string
  readonly code: number
}

/** One fake OBS. What a test sees of it is synchronous; starting and ending are not. */
export class FakeObsServer {
  readonly switches = new Switches()
  readonly #settings: Settings
  /** Survives `kill`, as OBS' configuration does. */
  readonly #saved: Saved
  readonly #journal: Array<ObsJournalEntry> = []
  readonly #sessions = new Set<Session>()
  #server: WebSocketServer | undefined
  #output: Output
  #salt = ""
  #frozen = false
  #port = 0
  #crashes = 0

  private constructor(options: FakeObsOptions) {
    this.#settings = settingsOf(options)
    this.#saved = { service: { streamServiceType: "rtmp_common", streamServiceSettings: {} } }
    this.#output = this.#newOutput()
  }

  /** Starts one; resolves once it listens. Rejects when the port is taken. */
  static async start(options: FakeObsOptions = {}): Promise<FakeObsServer> {
    const obs = new FakeObsServer(options)
    await obs.#listen(options.port ?? 0)
    return obs
  }

  #newOutput() {
    return new Output(
      this.#settings,
      this.switches,
      (state, outputActive) =>
        this.#tellAll("StreamStateChanged", 64, { outputActive, outputState: `OBS_WEBSOCKET_OUTPUT_${state}` }),
      () => {
        this.#crashes++
        void this.kill()
      }
    )
  }

  #tellAll(eventType: string, eventIntent: number, eventData: unknown) {
    for (const session of this.#sessions) session.tell(eventType, eventIntent, eventData)
  }

  async #listen(port: number) {
    const server = new WebSocketServer({ host: "127.0.0.1", port, handleProtocols: () => "obswebsocket.json" })
    await new Promise<void>((resolve, reject) => {
      server.once("listening", resolve)
      server.once("error", reject)
    })
    const { address: _, ...bound } = server.address() as AddressInfo
    this.#port = bound.port
    this.#server = server
    this.#salt = randomBytes(32).toString("base64")
    const obs: Obs = {
      settings: this.#settings,
      switches: this.switches,
      saved: this.#saved,
      output: this.#output,
      tellAll: (type, intent, data) => this.#tellAll(type, intent, data)
    }
    server.on("connection", (socket) => {
      const session = new Session(socket, {
        obs: () => obs,
        salt: () => this.#salt,
        journal: (requestType, code) => void this.#journal.push({ requestType, code }),
        isFrozen: () => this.#frozen
      })
      this.#sessions.add(session)
      socket.once("close", () => this.#sessions.delete(session))
    })
  }

  /** The address for clients; the same after a restart. */
  get url(): string {
    return `ws://127.0.0.1:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  /** Clients that have identified. */
  get clients(): number {
    return [...this.#sessions].filter((session) => session.identified).length
  }

  /** Every request in order, without what it sent. */
  get journal(): ReadonlyArray<ObsJournalEntry> {
    return this.#journal
  }

  /** How often a double start has crashed it. */
  get crashes(): number {
    return this.#crashes
  }

  get isRunning(): boolean {
    return this.#server !== undefined
  }

  get isStreaming(): boolean {
    return this.#output.active
  }

  /** Where it publishes to, while it does. */
  get target(): { readonly server: string; readonly key: string } | undefined {
    return this.#output.active ? this.#output.target : undefined
  }

  /** Its stream settings; somebody who sits at it may change them. */
  get service(): StreamService {
    return this.#saved.service
  }

  set service(service: StreamService) {
    this.#saved.service = service
  }

  /** Somebody who sits at it starts the stream. */
  startByHand() {
    const { key, server } = this.#saved.service.streamServiceSettings
    if (!this.#output.active) this.#output.start({ server: String(server), key: String(key) })
  }

  /** Somebody who sits at it ends the stream. */
  stopByHand() {
    if (this.#output.active) this.#output.stop()
  }

  /** The RTMP server throws the stream out, or has died: OBS reconnects by itself. */
  loseServer() {
    this.#output.lose()
  }

  /** The RTMP server closes the connection that it never answered. */
  failStart() {
    this.#output.failStart()
  }

  /** Somebody who sits at it ends every session. */
  kick() {
    for (const session of this.#sessions) session.close(4011, "Your session has been invalidated.")
  }

  /** Every connection is cut; the stream goes on. */
  dropConnections() {
    for (const client of this.#server?.clients ?? []) client.terminate()
  }

  /** It accepts connections and answers nothing, until `thaw`. */
  freeze() {
    this.#frozen = true
  }

  thaw() {
    this.#frozen = false
    for (const session of this.#sessions) {
      if (!session.identified) session.greet()
      session.thaw()
    }
  }

  /** Ends as with SIGKILL: sockets are cut without a word, the stream is gone, the settings stay. */
  async kill(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.#frozen = false
    this.#output.die()
    this.#output = this.#newOutput()
    if (server === undefined) return
    for (const client of server.clients) client.terminate()
    this.#sessions.clear()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  /** Listens again on the same port; kills first when it is still running. */
  async restart(): Promise<void> {
    await this.kill()
    await this.#listen(this.#port)
  }
}

/** A fake that lives as long as the scope. A taken port is a defect. */
export const scoped = (options?: FakeObsOptions): Effect.Effect<FakeObsServer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => FakeObsServer.start(options)),
    (obs) => Effect.promise(() => obs.kill())
  )
