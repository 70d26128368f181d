// The queue on a Kafka that is played: what would take a real one too long, or cannot be made to happen there.
import { assert, describe, it } from "@effect/vitest"
import { type Delivery, done, QueueUnavailable, retry } from "@headend/core/Delivery"
import { JobQueue } from "@headend/core/JobQueue"
import * as Keyring from "@headend/core/Keyring"
import * as KafkaJobQueue from "@headend/queue/kafka/KafkaJobQueue"
import { KafkaPort, type KafkaRecord, type Member, type Outgoing } from "@headend/queue/kafka/KafkaPort"
import { Clock, Context, Effect, Layer, Queue } from "effect"
import { TestClock } from "effect/testing"

const retries = "headend.default.jobs.retry"
const jobs = "headend.default.jobs"

/** One member, whose records a test puts in, and what it has sent, committed and paused. */
class Played extends Context.Service<Played, {
  readonly sent: Array<Outgoing>
  readonly committed: Array<string>
  readonly calls: Array<string>
  readonly joined: Queue.Queue<Member>
  /** The next sends fail, so many. */
  failures: number
}>()("@headend/queue/test/Played") {}

const played = Layer.effectContext(Effect.gen(function*() {
  const state = Played.of({
    sent: [],
    committed: [],
    calls: [],
    joined: yield* Queue.unbounded<Member>(),
    failures: 0
  })
  const port = KafkaPort.of({
    topics: Effect.succeed(new Set([jobs, retries, "headend.default.jobs.dead"])),
    send: (records) =>
      Effect.suspend(() => {
        if (state.failures-- > 0) return Effect.fail(new QueueUnavailable({ reason: "no answer" }))
        state.sent.push(...records)
        return Effect.void
      }),
    join: (member) =>
      Effect.as(Queue.offer(state.joined, member), {
        commit: (offsets) =>
          Effect.sync(() => {
            for (const { offset, partition, topic } of offsets) state.committed.push(`${topic}/${partition} ${offset}`)
          }),
        pause: ({ partition, topic }) => void state.calls.push(`pause ${topic}/${partition}`),
        resume: ({ partition, topic }) => void state.calls.push(`resume ${topic}/${partition}`),
        lost: Effect.never
      }),
    bounds: (topic) => Effect.succeed([{ topic, partition: 0, low: 0n, high: 0n }]),
    since: (topic) => Effect.succeed([{ topic, partition: 0, offset: 0n }]),
    committed: () => Effect.succeed([])
  })
  return Context.make(Played, state).pipe(Context.add(KafkaPort, port))
}))

const layer = KafkaJobQueue.layerPort().pipe(Layer.provideMerge(played), Layer.provide(Keyring.layerRandom))

const record = (topic: string, offset: number, headers: KafkaRecord["headers"] = {}, key = "a"): KafkaRecord => ({
  topic,
  partition: 0,
  offset: BigInt(offset),
  key,
  value: JSON.stringify({ v: 1, job: { type: "stop_broadcast", id: key } }),
  headers,
  timestamp: 5
})

const settle = TestClock.adjust("200 millis")

