/**
 * A Janus server for tests: the real WebSocket protocol on a real socket of 127.0.0.1, no media behind it.
 * It answers as Janus 1.1.2 does, which a table of requests proves against the real one, and it can fail on demand.
 */
import { Effect, Layer } from "effect"
import * as Context from "effect/Context"
import type * as Scope from "effect/Scope"
import { Core } from "./internal/janus/Core.ts"
import { FakePublisher, type PublishOptions } from "./internal/janus/FakePublisher.ts"
import { Faults } from "./internal/janus/faults.ts"
import { Journal, type JournalEntry } from "./internal/janus/journal.ts"
import { Listener } from "./internal/janus/Listener.ts"
import type { Forwarder, Mountpoint, Participant, Room, Session } from "./internal/janus/model.ts"
import { type FakeJanusOptions, settingsOf } from "./internal/janus/options.ts"
import { type Saved, type Settings, State } from "./internal/janus/State.ts"
import type { Id } from "./internal/janus/wire.ts"

export type { FakePublisher, PublishOptions, StreamOptions } from "./internal/janus/FakePublisher.ts"
export type { Fault, Faults, Matches, RequestInfo } from "./internal/janus/faults.ts"
export type { JournalEntry } from "./internal/janus/journal.ts"
export type { Forwarder, Media, Mountpoint, Participant, Room, Session, Stream } from "./internal/janus/model.ts"
export type { FakeJanusOptions } from "./internal/janus/options.ts"

/** One fake server. Everything a test can see of it is synchronous; starting, killing and closing are not. */
export class FakeJanusServer {
  /** Failures on demand; they stay over `kill` and `restart`. */
  readonly faults = new Faults()
  readonly #settings: Settings
  readonly #saved: Saved = { mountpoints: new Map(), rooms: new Map() }
  readonly #journal: Journal
  readonly #watchdogMillis: number
  #core: Core
  #listener: Listener
  #watchdog: ReturnType<typeof setInterval> | undefined
  #frozen = false
  #port = 0

  private constructor(options: FakeJanusOptions) {
    this.#settings = settingsOf(options)
    this.#journal = new Journal(options.journalLimit ?? 100_000)
    this.#watchdogMillis = options.watchdogMillis ?? 2000
    this.#core = this.#newCore()
    this.#listener = this.#newListener(this.#core)
  }

  /** Starts a server; resolves once it listens. Rejects when the port is taken. */
  static async start(options: FakeJanusOptions = {}): Promise<FakeJanusServer> {
    const server = new FakeJanusServer(options)
    await server.#listen(options.port ?? 0)
    return server
  }

  #newCore() {
    return new Core(new State(this.#settings, this.#saved), this.faults, this.#journal)
  }

  #newListener(core: Core) {
    return new Listener({
      receive: (connection, text) => core.receive(connection, text),
      lost: (connection) => core.lost(connection)
    })
  }

