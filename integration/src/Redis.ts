// Real Redis servers on free ports, each with a folder of its own: killed, started again where they were, frozen,
// emptied; and a TCP proxy between a client and a server that can be cut or go deaf.
import { Effect, Exit, Schema, Scope } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { createConnection, createServer, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Certificates } from "./Certificates.ts"
import { awaitPort, freePort, type PortUnavailable } from "./Ports.ts"
import { type NotInTime, type Program, type ProgramEnded, type ProgramMissing, spawn } from "./Processes.ts"

/** `redis-cli` or a raw command failed. */
export class RedisCommandFailed extends Schema.TaggedError<RedisCommandFailed>()("RedisCommandFailed", {
  command: Schema.String,
  answer: Schema.String
}) {
  override get message() {
    return `${this.command}: ${this.answer}`
  }
}

type Starting = NotInTime | PortUnavailable | ProgramEnded | ProgramMissing

export interface RedisServer {
  readonly port: number
  /** `redis://127.0.0.1:port`. */
  readonly url: string
  /** Where it speaks TLS, if it does. */
  readonly tlsPort: number | undefined
  readonly program: Effect.Effect<Program>
  /** SIGKILL: what is not in its log is lost. */
  readonly kill: Effect.Effect<void>
  /** Starts it again on its port, with what it has on its disk. */
  readonly start: Effect.Effect<void, Starting>
  readonly freeze: Effect.Effect<void>
  readonly thaw: Effect.Effect<void>
}

