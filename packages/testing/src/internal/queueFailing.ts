// The queue's contract: retries, dead letters, and their way back.
import { assert } from "@effect/vitest"
import { dead, done, type Outcome, retry, wait } from "@headend/core/Delivery"
import { JobQueue } from "@headend/core/JobQueue"
import { Duration, Effect } from "effect"
import { failureTag } from "./contract.ts"
import { about, type Bench, consumer, start, stop } from "./queueBench.ts"

export const failing = ({ advance, moment, test, until }: Bench) => {
  test(
    "a retry is handed out after its delay as the next attempt, with the key and the offer time of the first",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      yield* queue.offer(stop("a"), { dedupeKey: "k" })
      const { next, times } = yield* consumer(({ attempt }) =>
        Effect.succeed(attempt < 3 ? retry("1 second", "not yet") : done)
      )
      const first = yield* next
      yield* moment
      yield* advance(Duration.seconds(1))
      const second = yield* next
      yield* moment
      yield* advance(Duration.seconds(1))
      const third = yield* next
      const all = [first, second, third]
      assert.deepStrictEqual(all.map(({ attempt }) => attempt), [1, 2, 3])
      assert.deepStrictEqual(all.map(({ key }) => key), ["k", "k", "k"])
      assert.deepStrictEqual(all.map(({ offeredAt }) => offeredAt), Array(3).fill(first.offeredAt))
      for (const [n, at] of times.slice(1).entries()) assert.isAtLeast(at - times[n]!, 990)
      yield* until(queue.backlog, ({ delayed, inFlight, undelivered }) => delayed + inFlight + undelivered === 0)
    })
  )

  test(
    "a job that was tried as often as allowed is a dead letter, with the last reason",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      const { id } = yield* queue.offer(start("a"))
      const { next } = yield* consumer(({ attempt }) => Effect.succeed(retry("100 millis", `failed at ${attempt}`)))
      for (let attempt = 1; attempt <= 3; attempt++) {
        assert.strictEqual((yield* next).attempt, attempt)
        yield* moment
        yield* advance(Duration.millis(100))
      }
      yield* until(queue.backlog, (backlog) => backlog.dead === 1)
      const { items, next: more } = yield* queue.dead.list({})
      assert.strictEqual(more, null)
      const [letter] = items
      assert.deepStrictEqual(
        [letter?.type, letter?.broadcast, letter?.reason, letter?.attempts],
        ["start_broadcast", "a", "failed at 3", 3]
      )
      assert.isNotEmpty(id)
    }),
    { maxAttempts: 3 }
  )

  test(
    "waiting for a server counts as no attempt, however often",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      let left = 5
      yield* queue.offer(stop("a"))
      const { next } = yield* consumer(() => Effect.sync((): Outcome => left-- > 0 ? wait("100 millis", "away") : done))
      for (let i = 0; i < 6; i++) {
        assert.strictEqual((yield* next).attempt, 1)
        yield* moment
        yield* advance(Duration.millis(100))
      }
      const after = yield* until(
        queue.backlog,
        ({ delayed, inFlight, undelivered }) => delayed + inFlight + undelivered === 0
      )
      assert.strictEqual(after.dead, 0)
    }),
    { maxAttempts: 2 }
  )

  test(
    "a job that cannot be done is a dead letter at once; redriven it comes again, as the first attempt of the same offer",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      let isMended = false
      yield* queue.offer(start("a"), { dedupeKey: "k" })
      const { next } = yield* consumer(() => Effect.sync((): Outcome => isMended ? done : dead("no such camera")))
      const before = yield* next
      yield* until(queue.backlog, (backlog) => backlog.dead === 1)
      const { items } = yield* queue.dead.list({})
      const letter = items[0]!
      assert.deepStrictEqual(
        [letter.type, letter.broadcast, letter.reason, letter.attempts, letter.offeredAt],
        ["start_broadcast", "a", "no such camera", 1, before.offeredAt]
      )
      assert.isAtLeast(letter.failedAt, letter.offeredAt)
      isMended = true
      yield* advance(Duration.millis(20))
      yield* queue.dead.redrive(letter.id)
      const again = yield* next
      assert.deepStrictEqual(
        [about(again), again.attempt, again.key, again.offeredAt],
        ["a", 1, "k", before.offeredAt]
      )
      const after = yield* until(queue.backlog, ({ inFlight, undelivered }) => inFlight + undelivered === 0)
      assert.strictEqual(after.dead, 0)
      assert.strictEqual(yield* failureTag(queue.dead.redrive(letter.id)), "DeadLetterNotFound")
      assert.strictEqual(yield* failureTag(queue.dead.redrive("nonsense")), "DeadLetterNotFound")
    })
  )

  test(
    "dead letters are listed the newest first, page by page",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      yield* consumer(() => Effect.succeed(dead("no")))
      for (let i = 0; i < 5; i++) {
        yield* queue.offer(stop(`b${i}`))
        yield* until(queue.backlog, (backlog) => backlog.dead === i + 1)
        yield* advance(Duration.millis(5))
      }
      const first = yield* queue.dead.list({ limit: 2 })
      const second = yield* queue.dead.list({ limit: 2, cursor: first.next! })
      const third = yield* queue.dead.list({ limit: 2, cursor: second.next! })
      const all = [...first.items, ...second.items, ...third.items]
      assert.deepStrictEqual(all.map(({ broadcast }) => broadcast), ["b4", "b3", "b2", "b1", "b0"])
      assert.strictEqual(third.next, null)
      assert.strictEqual(new Set(all.map(({ id }) => id)).size, 5)
    })
  )

  test(
    "a handler that dies is a counted attempt, and its consumer goes on",
    Effect.gen(function*() {
      const queue = yield* JobQueue
      const { next } = yield* consumer((delivery) =>
        about(delivery) === "a" && delivery.attempt === 1
          ? Effect.die(new Error("a mistake of ours"))
          : Effect.succeed(done)
      )
      yield* queue.offer(stop("a"))
      assert.strictEqual((yield* next).attempt, 1)
      yield* queue.offer(stop("b"))
      assert.strictEqual(about(yield* next), "b")
      yield* moment
      yield* advance(Duration.seconds(1))
      const again = yield* next
      assert.deepStrictEqual([about(again), again.attempt], ["a", 2])
    })
  )
}