describe("the queue on Kafka", () => {
  it.effect("writes what waits for long again, so that it does not hold the offset back", () =>
    Effect.gen(function*() {
      const { committed, joined, sent } = yield* Played
      const queue = yield* JobQueue
      const handled = yield* Queue.unbounded<Delivery>()
      yield* Effect.forkScoped(
        queue.consume((delivery) => Effect.as(Queue.offer(handled, delivery), done), { concurrency: 1 })
      )
      const member = yield* Queue.take(joined)
      const from = { topic: retries, partition: 0 }
      const due = (yield* Clock.currentTimeMillis) + 1_020_000
      const waiting = record(retries, 0, { notBefore: `${due}`, attempts: "2", reason: "busy", id: "j" })
      member.onAssigned([from])
      member.onRecords(from, [waiting, record(retries, 1)], 2n)
      yield* settle
      assert.strictEqual((yield* Queue.take(handled)).id, `${retries}-0-1`)
      assert.deepStrictEqual(committed, [`${retries}/0 0`])

      yield* TestClock.adjust("10 minutes")
      yield* settle
      assert.deepStrictEqual(sent, [{
        topic: retries,
        key: "a",
        value: waiting.value,
        headers: {
          ...waiting.headers,
          originalTopic: retries,
          originalPartition: "0",
          originalOffset: "0",
          originalTimestamp: "5"
        }
      }])
      assert.strictEqual(committed.at(-1), `${retries}/0 2`)
      assert.strictEqual(yield* Queue.size(handled), 0)

      member.onRecords(from, [{ ...waiting, ...sent[0], offset: 2n }], 3n)
      yield* TestClock.adjust("7 minutes")
      yield* settle
      const delivery = yield* Queue.take(handled)
      assert.deepStrictEqual([delivery.id, delivery.attempt, delivery.offeredAt], ["j", 3, 5])
      assert.strictEqual(committed.at(-1), `${retries}/0 3`)
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.effect("reads no more of a partition while much of it is in hand, and goes on when it is not", () =>
    Effect.gen(function*() {
      const { calls, committed, joined } = yield* Played
      const queue = yield* JobQueue
      const going = yield* Queue.unbounded<void>()
      yield* Effect.forkScoped(
        queue.consume(() => Effect.as(Queue.take(going), done), { concurrency: 1 })
      )
      const member = yield* Queue.take(joined)
      const from = { topic: jobs, partition: 0 }
      member.onAssigned([from])
      member.onRecords(from, Array.from({ length: 300 }, (_, n) => record(jobs, n, {}, `b${n}`)), 300n)
      yield* settle
      assert.deepStrictEqual(calls, [`pause ${jobs}/0`])
      assert.deepStrictEqual(committed, [])
      yield* Queue.offerAll(going, Array.from({ length: 300 }, () => undefined))
      // one after the other
      yield* Effect.repeat(settle, { times: 50, until: () => committed.at(-1) === `${jobs}/0 300` })
      assert.deepStrictEqual(calls, [`pause ${jobs}/0`, `resume ${jobs}/0`])
      assert.strictEqual(committed.at(-1), `${jobs}/0 300`)
      // after the group has met they are read a second time, and not handled
      yield* Queue.offer(going, undefined)
      member.onRecords(from, [record(jobs, 299, {}, "b299")], 300n)
      yield* settle
      assert.strictEqual(yield* Queue.size(going), 1)
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.effect("commits nothing of a job whose retry could not be written, and tries to write it until it is", () =>
    Effect.gen(function*() {
      const state = yield* Played
      const queue = yield* JobQueue
      yield* Effect.forkScoped(queue.consume(() => Effect.succeed(retry("1 second", "busy")), { concurrency: 1 }))
      const member = yield* Queue.take(state.joined)
      const from = { topic: jobs, partition: 0 }
      state.failures = 3
      member.onAssigned([from])
      member.onRecords(from, [record(jobs, 0)], 1n)
      yield* settle
      assert.deepStrictEqual([state.sent, state.committed], [[], []])
      yield* TestClock.adjust("3 seconds")
      yield* settle
      assert.deepInclude(state.sent[0]?.headers, { attempts: "1", reason: "busy" })
      assert.strictEqual(state.committed.at(-1), `${jobs}/0 1`)
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.effect("drops what comes of a job whose partition went to another while it was handled", () =>
    Effect.gen(function*() {
      const { committed, joined, sent } = yield* Played
      const queue = yield* JobQueue
      const go = yield* Queue.unbounded<void>()
      const deliveries = yield* Queue.unbounded<Delivery>()
      yield* Effect.forkScoped(
        queue.consume(
          (delivery) =>
            Queue.offer(deliveries, delivery).pipe(
              Effect.andThen(Queue.take(go)),
              Effect.as(retry("1 second", "busy"))
            ),
          {
            concurrency: 1
          }
        )
      )
      const member = yield* Queue.take(joined)
      member.onAssigned([{ topic: jobs, partition: 0 }])
      member.onRecords({ topic: jobs, partition: 0 }, [record(jobs, 0), record(jobs, 1)], 2n)
      const { extend } = yield* Queue.take(deliveries)
      yield* extend
      member.onAssigned([])
      assert.strictEqual((yield* Effect.flip(extend))._tag, "DeliveryLost")
      yield* Queue.offerAll(go, [undefined, undefined])
      yield* settle
      assert.deepStrictEqual([sent, committed, yield* Queue.size(deliveries)], [[], [], 0])
    }).pipe(Effect.scoped, Effect.provide(layer)))
})
