// The queue in Redis when Redis or a consumer fails: no job is lost that a durable Redis has, none hangs, and what is
// counted stays true.
import { assert, it } from "@effect/vitest"
import { done, QueueUnavailable } from "@headend/core/Delivery"
import type { Job } from "@headend/core/Job"
import { JobQueue } from "@headend/core/JobQueue"
import { spawnNode } from "@headend/integration/Processes"
import * as Redis from "@headend/integration/Redis"
import { requires } from "@headend/integration/Requires"
import { Effect, Fiber, Redacted, Schedule } from "effect"
import { queue as layer } from "./support/redis.ts"

const job = (id: string): Job => ({
  type: "start_broadcast",
  spec: Redacted.make({ id, source: { kind: "rtsp_camera", url: "rtsp://camera/", password: "correct horse" } })
})
const broadcastOf = (one: Job) => one.type === "start_broadcast" ? String(Redacted.value(one.spec)["id"]) : one.id

/** Consumes as an app does: again when the backend was lost. What it was handed, and how often. */
const consumer = Effect.fnUntraced(function*(handed: Map<string, number>, concurrency = 4) {
  const queue = yield* JobQueue
  return yield* queue.consume(
    (delivery) =>
      Effect.sync(() => {
        const id = broadcastOf(delivery.job)
        handed.set(id, (handed.get(id) ?? 0) + 1)
        return done
      }),
    { concurrency }
  ).pipe(
    Effect.retry(Schedule.spaced("50 millis")),
    Effect.forkScoped
  )
})

const until = <A, E, R>(look: Effect.Effect<A, E, R>, isSo: (seen: A) => boolean): Effect.Effect<A, E, R> =>
  Effect.filterOrElse(look, isSo, () => Effect.andThen(Effect.sleep("50 millis"), until(look, isSo)))

const refused = <A>(call: Effect.Effect<A, unknown>) =>
  Effect.flip(call).pipe(
    Effect.timeout("5 seconds"),
    Effect.map((error) => assert.instanceOf(error, QueueUnavailable))
  )

const empty = { undelivered: 0, inFlight: 0, delayed: 0, oldestAgeMs: null, dead: 0 }

