// The queue's contract: envelopes of producers that are not headend, and texts that are none.
import { assert } from "@effect/vitest"
import { JobQueue } from "@headend/core/JobQueue"
import { Effect, Option } from "effect"
import { ForeignProducer } from "../JobQueueTest.ts"
import { about, type Bench, consumer, stop } from "./queueBench.ts"

const unreadable: ReadonlyArray<readonly [string, RegExp]> = [
  ["not JSON", /no JSON/],
  ["{\"v\":2,\"job\":{\"type\":\"stop_broadcast\",\"id\":\"a\"}}", /v:/],
  ["{\"v\":1,\"job\":{\"type\":\"launch_rocket\"}}", /job/],
  ["{\"v\":1,\"job\":{\"type\":\"stop_broadcast\",\"id\":\"../../etc\"}}", /job\.id/],
  ["{\"v\":1,\"sealed\":\"v1.00000000.AAAA.AAAA\"}", /no configured key/]
]

export const foreign = ({ moment, test, until }: Bench) => {
  test(
    "a plain envelope is a job like any other, under its key",
    Effect.gen(function*() {
      const producer = yield* Effect.serviceOption(ForeignProducer)
      if (Option.isNone(producer)) return
      const { next } = yield* consumer()
      yield* producer.value.offerText(JSON.stringify({ v: 1, key: "theirs", job: stop("a") }))
      const delivery = yield* next
      assert.deepStrictEqual([about(delivery), delivery.key, delivery.attempt], ["a", "theirs", 1])
    })
  )

  test(
    "what cannot be read is a dead letter at once, with the reason, and what comes after it is handed out",
    Effect.gen(function*() {
      const producer = yield* Effect.serviceOption(ForeignProducer)
      if (Option.isNone(producer)) return
      const queue = yield* JobQueue
      for (const [text] of unreadable) yield* producer.value.offerText(text)
      yield* queue.offer(stop("after"))
      const { next, waiting } = yield* consumer()
      assert.strictEqual(about(yield* next), "after")
      yield* until(queue.backlog, ({ dead }) => dead === unreadable.length)
      const { items } = yield* queue.dead.list({})
      assert.deepStrictEqual(new Set(items.map(({ type }) => type)), new Set(["unreadable"]))
      for (const [text, reason] of unreadable) {
        assert.isTrue(items.some((letter) => reason.test(letter.reason)), `${text}: ${items.map((one) => one.reason)}`)
      }
      yield* moment
      assert.strictEqual(yield* waiting, 0)
    })
  )
}
