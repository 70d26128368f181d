/**
 * The queue on Redis Streams: one stream, one group, every change of it a script. Jobs are sealed; what waits, is in
 * flight, delayed or dead is counted exactly.
 */
import {
  type DeadLetter,
  DeadLetterNotFound,
  defaultOptions,
  letter,
  type QueueOptions,
  QueueUnavailable
} from "@headend/core/Delivery"
import { Installation } from "@headend/core/Installation"
import * as Job from "@headend/core/Job"
import { JobQueue } from "@headend/core/JobQueue"
import type { Keyring } from "@headend/core/Keyring"
import { Context, Duration, Effect, Layer } from "effect"
import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import * as Connection from "../internal/redis/connection.ts"
import { consume } from "../internal/redis/consumer.ts"
import * as Offering from "../internal/redis/offering.ts"
import { type Name, scripts } from "../internal/redis/queueScripts.ts"
import { RedisConfig, type RedisUnusable } from "./RedisConfig.ts"

type Dead = readonly [
  place: string,
  id: string,
  offeredAt: string,
  attempts: string,
  reason: string,
  type: string,
  broadcast: string,
  failedAt: string
]

const letterOf = ([, id, offeredAt, attempts, reason, type, broadcast, failedAt]: Dead): DeadLetter =>
  letter(
    { type: type as DeadLetter["type"], broadcast: broadcast === "" ? null : broadcast },
    { id, reason, attempts: Number(attempts), offeredAt: Number(offeredAt), failedAt: Number(failedAt) }
  )

const make = Effect.fnUntraced(function*(options: QueueOptions) {
  const { maxAttempts, maxBacklog, maxDead, visibility } = { ...defaultOptions, ...options }
  const { instance } = yield* Installation
  const prefix = `hd:{${instance}}`
  const envelopes = yield* Job.enveloping
  const config = Context.make(RedisConfig, yield* RedisConfig)
  const commands = yield* Connection.connect("commands", scripts)
  yield* Connection.examine(commands, prefix)

  const unavailable = (reason: string) => new QueueUnavailable({ reason })
  const call = <A>(use: () => Promise<A>) =>
    Effect.tryPromise({ try: use, catch: (cause) => unavailable(Connection.reasonOf(cause)) })
  const named = Connection.scriptsOf<Name>(commands)
  /** What a script answers is what it says in its own words. */
  const run = <A>(name: Name | `${Name}Buffer`, ...args: ReadonlyArray<Connection.Argument>) =>
    call(() => {
      Connection.gather(commands)
      return named[name](prefix, ...args) as Promise<A>
    })

  // before the first entry: a group that is made later does not know how far it has come
  const ensureGroup = Effect.catchIf(
    Effect.asVoid(call(() => commands.xgroup("CREATE", `${prefix}:jobs`, "workers", "0", "MKSTREAM"))),
    (error) => error.reason.startsWith("BUSYGROUP"),
    () => Effect.void
  )
  yield* ensureGroup

  const add = Offering.make({
    maxBacklog,
    offer: (limit, offers) => named.offer(prefix, limit, offers) as Promise<string>,
    unavailable: (cause) => unavailable(Connection.reasonOf(cause))
  })
  const offer: JobQueue["Service"]["offer"] = (job, { delay, dedupeKey = "" } = {}) =>
    Effect.flatMap(
      envelopes.sealBytes({ job, key: dedupeKey === "" ? undefined : dedupeKey }),
      (envelope) =>
        add({
          envelope,
          dedupeKey,
          delay: delay === undefined ? 0 : Duration.toMillis(Duration.fromInputUnsafe(delay))
        })
    )

  return JobQueue.of({
    backend: "redis",
    abilities: { bounded: true, dedupes: true, expires: true, stamps: true, durable: true },
    offer,
    consume: (handle, { concurrency }) =>
      Effect.scoped(
        Effect.gen(function*() {
          const reader = yield* Connection.connect("reader").pipe(
            Effect.provideContext(config),
            Effect.mapError(({ reason }) => unavailable(reason))
          )
          return yield* consume({
            prefix,
            name: `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`,
            reader,
            commands,
            run,
            call,
            ensureGroup,
            open: envelopes.openBytes,
            options: {
              visibility: Duration.toMillis(Duration.fromInputUnsafe(visibility)),
              maxAttempts,
              maxDead
            },
            concurrency,
            handle
          })
        })
      ),
    backlog: Effect.map(
      run<readonly [number, number, number, number, number]>("backlog"),
      ([undelivered, inFlight, delayed, dead, age]) => ({
        undelivered,
        inFlight,
        delayed,
        dead,
        oldestAgeMs: age < 0 ? null : age
      })
    ),
    dead: {
      list: ({ cursor = "", limit = 100 }) => {
        const some = Math.min(Math.max(limit, 1), 500)
        return Effect.map(
          run<ReadonlyArray<Dead>>("listDead", some + 1, /^\d+$/.test(cursor) ? cursor : ""),
          (found) => ({
            items: found.slice(0, some).map(letterOf),
            next: found.length > some ? found[some - 1]![0] : null
          })
        )
      },
      redrive: (id) =>
        Effect.flatMap(
          run<number>("redrive", id),
          (found) => found === 1 ? Effect.void : Effect.fail(new DeadLetterNotFound({ id }))
        )
    }
  })
})

/** Fails when Redis cannot be used, and leaves no connection then. */
export const layer = (
  options: QueueOptions = {}
): Layer.Layer<JobQueue, RedisUnusable | QueueUnavailable, RedisConfig | Keyring> =>
  Layer.effect(JobQueue, make(options))
