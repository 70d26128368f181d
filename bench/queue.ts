/**
 * The job queue on Redis side by side with BullMQ: the same Redis, the same payload, turn about in the same run. Ours seals
 * every job and refuses duplicates; BullMQ does neither, except that once more it refuses duplicates as well.
 */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { done } from "@headend/core/Delivery"
import { Installation } from "@headend/core/Installation"
import type { Job } from "@headend/core/Job"
import { JobQueue } from "@headend/core/JobQueue"
import { layerRandomWith } from "@headend/core/Keyring"
import * as RedisServer from "@headend/integration/Redis"
import * as NodeCipher from "@headend/queue/NodeCipher"
import * as RedisConfig from "@headend/queue/redis/RedisConfig"
import * as RedisJobQueue from "@headend/queue/redis/RedisJobQueue"
import { Queue, Worker } from "bullmq"
import { Deferred, Effect, Layer, Redacted, type Scope } from "effect"
import { cpuUsage } from "node:process"
import { alternate, median, ms, quantile, rate, row, us as micros } from "./measure.ts"

const rounds = 5
const perRound = { 1: 3_000, 64: 6_000 } as const
const payloadBytes = 600
/** Adding is never the bottleneck where handling is measured: so many are added at once. */
const producers = 64

type Concurrency = keyof typeof perRound

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
interface Contender {
  readonly add: (n: number) => Effect.Effect<unknown, unknown>
  /** Handles jobs until the scope closes, and tells of each. */
  readonly work: (concurrency: number, onJob: () => void) => Effect.Effect<void, unknown, Scope.Scope>
  readonly empty: Effect.Effect<void, unknown>
}

const headend = Effect.gen(function*() {
  const queue = yield* JobQueue
  let life = 0
  return {
    add: (n) => queue.offer(jobs[n]!, { dedupeKey: `${life}/${n}` }),
    work: (concurrency, onJob) =>
      Effect.asVoid(Effect.forkScoped(queue.consume(() =>
        Effect.sync(() => {
          onJob()
          return done
        }), { concurrency }))),
    empty: Effect.sync(() => void life++)
  } satisfies Contender
})

const day = 24 * 60 * 60_000

const bullmq = Effect.fnUntraced(function*(port: number, dedupes: boolean) {
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
    empty: Effect.promise(() => {
      life++
      return queue.obliterate({ force: true })
    })
  } satisfies Contender
})

/** Counts what was handled, and says when all was. */
const counter = (count: number) =>
  Effect.map(Deferred.make<void>(), (over) => {
    let left = count
    return {
      onJob: () => {
        if (--left === 0) Deferred.doneUnsafe(over, Effect.void)
      },
      over: Deferred.await(over)
    }
  })

/** Milliseconds per job: adding them, so many at once, each awaited. */
const offer = (one: Contender, concurrency: Concurrency) =>
  Effect.scoped(Effect.gen(function*() {
    const count = perRound[concurrency]
    const took = yield* rate(one.add, count, concurrency)
    const { onJob, over } = yield* counter(count)
    yield* one.work(64, onJob)
    yield* over
    return took
  }))

/** Handling what is there, so many at once. */
const process = (one: Contender, concurrency: Concurrency) =>
  Effect.scoped(Effect.gen(function*() {
    const count = perRound[concurrency]
    yield* rate(one.add, count, producers)
    const { onJob, over } = yield* counter(count)
    const begin = performance.now()
    yield* one.work(concurrency, onJob)
    yield* over
    return (performance.now() - begin) / count
  }))

/** Handling them, so many at once, while they are added. */
const both = (one: Contender, concurrency: Concurrency) =>
  Effect.scoped(Effect.gen(function*() {
    const count = perRound[concurrency]
    const { onJob, over } = yield* counter(count)
    yield* one.work(concurrency, onJob)
    yield* Effect.sleep("50 millis")
    const begin = performance.now()
    yield* rate(one.add, count, producers)
    yield* over
    return (performance.now() - begin) / count
  }))

/** From the offer to the handler, with nothing else to do: each in milliseconds. */
const idle = (one: Contender) =>
  Effect.scoped(Effect.gen(function*() {
    const times: Array<number> = []
    let heard: (() => void) | undefined
    yield* one.work(1, () => heard?.())
    yield* Effect.sleep("200 millis")
    for (let n = 0; n < 300; n++) {
      const begin = performance.now()
      const told = Effect.callback<void>((resume) => {
        heard = () => {
          times.push(performance.now() - begin)
          resume(Effect.void)
        }
      })
      yield* Effect.all([told, one.add(n)], { concurrency: "unbounded", discard: true })
      yield* Effect.sleep("3 millis")
    }
    return times
  }))