export interface RedisOptions {
  /** It keeps a log of its writes, which outlives its process; false unless given. */
  readonly durable?: boolean
  readonly password?: string
  /** It speaks TLS, too, on a port of its own. */
  readonly tls?: Certificates
  /** More of its settings, such as `{ "maxmemory-policy": "allkeys-lru" }`. */
  readonly settings?: Readonly<Record<string, string>>
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-redis-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A server of its own, until the scope closes. */
export const make = Effect.fnUntraced(
  function*(options: RedisOptions = {}): Effect.fn.Return<RedisServer, Starting, Scope.Scope> {
    const outer = yield* Effect.scope
    const dir = yield* folder
    const port = yield* freePort
    const tlsPort = options.tls === undefined ? undefined : yield* freePort
    const settings: Record<string, string> = {
      port: `${port}`,
      bind: "127.0.0.1",
      dir,
      save: "",
      appendonly: options.durable === true ? "yes" : "no",
      ...(options.password === undefined ? {} : { requirepass: options.password }),
      ...(options.tls === undefined ? {} : {
        "tls-port": `${tlsPort}`,
        "tls-ca-cert-file": options.tls.ca,
        "tls-cert-file": options.tls.certificate,
        "tls-key-file": options.tls.key,
        "tls-auth-clients": "no"
      }),
      ...options.settings
    }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
    const begin = Effect.gen(function*() {
      const scope = yield* Scope.fork(outer)
      const program = yield* Scope.provide(spawn("redis-server", args), scope)
      yield* program.awaitLine(/Ready to accept connections/)
      yield* program.whileRunning(awaitPort(port))
      return { program, close: Scope.close(scope, Exit.void) }
    })
    let running = yield* begin
    return {
      port,
      tlsPort,
      url: `redis://${options.password === undefined ? "" : `:${options.password}@`}127.0.0.1:${port}`,
      program: Effect.sync(() => running.program),
      kill: Effect.suspend(() => Effect.andThen(running.program.kill, running.close)),
      start: Effect.suspend(() => Effect.map(begin, (next) => void (running = next))),
      freeze: Effect.suspend(() => running.program.signal("SIGSTOP")),
      thaw: Effect.suspend(() => running.program.signal("SIGCONT"))
    }
  }
)

const encode = (words: ReadonlyArray<string>) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`

/** Where the reply (RESP) that begins there is over; -1 while some of it has not come. */
const replyEnd = (bytes: Buffer, from: number): number => {
  const line = bytes.indexOf("\r\n", from)
  if (line < 0) return -1
  const kind = String.fromCharCode(bytes[from] ?? 0)
  const count = Number(bytes.toString("latin1", from + 1, line))
  let end = line + 2
  if (kind === "$" && count >= 0) end += count + 2
  const parts = kind === "*" ? count : 0
  for (let i = 0; i < parts && end >= 0; i++) end = replyEnd(bytes, end)
  return end <= bytes.length ? end : -1
}

/**
 * Sends one command on a connection of its own, and gives the raw answer (RESP) once it is complete: no client library, so
 * that nothing is shared with what is tested.
 */
export const raw = (port: number, words: ReadonlyArray<string>): Effect.Effect<string, RedisCommandFailed> =>
  Effect.callback((resume) => {
    const socket = createConnection({ port, host: "127.0.0.1" })
    const fail = (answer: string) => resume(Effect.fail(new RedisCommandFailed({ command: words[0] ?? "", answer })))
    let bytes = Buffer.alloc(0)
    socket.on("connect", () => socket.write(encode(words)))
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      if (replyEnd(bytes, 0) < 0) return
      const answer = bytes.toString("utf8")
      if (answer.startsWith("-")) fail(answer.trim())
      else resume(Effect.succeed(answer))
      socket.destroy()
    })
    socket.on("error", (error) => fail(error.message))
    socket.on("close", () => fail("the connection was closed"))
    return Effect.sync(() => socket.destroy())
  })

export interface Proxy {
  readonly port: number
  /** From now on new connections lead to this port; those that there are end. */
  readonly turnTo: (port: number) => Effect.Effect<void>
  /** Ends all connections, and takes none until it is mended. */
  readonly cut: Effect.Effect<void>
  /** Lets nothing through any more, in either direction, and says nothing of it: a cable that is out. */
  readonly deafen: Effect.Effect<void>
  readonly mend: Effect.Effect<void>
  /** Connections that there are now. */
  readonly connections: Effect.Effect<number>
}

/** A TCP proxy to a port of this machine, until the scope closes. */
export const proxy = Effect.fnUntraced(
  function*(to: number): Effect.fn.Return<Proxy, never, Scope.Scope> {
    let target = to
    let state: "well" | "cut" | "deaf" = "well"
    const pairs = new Set<readonly [Socket, Socket]>()
    const end = (pair: readonly [Socket, Socket]) => {
      pairs.delete(pair)
      for (const one of pair) one.destroy()
    }
    const listening = yield* Effect.acquireRelease(
      Effect.callback<Server>((resume) => {
        const server = createServer((near) => {
          if (state === "cut") return void near.destroy()
          const far = createConnection({ port: target, host: "127.0.0.1" })
          const pair = [near, far] as const
          pairs.add(pair)
          for (const [from, into] of [[near, far], [far, near]] as const) {
            from.on("data", (chunk) => state === "deaf" ? undefined : into.write(chunk))
            from.on("error", () => end(pair))
            from.on("close", () => state === "deaf" ? undefined : end(pair))
          }
        })
        server.listen({ port: 0, host: "127.0.0.1" }, () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.callback<void>((resume) => {
          for (const pair of pairs) end(pair)
          server.close(() => resume(Effect.void))
        })
    )
    const cutAll = () => {
      for (const pair of pairs) end(pair)
    }
    const address = listening.address()
    return {
      port: typeof address === "object" && address !== null ? address.port : 0,
      turnTo: (next) =>
        Effect.sync(() => {
          target = next
          cutAll()
        }),
      cut: Effect.sync(() => {
        state = "cut"
        cutAll()
      }),
      deafen: Effect.sync(() => void (state = "deaf")),
      mend: Effect.sync(() => {
        // what went through a deaf cable is lost: those connections are of no use any more
        if (state === "deaf") cutAll()
        state = "well"
      }),
      connections: Effect.sync(() => pairs.size)
    }
  }
)
