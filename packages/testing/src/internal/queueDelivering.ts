// The queue's contract: who is handed what, when, and how often.
import { assert } from "@effect/vitest"
import { done } from "@headend/core/Delivery"
import { JobQueue } from "@headend/core/JobQueue"
import { Clock, Duration, Effect, Redacted } from "effect"
import { about, type Bench, consumer, start, stop } from "./queueBench.ts"

export const delivering = ({ advance, moment, test, until }: Bench) => {
  test(
    "a job is handed out as it was offered: once, as the first attempt, with its key and the time of its offer",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      const offered = yield* queue.offer(start("a"), { dedupeKey: "k1" })
      assert.isFalse(offered.duplicate)
      const { next, waiting } = yield* consumer()
      const delivery = yield* next
      assert.strictEqual(delivery.id, offered.id)
      assert.strictEqual(delivery.key, "k1")
      assert.strictEqual(delivery.attempt, 1)
      assert.isAtLeast(delivery.offeredAt, 0)
      assert.strictEqual(delivery.job.type, "start_broadcast")
      assert.deepStrictEqual(
        delivery.job.type === "start_broadcast" ? Redacted.value(delivery.job.spec) : null,
        { id: "a", source: { kind: "frontend_owned" } }
      )
      yield* moment
      assert.strictEqual(yield* waiting, 0)
      const without = yield* queue.offer(stop("a"))
      const other = yield* next
      assert.deepStrictEqual([other.id, other.key, other.job], [without.id, without.id, stop("a")])
      assert.isAtLeast(other.offeredAt, delivery.offeredAt)
    })
  )

  test(
    "jobs of one broadcast are handed out in the order of their offers",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      const ids: Array<string> = []
      for (let i = 0; i < 5; i++) ids.push((yield* queue.offer(i % 2 === 0 ? start("a") : stop("a"))).id)
      const { next } = yield* consumer()
      const handed: Array<string> = []
      for (let i = 0; i < 5; i++) handed.push((yield* next).id)
      assert.deepStrictEqual(handed, ids)
    })
  )

  test(
    "each offer has a time of its own, in the order of the offers, where the backend can tell; never an earlier one",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      // handed to the backend at once, and so within a millisecond
      const ids = yield* Effect.forEach(
        Array.from({ length: 64 }, (_, i) => i),
        (i) => Effect.map(queue.offer(i % 2 === 0 ? start("a") : stop("a")), ({ id }) => id),
        { concurrency: 64 }
      )
      const { next } = yield* consumer()
      const handed = yield* Effect.replicateEffect(next, ids.length)
      assert.sameMembers(handed.map(({ id }) => id), ids)
      const times = handed.map(({ offeredAt }) => offeredAt)
      assert.deepStrictEqual(times, times.toSorted((a, b) => a - b))
      if (queue.abilities.stamps) assert.strictEqual(new Set(times).size, times.length)
    })
  )

  test(
    "a second offer under a key adds nothing, where the backend can tell; it says so, also when the first is done",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      const first = yield* queue.offer(stop("a"), { dedupeKey: "same" })
      const second = yield* queue.offer(stop("a"), { dedupeKey: "same" })
      assert.strictEqual(second.duplicate, queue.abilities.dedupes)
      const { next, waiting } = yield* consumer()
      assert.strictEqual((yield* next).key, "same")
      if (!queue.abilities.dedupes) {
        assert.strictEqual((yield* next).key, "same")
        return
      }
      assert.strictEqual(second.id, first.id)
      yield* moment
      assert.isTrue((yield* queue.offer(stop("a"), { dedupeKey: "same" })).duplicate)
      yield* moment
      assert.strictEqual(yield* waiting, 0)
    })
  )

  test(
    "a delayed job is not handed out before its time, and the one that is due first comes first",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      const { next, times } = yield* consumer()
      // from now on it surely reads: it is not to find both of them due
      yield* queue.offer(stop("first"))
      yield* next
      const began = yield* Clock.currentTimeMillis
      yield* queue.offer(stop("late"), { delay: "4 seconds" })
      yield* queue.offer(stop("soon"), { delay: "2 seconds" })
      assert.strictEqual((yield* until(queue.backlog, ({ delayed }) => delayed === 2)).undelivered, 0)
      yield* advance(Duration.seconds(2))
      assert.strictEqual(about(yield* next), "soon")
      yield* advance(Duration.seconds(2))
      assert.strictEqual(about(yield* next), "late")
      const [, soon = 0, late = 0] = times
      assert.isAtLeast(soon - began, 1_990)
      assert.isAtLeast(late - began, 3_990)
    })
  )

  test(
    "consumers share the jobs: each job goes to one of them",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      const handed: Array<string> = []
      const take = (delivery: { readonly id: string }) =>
        Effect.sync(() => {
          handed.push(delivery.id)
          return done
        })
      yield* consumer(take, 2)
      yield* consumer(take, 2)
      const ids = yield* Effect.forEach(
        Array.from({ length: 40 }, (_, i) => `b${i}`),
        (id) => Effect.map(queue.offer(stop(id)), (offered) => offered.id)
      )
      yield* until(Effect.sync(() => handed.length), (count) => count >= ids.length)
      yield* moment
      assert.deepStrictEqual(handed.toSorted(), ids.toSorted())
    })
  )

  test(
    "no more are handed out at once than were asked for, and as many as were",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      let running = 0
      let most = 0
      let finished = 0
      yield* consumer(() =>
        Effect.gen(function*() {
          most = Math.max(most, ++running)
          yield* advance(Duration.millis(20))
          running--
          finished++
          return done
        }), 4)
      // of many broadcasts, so that a backend that keeps the order of one can work at several
      yield* Effect.forEach(Array.from({ length: 60 }, (_, i) => `b${i}`), (id) => queue.offer(stop(id)))
      yield* until(Effect.sync(() => finished), (count) => count === 60)
      assert.isAtMost(most, 4)
      assert.isAtLeast(most, 2)
    })
  )
}