requires("redis-server")("the job queue when Redis fails", () => {
  it.live(
    "frozen, killed and cut off under load: every offer that was taken is handed out",
    () =>
      Effect.gen(function*() {
        const server = yield* Redis.make({ durable: true })
        const proxy = yield* Redis.proxy(server.port)
        const near = { ...server, url: `redis://127.0.0.1:${proxy.port}` }
        yield* Effect.gen(function*() {
          const queue = yield* JobQueue
          const handed = new Map<string, number>()
          const taken: Array<string> = []
          yield* consumer(handed)
          let n = 0
          const producer = yield* Effect.forkScoped(Effect.forever(Effect.suspend(() => {
            const id = `b${++n}`
            return queue.offer(job(id), { dedupeKey: id }).pipe(
              Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => Effect.die(new Error("an offer hangs")) }),
              Effect.map(() => void taken.push(id)),
              Effect.catch(() => Effect.sleep("20 millis"))
            )
          })))
          const faults = [
            [server.freeze, server.thaw],
            [server.kill, server.start],
            [proxy.cut, proxy.mend],
            [proxy.deafen, proxy.mend]
          ] as const
          for (const [fault, mend] of faults) {
            yield* until(Effect.sync(() => handed.size), (size) => size > 20)
            yield* fault
            yield* refused(queue.backlog)
            yield* Effect.sleep("2500 millis")
            yield* mend
            const before = handed.size
            yield* until(Effect.sync(() => handed.size), (size) => size > before)
          }
          assert.isUndefined(producer.pollUnsafe())
          yield* Fiber.interrupt(producer)
          yield* until(Effect.sync(() => taken.filter((id) => !handed.has(id)).length), (lost) => lost === 0)
          assert.deepStrictEqual(taken.filter((id) => !handed.has(id)), [])
          assert.deepStrictEqual(
            yield* until(queue.backlog, ({ inFlight, undelivered }) => inFlight + undelivered === 0),
            empty
          )
        }).pipe(Effect.scoped, Effect.provide(layer(near, { visibility: "2 seconds" })))
      }),
    180_000
  )

  it.live("emptied: consumers find the group again, and go on", () =>
    Effect.gen(function*() {
      const server = yield* Redis.make({ durable: true })
      yield* Effect.gen(function*() {
        const queue = yield* JobQueue
        const handed = new Map<string, number>()
        yield* consumer(handed)
        yield* queue.offer(job("before"))
        yield* until(Effect.sync(() => handed.size), (size) => size === 1)
        yield* Redis.raw(server.port, ["FLUSHALL"])
        const [first] = yield* Effect.all([queue.offer(job("after")), queue.offer(job("later"))])
        assert.isFalse(first.duplicate)
        yield* until(Effect.sync(() => handed.size), (size) => size === 3)
        assert.deepStrictEqual(
          yield* until(queue.backlog, ({ inFlight, undelivered }) => inFlight + undelivered === 0),
          empty
        )
      }).pipe(Effect.scoped, Effect.provide(layer(server, {})))
    }))

  it.live(
    "a worker that is killed with a job in its hands: another gets the job, as the next attempt",
    () =>
      Effect.gen(function*() {
        const server = yield* Redis.make({ durable: true })
        const instance = "killed"
        yield* Effect.gen(function*() {
          const queue = yield* JobQueue
          yield* queue.offer(job("a"))
          const worker = yield* spawnNode("packages/queue/test/support/hangingConsumer.ts", {
            env: { REDIS_URL: server.url, INSTANCE: instance }
          })
          yield* worker.awaitLine(/has a/)
          assert.strictEqual((yield* queue.backlog).inFlight, 1)
          yield* worker.kill
          const attempts: Array<number> = []
          yield* Effect.forkScoped(queue.consume(
            ({ attempt }) =>
              Effect.sync(() => {
                attempts.push(attempt)
                return done
              }),
            { concurrency: 1 }
          ))
          yield* until(Effect.sync(() => attempts.length), (count) => count > 0)
          assert.deepStrictEqual(attempts, [2])
        }).pipe(Effect.scoped, Effect.provide(layer(server, { visibility: "1 second" }, { instance })))
      }),
    120_000
  )

  it.live("the lag that Redis reports to others is ours; jobs are sealed; a consumer that ends leaves no name behind", () =>
    Effect.gen(function*() {
      const server = yield* Redis.make({ durable: true })
      const instance = "told"
      yield* Effect.gen(function*() {
        const queue = yield* JobQueue
        const fiber = yield* consumer(new Map())
        for (let i = 0; i < 20; i++) yield* queue.offer(job(`b${i}`))
        yield* until(queue.backlog, ({ inFlight, undelivered }) => inFlight + undelivered === 0)
        const groups = Redis.raw(server.port, ["XINFO", "GROUPS", `hd:{${instance}}:jobs`])
        assert.match(yield* groups, /consumers\r\n:1\r\n/)
        yield* Fiber.interrupt(fiber)
        for (let i = 0; i < 7; i++) yield* queue.offer(job(`c${i}`))
        const said = yield* groups
        assert.match(said, /lag\r\n:7\r\n/)
        assert.match(said, /consumers\r\n:0\r\n/)
        assert.strictEqual((yield* queue.backlog).undelivered, 7)
        const stored = yield* Redis.raw(server.port, ["XRANGE", `hd:{${instance}}:jobs`, "-", "+"])
        const first = stored.split(/\r\nh\r\n\$\d+\r\n\S+ \S+ 0\n/).slice(1).map((envelope) => envelope.charCodeAt(0))
        assert.deepStrictEqual(first, [1, 1, 1, 1, 1, 1, 1]) // sealed bytes, and no text
        assert.notInclude(stored, "horse")
        assert.notInclude(stored, "camera")
      }).pipe(Effect.scoped, Effect.provide(layer(server, {}, { instance })))
    }))

  it.live("what was read ahead of a handler that turns out slow goes to somebody who has time", () =>
    Effect.gen(function*() {
      const server = yield* Redis.make({ durable: true })
      yield* Effect.gen(function*() {
        const queue = yield* JobQueue
        const quick = new Set<string>()
        let isSlow = false
        let isBusy = false
        const slowly = Effect.suspend(() => {
          isBusy = isSlow
          return isSlow ? Effect.never : Effect.succeed(done)
        })
        yield* Effect.forkScoped(queue.consume(() => slowly, { concurrency: 1 }))
        // quick at first, so that it reads ahead
        for (let i = 0; i < 200; i++) yield* queue.offer(job(`a${i}`))
        yield* until(queue.backlog, ({ inFlight, undelivered }) => inFlight + undelivered === 0)
        isSlow = true
        for (let i = 0; i < 20; i++) yield* queue.offer(job(`b${i}`))
        yield* until(Effect.sync(() => isBusy), (is) => is)
        yield* Effect.forkScoped(queue.consume(
          (delivery) =>
            Effect.sync(() => {
              assert.strictEqual(delivery.attempt, 1)
              quick.add(broadcastOf(delivery.job))
              return done
            }),
          { concurrency: 1 }
        ))
        yield* until(Effect.sync(() => quick.size), (size) => size === 19)
        yield* until(queue.backlog, ({ inFlight, undelivered }) => inFlight === 1 && undelivered === 0)
        assert.strictEqual(quick.size, 19)
      }).pipe(Effect.scoped, Effect.provide(layer(server, {})))
    }))
})
