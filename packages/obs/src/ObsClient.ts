/**
 * A connection to OBS that is kept alive: lost, it is opened anew by a schedule. A wrong password, a protocol that is too
 * new, or somebody at OBS who ends our session end the trying. While it is down requests fail at once.
 */
import { Context, Effect, Layer, Queue, Schedule, type Scope, Stream } from "effect"
import { isPermanent, ObsClosed, type ObsUnreachable, type RequestFailure } from "./ObsError.ts"
import type { Event } from "./ObsProtocol.ts"
import { connect, type ObsSocket, type Options as SocketOptions } from "./ObsSocket.ts"

export interface Options extends SocketOptions {
  /** Between two attempts; 250 ms doubling to 10 s, with jitter, unless given. Begins anew with each connection. */
  readonly reconnect?: Schedule.Schedule<unknown, ObsUnreachable | ObsClosed>
}

/** `ended`: no further attempt is made. */
export type Status =
  | { readonly state: "up"; readonly version: string }
  | { readonly state: "down" | "ended"; readonly reason: ObsUnreachable | ObsClosed }

/** One OBS, over reconnects. */
export interface Client {
  readonly status: () => Status
  /** Waits until it is up; fails when that will not be. */
  readonly awaitUp: Effect.Effect<void, ObsUnreachable | ObsClosed>
  readonly request: ObsSocket["request"]
  readonly call: ObsSocket["call"]
  readonly batch: ObsSocket["batch"]
  /** All that is subscribed to, from now on, over reconnects. What happens while it is down is not told afterwards. */
  readonly events: Stream.Stream<Event>
}

export class ObsClient extends Context.Service<ObsClient, Client>()("@headend/obs/ObsClient") {}

const defaultReconnect = Schedule.jittered(
  Schedule.min([Schedule.exponential("250 millis"), Schedule.spaced("10 seconds")])
)

/** Opened in the background; ends with the scope. */
export const make = Effect.fnUntraced(function*(options: Options): Effect.fn.Return<Client, never, Scope.Scope> {
  const schedule = options.reconnect ?? defaultReconnect
  const listeners = new Set<(event: Event) => void>()
  const waiting = new Set<() => void>()
  let socket: ObsSocket | undefined
  let status: Status = { state: "down", reason: new ObsClosed({ code: 1006, reason: "not connected yet" }) }
  const become = (next: Status, at: ObsSocket | undefined) => {
    status = next
    socket = at
    for (const look of waiting) look()
  }

  const life = Effect.gen(function*() {
    const open = yield* connect(options, (event) => {
      for (const tell of listeners) tell(event)
    })
    become({ state: "up", version: open.hello.obsWebSocketVersion }, open)
    return yield* open.closed
  })

  yield* Effect.gen(function*() {
    let again = yield* Schedule.toStepWithSleep(schedule)
    while (true) {
      const reason: ObsUnreachable | ObsClosed = yield* Effect.flip(Effect.scoped(life))
      const wasUp = socket !== undefined
      const state = isPermanent(reason) ? "ended" : "down"
      become({ state, reason }, undefined)
      if (state === "ended") return
      if (wasUp) again = yield* Schedule.toStepWithSleep(schedule)
      const isOver = yield* Effect.isFailure(again(reason))
      if (isOver) return become({ state: "ended", reason }, undefined)
    }
  }).pipe(Effect.forkScoped)

  const down = (): ObsClosed => {
    if (status.state === "up") return new ObsClosed({ code: 1006, reason: "" })
    return status.reason instanceof ObsClosed
      ? status.reason
      : new ObsClosed({ code: 1006, reason: status.reason.message })
  }
  const on = <A, E>(use: (socket: ObsSocket) => Effect.Effect<A, E>): Effect.Effect<A, E | ObsClosed> =>
    Effect.suspend((): Effect.Effect<A, E | ObsClosed> => (socket === undefined ? Effect.fail(down()) : use(socket)))

  return {
    status: () => status,
    awaitUp: Effect.callback((resume) => {
      const look = () => {
        if (status.state === "down") return
        waiting.delete(look)
        resume(status.state === "up" ? Effect.void : Effect.fail(status.reason))
      }
      waiting.add(look)
      look()
      return Effect.sync(() => waiting.delete(look))
    }),
    request: (name, ...data) => on<never, RequestFailure>((open) => open.request(name, ...data) as never), // of this name
    call: (name, data, millis) => on((open) => open.call(name, data, millis)),
    batch: (requests, batchOptions) => on((open) => open.batch(requests, batchOptions)),
    events: Stream.callback((queue) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const tell = (event: Event) => Queue.offerUnsafe(queue, event)
          listeners.add(tell)
          return tell
        }),
        (tell) => Effect.sync(() => listeners.delete(tell))
      )
    )
  }
})

export const layer = (options: Options): Layer.Layer<ObsClient> => Layer.effect(ObsClient, make(options))
