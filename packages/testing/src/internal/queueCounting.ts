// The queue's contract: a backlog that is true, and a bound that holds.
import { assert } from "@effect/vitest"
import { dead, done } from "@headend/core/Delivery"
import { JobQueue } from "@headend/core/JobQueue"
import { Deferred, Duration, Effect } from "effect"
import { failureTag } from "./contract.ts"
import { type Bench, consumer, stop } from "./queueBench.ts"

export const counting = ({ advance, test, until }: Bench) => {
  test(
    "an empty queue counts nothing",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      assert.deepStrictEqual(yield* queue.backlog, {
        undelivered: 0,
        inFlight: 0,
        delayed: 0,
        oldestAgeMs: null,
        dead: 0
      })
      assert.deepStrictEqual(yield* queue.dead.list({}), { items: [], next: null })
    })
  )

  test(
    "the backlog says how many wait, are being worked at, are delayed and are dead, also with nobody there to take them",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      for (let i = 0; i < 3; i++) yield* queue.offer(stop(`b${i}`))
      yield* queue.offer(stop("later"), { delay: "1 hour" })
      yield* advance(Duration.seconds(2))
      const before = yield* until(queue.backlog, ({ delayed }) => delayed === 1)
      assert.deepStrictEqual([before.undelivered, before.inFlight, before.dead], [3, 0, 0])
      assert.isAtLeast(before.oldestAgeMs ?? 0, 1_800)

      const go = yield* Deferred.make<void>()
      const { next } = yield* consumer(({ job }) =>
        Effect.as(Deferred.await(go), job.type === "stop_broadcast" && job.id === "b0" ? dead("no") : done)
      )
      yield* next
      const during = yield* until(queue.backlog, ({ inFlight }) => inFlight === 1)
      assert.deepStrictEqual([during.undelivered, during.delayed, during.dead], [2, 1, 0])
      yield* Deferred.succeed(go, undefined)
      const after = yield* until(queue.backlog, ({ inFlight, undelivered }) => inFlight + undelivered === 0)
      assert.deepStrictEqual([after.delayed, after.dead, after.oldestAgeMs], [1, 1, null])
    })
  )

  test(
    "no more wait than may, delayed ones included; what was refused was not added, and there is room again afterwards",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      yield* queue.offer(stop("a"))
      yield* queue.offer(stop("b"), { delay: "1 hour" })
      yield* queue.offer(stop("c"), { dedupeKey: "c" })
      const fourth = queue.offer(stop("d"), { dedupeKey: "d" })
      if (!queue.abilities.bounded) {
        yield* fourth
        return
      }
      assert.strictEqual(yield* failureTag(fourth), "QueueFull")
      // an offer that was taken before is no new one
      assert.isTrue((yield* queue.offer(stop("c"), { dedupeKey: "c" })).duplicate)
      const { next } = yield* consumer()
      yield* next
      yield* next
      yield* until(queue.backlog, ({ inFlight, undelivered }) => inFlight + undelivered === 0)
      assert.isFalse((yield* queue.offer(stop("d"), { dedupeKey: "d" })).duplicate)
      yield* next
    }),
    { maxBacklog: 3 }
  )
}