/** Rounds of one contender, and the processor time that this process and Redis spent on them: a busy machine stretches it less. */
const measured = <E>(one: Contender, ofRedis: Effect.Effect<number, E>) => {
  const spent: Record<"client" | "redis", Array<number>> = { client: [], redis: [] }
  return {
    round: <E>(what: Effect.Effect<number, E>) =>
      Effect.gen(function*() {
        const redis = yield* ofRedis
        const before = cpuUsage()
        const took = yield* what
        const { system, user } = cpuUsage(before)
        spent.client.push((system + user) / 1000)
        spent.redis.push((yield* ofRedis) - redis)
        yield* one.empty
        return took
      }),
    /** Milliseconds per job. */
    cpu: (whose: keyof typeof spent, count: number) => median(spent[whose]) / count
  }
}

const perSecond = (millis: number) => `${(1 / millis).toFixed(1)} k/s`

export const queue = Effect.gen(function*() {
  const server = yield* RedisServer.make()
  const ours = RedisJobQueue.layer().pipe(
    Layer.provide(RedisConfig.layer({ url: Redacted.make(server.url) })),
    Layer.provide(Layer.provide(layerRandomWith, Layer.merge(NodeCrypto.layer, NodeCipher.layer))),
    Layer.provide(Layer.succeed(Installation, { instance: "bench" }))
  )
  const contenders = {
    headend: yield* Effect.provideContext(headend, yield* Layer.build(ours)),
    "BullMQ": yield* bullmq(server.port, false),
    "BullMQ, no duplicates": yield* bullmq(server.port, true)
  }
  type Name = keyof typeof contenders
  /** Milliseconds of its processor so far. */
  const ofRedis = Effect.map(
    RedisServer.raw(server.port, ["INFO", "cpu"]),
    (said) =>
      1000 *
      (["sys", "user"] as const).reduce(
        (sum, of) => sum + Number(new RegExp(`used_cpu_${of}:([\\d.]+)`).exec(said)?.[1]),
        0
      )
  )
  for (const [name, what] of [["add", offer], ["process", process], ["add + process", both]] as const) {
    for (const concurrency of [1, 64] as const) {
      const rivals: ReadonlyArray<Name> = name === "add + process" ? ["BullMQ", "BullMQ, no duplicates"] : ["BullMQ"]
      const of = (name: Name) => {
        const timing = measured(contenders[name], ofRedis)
        return { name, timing, round: timing.round(what(contenders[name], concurrency)) }
      }
      const [us, ...others] = (["headend", ...rivals] as const).map(of)
      for (const { round } of [us!, ...others]) yield* round
      const medians = yield* alternate(
        rounds,
        Object.fromEntries([us!, ...others].map(({ name, round }) => [name, round]))
      )
      const cpu = ({ timing }: typeof us & {}, whose: "client" | "redis") => timing.cpu(whose, perRound[concurrency])
      const both = (one: typeof us & {}) => cpu(one, "client") + cpu(one, "redis")
      for (const other of others) {
        row(
          `${name}, concurrency ${concurrency}`,
          `headend ${perSecond(medians["headend"]!)}`,
          `${other.name} ${perSecond(medians[other.name]!)}`,
          `× ${(medians[other.name]! / medians["headend"]!).toFixed(2)}${name === "add + process" ? " (target 3)" : ""}`
        )
        row(
          "  CPU of client, Redis, all its jobs",
          ...[us!, other].map((one) => `${micros(cpu(one, "client"))}, ${micros(cpu(one, "redis"))}`),
          `× ${(both(other) / both(us!)).toFixed(2)}`
        )
      }
    }
  }
  const latencies = { headend: yield* idle(contenders.headend), bullmq: yield* idle(contenders["BullMQ"]) }
  const words = (times: ReadonlyArray<number>) => `p50 ${ms(quantile(times, 0.5))}, p99 ${ms(quantile(times, 0.99))}`
  row("idle, add to handler", `headend ${words(latencies.headend)}`, `BullMQ ${words(latencies.bullmq)}`)
}).pipe(Effect.scoped)
