// Ports for real programs that run side by side. A program that must come back on the same ports, or needs
// ranges, reserves a block below the ephemeral ports; the block's first port is a listening socket of ours,
// so that a reservation ends with its process, however that ends. So it is with a single port: one of the ephemeral ones
// could go to anybody between the moment it is found free and the moment a program listens on it, or comes back to it.
import { Effect, Exit, Schedule, Schema, Scope } from "effect"
import { createConnection, createServer, type Server } from "node:net"

/** No port or block of ports could be had, or a port did not accept in time. */
export class PortUnavailable extends Schema.TaggedError<PortUnavailable>()("PortUnavailable", {
  port: Schema.Int,
  reason: Schema.String
}) {
  override get message() {
    return `port ${this.port}: ${this.reason}`
  }
}

const LOOPBACK = "127.0.0.1"
const FIRST_BLOCK = 10_240
const BLOCK = 1_024
const BLOCKS = 21
/** Single ports are between the last block and the first ephemeral port. */
const FIRST_SINGLE = FIRST_BLOCK + BLOCKS * BLOCK
const SINGLES = 1_024
/** Another loopback address: who listens there has a single port of that number. */
const MARKS = "127.0.0.2"

/** Ports of one reservation: `tcp` are free to listen on, `udp` is a range from `first` to `last`, both included. */
export interface PortBlock {
  readonly tcp: ReadonlyArray<number>
  readonly udp: { readonly first: number; readonly last: number }
}

const listen = (port: number, host = LOOPBACK): Effect.Effect<Server, PortUnavailable> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.once("error", (error) => resume(new PortUnavailable({ port, reason: error.message })))
    server.listen({ port, host, exclusive: true }, () => resume(Effect.succeed(server)))
  })

const close = (server: Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
  })

const isFree = (port: number) =>
  Effect.acquireUseRelease(listen(port), () => Effect.succeed(true), close).pipe(
    Effect.orElseSucceed(() => false)
  )

/**
 * A TCP port of 127.0.0.1 that nobody listens on, nor will by chance, and that nobody else is given as long as this process
 * lives.
 */
export const freePort: Effect.Effect<number, PortUnavailable> = Effect.gen(function*() {
  const start = Math.floor(Math.random() * SINGLES)
  for (let n = 0; n < SINGLES; n++) {
    const port = FIRST_SINGLE + (start + n) % SINGLES
    const marked = yield* Effect.result(listen(port, MARKS))
    if (marked._tag === "Failure") continue
    marked.success.unref()
    if (yield* isFree(port)) return port
  }
  return yield* new PortUnavailable({ port: 0, reason: "no single port is free" })
})

/** Runs an acquisition in the given scope; one that fails half way gives back what it had at once. */
const heldIn = <A, E>(scope: Scope.Scope, acquire: Effect.Effect<A, E, Scope.Scope>): Effect.Effect<A, E> =>
  Effect.uninterruptible(Effect.gen(function*() {
    const own = yield* Scope.fork(scope)
    return yield* acquire.pipe(
      Scope.provide(own),
      Effect.onError((cause) => Scope.close(own, Exit.failCause(cause)))
    )
  }))

const reserveAt = Effect.fnUntraced(function*(at: number, blocks: number, tcp: number) {
  const bases = Array.from({ length: blocks }, (_, n) => FIRST_BLOCK + (at + n) * BLOCK)
  for (const base of bases) yield* Effect.acquireRelease(listen(base), close)
  const first = bases[0] ?? FIRST_BLOCK
  const listening = Array.from({ length: tcp }, (_, n) => first + 1 + n)
  for (const port of listening) {
    if (!(yield* isFree(port))) return yield* new PortUnavailable({ port, reason: "in use" })
  }
  return { tcp: listening, udp: { first: first + 16, last: first + blocks * BLOCK - 1 } }
})

/**
 * Reserves `tcp` (at most 15) listening ports and a range of at least `udp` (at most 20 000) datagram ports until
 * the scope closes. No other reservation on this machine overlaps it.
 */
export const reserve = Effect.fnUntraced(
  function*(
    options: { readonly tcp: number; readonly udp: number }
  ): Effect.fn.Return<PortBlock, PortUnavailable, Scope.Scope> {
    const scope = yield* Effect.scope
    const blocks = Math.ceil((options.udp + 16) / BLOCK)
    const places = BLOCKS - blocks + 1
    const start = Math.floor(Math.random() * places)
    for (let n = 0; n < places; n++) {
      const held = yield* Effect.result(heldIn(scope, reserveAt((start + n) % places, blocks, options.tcp)))
      if (held._tag === "Success") return held.success
    }
    return yield* new PortUnavailable({ port: 0, reason: `no ${blocks} blocks of ports are free` })
  }
)

const connect = (port: number, host: string): Effect.Effect<void, PortUnavailable> =>
  Effect.callback((resume) => {
    const socket = createConnection({ port, host })
    socket.once("error", (error) => resume(new PortUnavailable({ port, reason: error.message })))
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.void)
    })
    return Effect.sync(() => socket.destroy())
  })

/** Waits until the TCP port accepts a connection; fails after `timeoutMs` (default 60 000). */
export const awaitPort = (
  port: number,
  options: { readonly host?: string; readonly timeoutMs?: number } = {}
): Effect.Effect<void, PortUnavailable> =>
  connect(port, options.host ?? LOOPBACK).pipe(
    Effect.retry(Schedule.spaced("10 millis")),
    Effect.timeoutOrElse({
      duration: options.timeoutMs ?? 60_000,
      orElse: () => Effect.fail(new PortUnavailable({ port, reason: "does not accept" }))
    })
  )