  async #listen(port: number) {
    this.#port = await this.#listener.listen(port)
    this.#watchdog = setInterval(() => this.#frozen || this.#core.sweep(), this.#watchdogMillis)
    this.#watchdog.unref()
  }

  /** The address for clients; the same after a restart. */
  get url(): string {
    return `ws://127.0.0.1:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  /** How many WebSocket connections are open. */
  get connections(): number {
    return this.#listener.connections
  }

  /** Every request that was executed or refused by a fault, in order, without secrets. */
  get journal(): ReadonlyArray<JournalEntry> {
    return this.#journal.entries
  }

  clearJournal() {
    this.#journal.clear()
  }

  get mountpoints(): ReadonlyMap<Id, Mountpoint> {
    return this.#core.state.mountpoints
  }

  get rooms(): ReadonlyMap<Id, Room> {
    return this.#core.state.rooms
  }

  get sessions(): ReadonlyMap<number, Session> {
    return this.#core.state.sessions
  }

  get forwarders(): ReadonlyArray<Forwarder> {
    return [...this.#core.state.forwarders()]
  }

  /** How many UDP ports mountpoints hold. */
  get portsTaken(): number {
    return this.#core.state.ports.size
  }

  /** Puts a publisher into a room and lets it publish at once. Throws when there is no such room or the id is taken. */
  publish(room: Id, options: PublishOptions = {}): FakePublisher {
    const publisher = this.join(room, options)
    publisher.publish(options.streams)
    return publisher
  }

  /** Puts somebody into a room who does not publish yet. Throws like `publish`. */
  join(room: Id, options: PublishOptions = {}): FakePublisher {
    return FakePublisher.join(this.#core.state, this.#core.gateway, room, options)
  }

  /** Lets any participant stop publishing and stay. False when there is no such one. */
  unpublish(room: Id, id: Id): boolean {
    return this.#publisher(room, id)?.unpublish() ?? false
  }

  /** Lets any participant leave its room. False when there is no such one. */
  leave(room: Id, id: Id): boolean {
    return this.#publisher(room, id)?.leave() ?? false
  }

  #publisher(room: Id, id: Id): FakePublisher | undefined {
    const participant: Participant | undefined = this.#core.state.rooms.get(room)?.participants.get(id)
    return participant && new FakePublisher(this.#core.state, this.#core.gateway, participant)
  }

  /** RTP from outside, into one line of a mountpoint or all, until the returned function is called. */
  feed(mountpoint: Id, mid?: string): () => void {
    const { state } = this.#core
    const media = (state.mountpoints.get(mountpoint)?.media ?? []).filter((line) =>
      mid === undefined || line.mid === mid
    )
    if (media.length === 0) throw new Error(`no media ${mid ?? ""} in mountpoint ${mountpoint}`)
    for (const line of media) line.feeds++
    let flowing = true
    return () => {
      if (!flowing) return
      flowing = false
      for (const line of media) {
        line.feeds--
        line.lastPacket = state.settings.now()
      }
    }
  }

  /** Cuts every connection. Sessions end, unless they may be reclaimed; mountpoints and rooms stay. */
  dropConnections() {
    this.#listener.drop()
  }

  /** Accepts connections and answers nothing, until `thaw`. */
  freeze() {
    this.#frozen = true
    this.#listener.freeze()
  }

  /**
   * Executes what has waited, and goes on; resolves when that is done. What a client sent that has gone meanwhile is
   * discarded, as Janus does it nearly always (it is a race there), or executed when `gone` says so.
   */
  async thaw(gone: "discard" | "execute" = "discard"): Promise<void> {
    this.#frozen = false
    await this.#listener.thaw(gone)
  }

  /** Ends as with `kill -9`: sockets are cut, and all but what is permanent is lost. */
  async kill(): Promise<void> {
    clearInterval(this.#watchdog)
    this.#core.stop()
    this.#core = this.#newCore()
    const listener = this.#listener
    this.#listener = this.#newListener(this.#core)
    this.#frozen = false
    await listener.cut()
  }

  /** Listens again on the same port; kills first when it is still running. */
  async restart(): Promise<void> {
    await this.kill()
    await this.#listen(this.#port)
  }

  /** The end. Safe to call twice. */
  close(): Promise<void> {
    return this.kill()
  }
}

/** The running fake, for tests that compose layers. */
export class FakeJanus extends Context.Service<FakeJanus, FakeJanusServer>()("@headend/testing/FakeJanusServer") {}

/** A fake that lives as long as the scope. A taken port is a defect. */
export const scoped = (options?: FakeJanusOptions): Effect.Effect<FakeJanusServer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => FakeJanusServer.start(options)),
    (server) => Effect.promise(() => server.close())
  )

/** A fake that lives as long as the layer. */
export const layer = (options?: FakeJanusOptions): Layer.Layer<FakeJanus> => Layer.effect(FakeJanus, scoped(options))
