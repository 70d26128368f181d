/**
 * One WebSocket to Janus with one session, and one handle per plugin for management. It is kept alive for ever: lost or
 * frozen, it is dropped, requests under way fail at once, and it is opened anew with a fresh session. Nothing is sent
 * while it is down; callers get `ServerUnavailable` and may wait with `awaitUp`.
 */
import { Context, Deferred, Duration, Effect, Layer, Random, type Scope } from "effect"
import { type Attached, type Candidate, type Jsep, make as attachTo, type Plugin } from "./internal/attached.ts"
import { type Answer, exchange, type Failure, unavailable } from "./internal/exchange.ts"
import type { HandleEvent } from "./internal/janode.ts"
import { heartbeat, type Link, open, silence } from "./internal/link.ts"
import { JanusConfig } from "./JanusConfig.ts"

export type { Answer, Attached, Candidate, Failure, HandleEvent, Jsep, Plugin }

/** `frozen`: it accepts connections, or has one, but does not answer. `since` is in milliseconds of the wall clock. */
export type Status =
  | { readonly state: "up"; readonly since: number; readonly version: number; readonly versionText: string }
  | { readonly state: "down" | "frozen"; readonly since: number; readonly reason: string }

export class JanusConnection extends Context.Service<JanusConnection, {
  /** How it is now. */
  readonly current: () => Status
  /** Waits until the connection is up. */
  readonly awaitUp: Effect.Effect<void>
  /** Counts the connections, from 1; 0 before the first. Another number means another session, perhaps a new Janus. */
  readonly epoch: () => number
  /** Waits until the connection is another one than that of `epoch`, or gone. */
  readonly awaitLoss: (epoch: number) => Effect.Effect<void>
  /** One request on the management handle of a plugin. After a timeout it may still be executed. */
  readonly request: (
    plugin: Plugin,
    body: Readonly<Record<string, unknown>>,
    timeout?: Duration.Duration
  ) => Effect.Effect<Answer, Failure>
  /** A handle of one's own, detached with the scope. `listener` hears everything from the first moment. */
  readonly attach: (
    plugin: Plugin,
    listener: (event: HandleEvent) => void
  ) => Effect.Effect<Attached, Failure, Scope.Scope>
}>()("@headend/janus/JanusConnection") {}

/** How the connection is watched and made again. */
export interface Timing {
  /** Between two questions whether Janus is still there; its answer may take as long. */
  readonly heartbeat: Duration.Input
  /** For the handshake, the session and the two handles, each. */
  readonly opening: Duration.Input
  /** Longest wait between two attempts. */
  readonly spacing: Duration.Input
}

const standard: Timing = { heartbeat: "3 seconds", opening: "3 seconds", spacing: "1 second" }

class State {
  link: Link | undefined = undefined
  epoch = 0
  status: Status = { state: "down", since: Date.now(), reason: "not connected yet" }
  readonly #waiting = new Set<() => void>()

  gain(link: Link) {
    this.link = link
    this.epoch++
    this.status = { state: "up", since: Date.now(), version: link.version, versionText: link.versionText }
    this.#wake()
  }

  /** `since` stays that of the first loss; what is said about it is the latest. */
  lose(state: "down" | "frozen", reason: string) {
    const since = this.status.state === "up" ? Date.now() : this.status.since
    const wasUp = this.link !== undefined
    this.link = undefined
    this.status = { state, since, reason }
    if (wasUp) this.#wake()
  }

  reason() {
    return this.status.state === "up" ? "the connection was lost" : this.status.reason
  }

  /** Waits until it holds. Looked at when the link comes or goes. */
  until(holds: () => boolean): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (holds()) return resume(Effect.void)
      const look = () => {
        if (!holds()) return
        this.#waiting.delete(look)
        resume(Effect.void)
      }
      this.#waiting.add(look)
      return Effect.sync(() => this.#waiting.delete(look))
    })
  }

  #wake() {
    for (const look of this.#waiting) look()
  }
}

const make = Effect.fnUntraced(function*(timing: Timing) {
  const settings = yield* JanusConfig
  const millis = {
    request: Duration.toMillis(settings.requestTimeout),
    heartbeat: Duration.toMillis(timing.heartbeat),
    opening: Duration.toMillis(timing.opening),
    spacing: Duration.toMillis(timing.spacing)
  }
  const state = new State()

  /** From the first packet to the last. What ends because we end it is no news. */
  const live = Effect.suspend(() => {
    const own = { isLeaving: false }
    const leave = Effect.sync(() => {
      own.isLeaving = true
    })
    return life(own).pipe(Effect.ensuring(leave), Effect.scoped)
  })

  const life = Effect.fnUntraced(function*(own: { isLeaving: boolean }) {
    const ended = yield* Deferred.make<string>()
    const link = yield* open(settings, millis.opening, (reason) => {
      if (own.isLeaving) return
      state.lose("down", reason)
      Deferred.doneUnsafe(ended, Effect.succeed(reason))
    })
    state.gain(link)
    yield* Effect.logInfo(`Janus ${link.versionText} is up at ${settings.url}`)
    const reason = yield* Effect.raceFirst(Deferred.await(ended), heartbeat(link, millis.heartbeat))
    own.isLeaving = true
    state.lose(reason === silence ? "frozen" : "down", reason)
    link.connection.terminate()
    yield* Effect.logWarning(`Janus at ${settings.url} is lost: ${reason}`)
  })

  /** Half to all of a wait that doubles up to the longest, so that many workers do not come at one instant. */
  const pause = (attempt: number) =>
    Effect.flatMap(
      Random.next,
      (random) => Effect.sleep(Math.min(millis.spacing, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + random / 2))
    )

  yield* Effect.gen(function*() {
    let attempt = 0
    while (true) {
      const before = state.epoch
      yield* Effect.catchTag(
        live,
        "OpenFailed",
        Effect.fnUntraced(function*(error) {
          state.lose(error.silent ? "frozen" : "down", error.reason)
          // a loss has been told; that nothing is there at the beginning, nobody has
          if (state.epoch > 0 || attempt > 0) return
          yield* Effect.logWarning(`Janus at ${settings.url} is not there yet, and is waited for: ${error.reason}`)
        })
      )
      attempt = state.epoch === before ? attempt + 1 : 0
      yield* pause(attempt)
    }
  }).pipe(Effect.forkScoped)
  yield* Effect.addFinalizer(() => Effect.sync(() => state.lose("down", "the connection was closed by us")))

  const down = () => Effect.fail(unavailable(state.reason()))
  return JanusConnection.of({
    current: () => state.status,
    epoch: () => state.epoch,
    awaitUp: state.until(() => state.link !== undefined),
    awaitLoss: (epoch) => state.until(() => state.link === undefined || state.epoch !== epoch),
    request: (plugin, body, timeout) =>
      Effect.suspend(() => {
        const link = state.link
        if (link === undefined) return down()
        const timeoutMs = timeout === undefined ? millis.request : Duration.toMillis(timeout)
        return exchange({ handle: link[plugin], source: plugin, timeoutMs, onGone: link.connection.terminate }, body)
      }),
    attach: (plugin, listener) =>
      Effect.suspend(() =>
        state.link === undefined ? down() : attachTo(state.link.session, plugin, millis.request, listener)
      )
  })
})

/** The connection, opened in the background: the layer is ready at once. */
export const layerWith = (options: Partial<Timing>): Layer.Layer<JanusConnection, never, JanusConfig> =>
  Layer.effect(JanusConnection, make({ ...standard, ...options }))

export const layer: Layer.Layer<JanusConnection, never, JanusConfig> = layerWith({})
