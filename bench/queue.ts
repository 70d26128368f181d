/**
 * The job queue on Redis side by side with BullMQ: the same Redis, the same payload, turn about in the same run; in one
 * process, and with those who add and those who handle in one process each, as an HTTP app and a worker are.
 */
import * as RedisServer from "@headend/integration/Redis"
import { Deferred, Effect } from "effect"
import { randomBytes } from "node:crypto"
import { cpuUsage } from "node:process"
import { alternate, median, ms, quantile, rate, row, us as micros } from "./measure.ts"
import { bullmq, type Concurrency, type Contender, headend, perRound } from "./queueContenders.ts"
import * as Elsewhere from "./queueElsewhere.ts"

const rounds = 5
/** Adding is never the bottleneck where handling is measured: so many are added at once. */
const producers = 64

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

/** The same, handled by another process. */
const apart = (one: Contender, handler: Elsewhere.Handler, concurrency: Concurrency) =>
  Effect.gen(function*() {
    const count = perRound[concurrency]
    const begin = performance.now()
    yield* Effect.all([handler.over, rate(one.add, count, producers)], { concurrency: "unbounded", discard: true })
    yield* one.again
    return (performance.now() - begin) / count
  })

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
        yield* one.again
        return took
      }),
    /** Milliseconds per job. */
    cpu: (whose: keyof typeof spent, count: number) => median(spent[whose]) / count
  }
}

const perSecond = (millis: number) => `${(1 / millis).toFixed(1)} k/s`

export const queue = Effect.gen(function*() {
  const server = yield* RedisServer.make()
  const key = randomBytes(32).toString("base64")
  const contenders = {
    headend: yield* headend(server.port, key),
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
  for (const concurrency of [1, 64] as const) {
    yield* Effect.scoped(Effect.gen(function*() {
      const task = { port: server.port, key, concurrency, count: perRound[concurrency] }
      const handlers = {
        headend: yield* Elsewhere.handler("headend", task),
        "BullMQ": yield* Elsewhere.handler("BullMQ", task)
      }
      const round = (name: Elsewhere.Name) => apart(contenders[name], handlers[name], concurrency)
      yield* round("headend")
      yield* round("BullMQ")
      const medians = yield* alternate(rounds, { headend: round("headend"), "BullMQ": round("BullMQ") })
      row(
        `add here, handle elsewhere, ${concurrency}`,
        `headend ${perSecond(medians.headend)}`,
        `BullMQ ${perSecond(medians["BullMQ"])}`,
        `× ${(medians["BullMQ"] / medians.headend).toFixed(2)} (target 3)`
      )
    }))
  }
  const latencies = { headend: yield* idle(contenders.headend), bullmq: yield* idle(contenders["BullMQ"]) }
  const words = (times: ReadonlyArray<number>) => `p50 ${ms(quantile(times, 0.5))}, p99 ${ms(quantile(times, 0.99))}`
  row("idle, add to handler", `headend ${words(latencies.headend)}`, `BullMQ ${words(latencies.bullmq)}`)
}).pipe(Effect.scoped)
