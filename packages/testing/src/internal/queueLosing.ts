// The queue's contract: at least once, whatever becomes of a consumer.
import { assert } from "@effect/vitest"
import { done } from "@headend/core/Delivery"
import { JobQueue } from "@headend/core/JobQueue"
import { Deferred, Duration, Effect } from "effect"
import { failureTag } from "./contract.ts"
import { about, type Bench, consumer, stop } from "./queueBench.ts"

export const losing = ({ advance, moment, test, until, visibility }: Bench) => {
  test(
    "a job whose consumer is interrupted is given back at once, which is no attempt",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      yield* queue.offer(stop("a"))
      const first = yield* consumer(() => Effect.never)
      const before = yield* first.next
      yield* first.interrupt
      const second = yield* consumer()
      const again = yield* second.next
      assert.deepStrictEqual([again.attempt, again.key, again.offeredAt], [1, before.key, before.offeredAt])
      yield* until(queue.backlog, ({ inFlight, undelivered }) => inFlight + undelivered === 0)
      yield* advance(Duration.sum(visibility, Duration.millis(100)))
      yield* moment
      assert.strictEqual(yield* second.waiting, 0)
    })
  )

  test(
    "an interrupted consumer leaves the jobs that it has not begun to others",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      for (let i = 0; i < 10; i++) yield* queue.offer(stop(`b${i}`))
      const first = yield* consumer(() => Effect.never, 2)
      yield* first.next
      yield* first.interrupt
      const second = yield* consumer()
      const handed = new Set<unknown>()
      for (let i = 0; i < 10; i++) handed.add(about(yield* second.next))
      assert.strictEqual(handed.size, 10)
    })
  )

  test(
    "a consumer that hangs loses its job to another after the visibility timeout, where the backend has one",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      if (!queue.abilities.expires) return
      const over = yield* Deferred.make<void>()
      yield* queue.offer(stop("a"))
      const first = yield* consumer(() => Effect.as(Deferred.await(over), done))
      const held = yield* first.next
      assert.strictEqual(held.attempt, 1)
      const second = yield* consumer()
      yield* advance(Duration.times(visibility, 0.5))
      yield* advance(Duration.times(visibility, 1.2))
      const again = yield* second.next
      assert.isAtLeast(second.times[0]! - first.times[0]!, Duration.toMillis(visibility) * 0.95)
      assert.deepStrictEqual([about(again), again.attempt, again.key], ["a", 2, held.key])
      assert.strictEqual(yield* failureTag(held.extend), "DeliveryLost")
      // what the first says of it by now does not matter
      yield* Deferred.succeed(over, undefined)
      yield* moment
      const after = yield* until(queue.backlog, ({ inFlight, undelivered }) => inFlight + undelivered === 0)
      assert.deepStrictEqual([after.dead, after.delayed], [0, 0])
    })
  )

  test(
    "extending keeps a job for another visibility timeout",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      if (!queue.abilities.expires) return
      yield* queue.offer(stop("a"))
      const first = yield* consumer(({ extend }) =>
        Effect.gen(function*() {
          for (let i = 0; i < 8; i++) {
            yield* advance(Duration.times(visibility, 0.2))
            yield* Effect.orDie(extend)
          }
          return done
        })
      )
      const second = yield* consumer()
      yield* Effect.raceFirst(first.next, second.next)
      const after = yield* until(queue.backlog, ({ inFlight, undelivered }) => inFlight + undelivered === 0)
      assert.strictEqual(after.dead, 0)
      assert.strictEqual((yield* first.waiting) + (yield* second.waiting), 0)
    })
  )

  test(
    "a job that hangs whoever takes it is a dead letter in the end",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      if (!queue.abilities.expires) return
      yield* queue.offer(stop("poison"))
      const { next } = yield* consumer(() => Effect.never, 3)
      yield* next
      for (let i = 0; i < 40; i++) {
        yield* advance(Duration.times(visibility, 0.6))
        if ((yield* queue.backlog).dead === 1) break
      }
      const { items } = yield* queue.dead.list({})
      assert.deepStrictEqual(items.map(({ attempts, broadcast }) => [broadcast, attempts]), [["poison", 2]])
      assert.isNotEmpty(items[0]?.reason)
    }),
    { maxAttempts: 2 }
  )
}
