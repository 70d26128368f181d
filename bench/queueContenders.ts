/**
 * The two queues that are compared, on one Redis and with the same jobs. Ours seals every job and refuses duplicates; BullMQ
 * does neither, except that it refuses duplicates as well where that is asked for.
 */
import * as KeyringCrypto from "@headend/app/KeyringCrypto"
import { done } from "@headend/core/Delivery"
import { Installation } from "@headend/core/Installation"
import type { Job } from "@headend/core/Job"
import { JobQueue } from "@headend/core/JobQueue"
import { layerWith } from "@headend/core/Keyring"
import * as RedisConfig from "@headend/queue/redis/RedisConfig"
import * as RedisJobQueue from "@headend/queue/redis/RedisJobQueue"
import { Queue, Worker } from "bullmq"
import { Effect, Layer, Redacted, type Scope } from "effect"

export const perRound = { 1: 3_000, 64: 30_000 } as const
const payloadBytes = 600
export type Concurrency = keyof typeof perRound

/** A start whose JSON is of the size that is asked for. */
const spec = (id: string) => {
  const bare = { id, source: { kind: "rtsp_camera", url: "rtsp://camera.example/stream", camera: "" } }
  const padding = "x".repeat(payloadBytes - JSON.stringify({ type: "start_broadcast", spec: bare }).length)
  return { ...bare, source: { ...bare.source, camera: padding } }
}

/** Made beforehand: what is measured is the queue. */
const data = Array.from({ length: Math.max(...Object.values(perRound)) }, (_, n) => ({
  type: "start_broadcast" as const,
  spec: spec(`b${n}`)
}))
const jobs = data.map(({ spec, type }): Job => ({ type, spec: Redacted.make(spec) }))

/** One of them, as the benchmark needs it. */
export interface Contender {
  readonly add: (n: number) => Effect.Effect<unknown, unknown>
  /** Handles jobs until the scope closes, and tells of each. */
  readonly work: (concurrency: number, onJob: () => void) => Effect.Effect<void, unknown, Scope.Scope>
  readonly empty: Effect.Effect<void, unknown>
  /** The same jobs may be added again. */
  readonly again: Effect.Effect<void>
}

/** Ours on the Redis at this port, with a key of 32 bytes in base64. */
export const headend = Effect.fnUntraced(function*(port: number, key: string) {
  const layer = RedisJobQueue.layer().pipe(
    Layer.provide(RedisConfig.layer({ url: Redacted.make(`redis://127.0.0.1:${port}`) })),
    Layer.provide(Layer.provide(layerWith([Redacted.make(key)]), KeyringCrypto.layer)),
    Layer.provide(Layer.succeed(Installation, { instance: "bench" }))
  )
  const queue = yield* Effect.provideContext(JobQueue, yield* Layer.build(layer))
  let life = 0
  return {
    add: (n) => queue.offer(jobs[n]!, { dedupeKey: `${life}/${n}` }),
    work: (concurrency, onJob) =>
      Effect.asVoid(Effect.forkScoped(queue.consume(() =>
        Effect.sync(() => {
          onJob()
          return done
        }), { concurrency }))),
    empty: Effect.void,
    again: Effect.sync(() => void life++)
  } satisfies Contender
})

const day = 24 * 60 * 60_000

export const bullmq = Effect.fnUntraced(function*(port: number, dedupes: boolean) {
  const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null }
  const name = dedupes ? "bench-once" : "bench"
  const queue = yield* Effect.acquireRelease(
    Effect.sync(() => new Queue(name, { connection })),
    (queue) => Effect.promise(() => queue.close())
  )
  let life = 0
  return {
    add: (n) =>
      Effect.promise(() =>
        queue.add("start", data[n], {
          removeOnComplete: true,
          ...(dedupes ? { deduplication: { id: `${life}/${n}`, ttl: day } } : {})
        })
      ),
    work: (concurrency, onJob) =>
      Effect.acquireRelease(
        Effect.suspend(() => {
          const worker = new Worker(name, () => Promise.resolve(onJob()), { connection, concurrency })
          return Effect.as(Effect.promise(() => worker.waitUntilReady()), worker)
        }),
        (worker) => Effect.promise(() => worker.close(true))
      ),
    empty: Effect.promise(() => queue.obliterate({ force: true })),
    again: Effect.sync(() => void life++)
  } satisfies Contender
})
