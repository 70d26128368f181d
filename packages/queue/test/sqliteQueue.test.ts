import { assert, describe, it } from "@effect/vitest"
import { dead, done, type QueueOptions, retry } from "@headend/core/Delivery"
import type { Job } from "@headend/core/Job"
import { JobQueue } from "@headend/core/JobQueue"
import * as Keyring from "@headend/core/Keyring"
import { ForeignProducer, suite, virtual } from "@headend/testing/JobQueueTest"
import { Duration, Effect, Fiber, Layer, Queue, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as SqliteFile from "../src/sqlite/SqliteFile.ts"
import * as SqliteJobQueue from "../src/sqlite/SqliteJobQueue.ts"
import { folder, fresh, key, killed } from "./support/sqlite.ts"

const queue = (path: string, options: QueueOptions = {}, fill = 1) =>
  SqliteJobQueue.layer(options).pipe(
    Layer.provideMerge(SqliteFile.layer(path)),
    Layer.provide(Keyring.layer([key(fill)]))
  )

/** Text where a job would be, as if somebody had written it there. */
const producer = Layer.effect(
  ForeignProducer,
  Effect.map(SqliteFile.SqliteFile, (file) => ({
    offerText: (text: string) =>
      Effect.sync(() =>
        file.run(
          "INSERT INTO jobs (envelope, type, offered_at, attempts, ready_at) VALUES (?, 'unreadable', 0, 0, 0)",
          text
        )
      )
  }))
)

suite(
  "the job queue in SQLite",
  (options) => fresh((path) => Layer.provideMerge(producer, queue(path, options))),
  virtual(Duration.seconds(60))
)

const stop = (id: string): Job => ({ type: "stop_broadcast", id })

const use = <A, E, R>(path: string, body: Effect.Effect<A, E, R>, options: QueueOptions = {}, fill = 1) =>
  Effect.provide(body, queue(path, options, fill), { local: true })

/** So many jobs, each done with as it says; their ids, keys and attempts in the order in which they came. */
const taking = Effect.fnUntraced(function*(count: number) {
  const jobs = yield* JobQueue
  const heard = yield* Queue.unbounded<ReadonlyArray<unknown>>()
  const fiber = yield* Effect.forkChild(
    jobs.consume(({ attempt, job, key }) =>
      Effect.as(
        Queue.offer(heard, [job.type === "stop_broadcast" ? job.id : "", key, attempt]),
        done
      ), { concurrency: 1 })
  )
  const seen = yield* Effect.forEach(Array.from({ length: count }), () => Queue.take(heard))
  yield* Fiber.interrupt(fiber)
  return seen
})

describe("an SQLite file of jobs", () => {
  it.effect("has everything again after its process was killed: what waits, is delayed, dead or was seen", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "headend.db")
      const copy = yield* use(
        path,
        Effect.gen(function*() {
          const jobs = yield* JobQueue
          yield* jobs.offer(stop("bad"))
          yield* Effect.forkScoped(jobs.consume(({ job }) =>
            job.type === "stop_broadcast" && job.id === "bad"
              ? Effect.succeed(dead("no good"))
              : Effect.never, { concurrency: 1 }))
          yield* jobs.offer(stop("in-hand"), { dedupeKey: "h" })
          while ((yield* jobs.backlog).dead + (yield* jobs.backlog).inFlight < 2) yield* Effect.yieldNow
          yield* jobs.offer(stop("waiting"), { dedupeKey: "w" })
          yield* jobs.offer(stop("later"), { delay: "1 hour" })
          return yield* killed(path)
        }).pipe(Effect.scoped)
      )
      yield* use(
        copy,
        Effect.gen(function*() {
          const jobs = yield* JobQueue
          const { oldestAgeMs: _age, ...backlog } = yield* jobs.backlog
          assert.deepStrictEqual(backlog, { undelivered: 2, inFlight: 0, delayed: 1, dead: 1 })
          assert.isTrue((yield* jobs.offer(stop("waiting"), { dedupeKey: "w" })).duplicate)
          // whoever had it has died, which is an attempt
          assert.deepStrictEqual(yield* taking(2), [["in-hand", "h", 2], ["waiting", "w", 1]])
          const [letter] = (yield* jobs.dead.list({})).items
          assert.deepStrictEqual([letter?.broadcast, letter?.reason], ["bad", "no good"])
          yield* jobs.dead.redrive(letter!.id)
          yield* TestClock.adjust("1 hour")
          const rest = yield* taking(2)
          assert.deepStrictEqual(rest.map(([id]) => id), ["bad", "later"])
        })
      )
    }))

  it.effect("ends with a job that kills its process each time", () =>
    Effect.gen(function*() {
      let path = join(yield* folder, "headend.db")
      yield* use(path, Effect.flatMap(JobQueue, (jobs) => jobs.offer(stop("poison"))))
      const die = Effect.gen(function*() {
        const jobs = yield* JobQueue
        yield* Effect.forkScoped(jobs.consume(() => Effect.never, { concurrency: 1 }))
        while ((yield* jobs.backlog).inFlight < 1) yield* Effect.yieldNow
        return yield* killed(path)
      }).pipe(Effect.scoped)
      for (let i = 0; i < 3; i++) path = yield* use(path, die, { maxAttempts: 3 })
      const [letter] = yield* use(
        path,
        Effect.flatMap(JobQueue, (jobs) => Effect.map(jobs.dead.list({}), ({ items }) => items)),
        { maxAttempts: 3 }
      )
      assert.deepStrictEqual([letter?.broadcast, letter?.attempts], ["poison", 3])
    }))

  it.effect("holds no job in clear; without the key jobs are dead letters, and with it again they can be redriven", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "headend.db")
      const spec = {
        id: "cam",
        source: { kind: "rtsp_camera", camera: { url: "rtsp://x/", password: "correct horse" } }
      }
      const copy = yield* use(
        path,
        Effect.gen(function*() {
          const jobs = yield* JobQueue
          yield* jobs.offer({ type: "start_broadcast", spec: Redacted.make(spec) })
          return yield* killed(path)
        })
      )
      for (const end of ["", "-wal"]) assert.notInclude(readFileSync(copy + end, "latin1"), "horse")
      const take = Effect.gen(function*() {
        const jobs = yield* JobQueue
        const given: Array<unknown> = []
        yield* Effect.forkScoped(jobs.consume(({ job }) => {
          if (job.type === "start_broadcast") given.push(Redacted.value(job.spec))
          return Effect.succeed(done)
        }, { concurrency: 1 }))
        while ((yield* jobs.backlog).undelivered + (yield* jobs.backlog).inFlight > 0) yield* Effect.yieldNow
        return given
      }).pipe(Effect.scoped)
      assert.deepStrictEqual(yield* use(copy, take, {}, 2), [])
      const again = Effect.gen(function*() {
        const jobs = yield* JobQueue
        const [letter] = (yield* jobs.dead.list({})).items
        assert.deepStrictEqual([letter?.type, letter?.attempts], ["unreadable", 1])
        assert.match(letter!.reason, /no configured key opens/)
        yield* jobs.dead.redrive(letter!.id)
        return yield* take
      })
      assert.deepStrictEqual(yield* use(copy, again), [spec])
    }))

  it.effect("that cannot be written fails the offer and the consumer, and both go on when it can be again", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "headend.db")
      let isFull = false
      const failing = Layer.effect(
        SqliteFile.SqliteFile,
        Effect.map(SqliteFile.SqliteFile, (real) => ({
          ...real,
          transaction: <A>(steps: () => A) => {
            if (isFull) throw new Error("database or disk is full")
            return real.transaction(steps)
          }
        }))
      ).pipe(Layer.provide(SqliteFile.layer(path)))
      yield* Effect.gen(function*() {
        const jobs = yield* JobQueue
        yield* jobs.offer(stop("a"))
        isFull = true
        const error = yield* Effect.flip(jobs.offer(stop("b"), { dedupeKey: "b" }))
        assert.match(error.message, /headend\.db: database or disk is full/)
        const lost = yield* Effect.flip(jobs.consume(() => Effect.succeed(retry("1 second", "")), { concurrency: 2 }))
        assert.strictEqual(lost._tag, "QueueUnavailable")
        isFull = false
        assert.isFalse((yield* jobs.offer(stop("b"), { dedupeKey: "b" })).duplicate)
        assert.deepStrictEqual((yield* taking(2)).map(([id]) => id), ["a", "b"])
      }).pipe(
        Effect.provide(SqliteJobQueue.layer().pipe(Layer.provide(failing), Layer.provide(Keyring.layer([key(1)]))))
      )
    }))
})
