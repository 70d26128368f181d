// The queue on real brokers of both lines: its contract, and what is Kafka's own.
import { assert, it } from "@effect/vitest"
import { dead, type Delivery, done, retry, wait } from "@headend/core/Delivery"
import { Installation } from "@headend/core/Installation"
import { JobQueue } from "@headend/core/JobQueue"
import * as RealKafka from "@headend/integration/RealKafka"
import { requires } from "@headend/integration/Requires"
import * as JobQueueTest from "@headend/testing/JobQueueTest"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Queue, Scope } from "effect"
import { afterAll, beforeAll } from "vitest"
import { consuming, ids, offerAll, plain, queueOf, stop, until, withProducer } from "./support/kafka.ts"

for (const version of RealKafka.versions) {
  requires("kafka")(`the queue on Kafka ${version}`, () => {
    const scope = Scope.makeUnsafe()
    let server: RealKafka.RealKafka["Service"]
    const kafka = Layer.effect(RealKafka.RealKafka, Effect.sync(() => server))
    beforeAll(
      () =>
        Effect.runPromise(Effect.map(Scope.provide(RealKafka.make(version), scope), (made) => void (server = made))),
      240_000
    )
    afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

    const queues = (options?: Parameters<typeof queueOf>[0]) => Layer.provideMerge(queueOf(options), kafka)
    JobQueueTest.suite("its contract", (options) => Layer.provide(withProducer(options), kafka), {
      advance: Effect.sleep,
      live: true,
      queue: { visibility: Duration.seconds(1) }
    })

    it.live("counts as the broker's own tool does, also while nobody reads", () =>
      Effect.gen(function*() {
        const kafka = yield* RealKafka.RealKafka
        const queue = yield* JobQueue
        const { instance } = yield* Installation
        yield* offerAll(queue, ids(300))
        const { oldestAgeMs, ...counts } = yield* queue.backlog
        assert.deepStrictEqual(counts, { undelivered: 300, inFlight: 0, delayed: 0, dead: 0 })
        assert.isAtLeast(oldestAgeMs ?? -1, 0)

        // some are handled, one is to be tried in a day, and then everybody has left
        let handled = 0
        const enough = yield* Deferred.make<void>()
        const consumer = yield* Effect.forkChild(queue.consume(() =>
          Effect.gen(function*() {
            if (handled === 120) {
              yield* Deferred.succeed(enough, undefined)
              return yield* Effect.never
            }
            handled += 1
            return handled === 7 ? retry("1 day", "busy") : done
          }), { concurrency: 1 }))
        yield* Deferred.await(enough)
        yield* Fiber.interrupt(consumer)

        const groups = yield* kafka.describeGroup(`headend.${instance}.workers`)
        const lag = (topic: string) =>
          groups.filter((one) => one.topic === topic).reduce((sum, one) => sum + (one.lag ?? one.high), 0)
        const backlog = yield* queue.backlog
        assert.strictEqual(lag(`headend.${instance}.jobs`), 180)
        assert.strictEqual(backlog.undelivered, 180)
        assert.strictEqual(lag(`headend.${instance}.jobs.retry`), 1)
        assert.strictEqual(backlog.delayed, 1)
        assert.strictEqual(backlog.inFlight, 0)
      }).pipe(Effect.provide(queues())))

    it.live("puts a poison job among the dead letters with its reason, and offers it again as it was", () =>
      Effect.gen(function*() {
        const queue = yield* JobQueue
        const deliveries = yield* Queue.unbounded<Delivery>()
        let isPoison = true
        yield* Effect.forkScoped(
          consuming(
            queue,
            (delivery) => Effect.as(Queue.offer(deliveries, delivery), isPoison ? retry("10 millis", "it hurts") : done)
          )
        )
        const { id } = yield* queue.offer(stop("poison"), { dedupeKey: "k" })
        const tried = yield* Queue.takeN(deliveries, 3)
        assert.deepStrictEqual(tried.map(({ attempt, id, key }) => ({ attempt, id, key })), [
          { attempt: 1, id, key: "k" },
          { attempt: 2, id, key: "k" },
          { attempt: 3, id, key: "k" }
        ])
        yield* until("a dead letter", Effect.map(queue.dead.list({}), ({ items }) => items.length === 1))
        const { items } = yield* queue.dead.list({})
        assert.deepInclude(items[0], {
          id,
          type: "stop_broadcast",
          broadcast: "poison",
          reason: "it hurts",
          attempts: 3,
          offeredAt: tried[0]?.offeredAt ?? -1
        })

        isPoison = false
        yield* queue.dead.redrive(id)
        const again = yield* Queue.take(deliveries)
        assert.deepStrictEqual(
          { attempt: again.attempt, id: again.id, key: again.key, offeredAt: again.offeredAt },
          { attempt: 1, id, key: "k", offeredAt: tried[0]?.offeredAt }
        )
        assert.deepStrictEqual((yield* queue.dead.list({})).items, [])
        assert.strictEqual((yield* Effect.flip(queue.dead.redrive(id)))._tag, "DeadLetterNotFound")
        yield* until("nothing left", Effect.map(queue.backlog, (left) => left.undelivered + left.delayed === 0))
      }).pipe(Effect.scoped, Effect.provide(queues({ maxAttempts: 3 }))))

    it.live("takes plain envelopes of other producers, and tells what cannot be read without its values", () =>
      Effect.gen(function*() {
        const { broker } = yield* RealKafka.RealKafka
        const queue = yield* JobQueue
        const { instance } = yield* Installation
        const value = (job: object) => JSON.stringify({ v: 1, key: "theirs", job })
        yield* Effect.acquireUseRelease(
          Effect.sync(() => plain(broker).producer()),
          (producer) =>
            Effect.promise(() =>
              producer.connect().then(() =>
                producer.send({
                  topic: `headend.${instance}.jobs`,
                  messages: [
                    { key: "lobby", value: value({ type: "stop_broadcast", id: "lobby" }) },
                    { key: "lobby", value: value({ type: "stop_broadcast", id: "a secret, and no id" }) }
                  ]
                })
              )
            ),
          (producer) => Effect.promise(() => producer.disconnect())
        )
        const deliveries = yield* Queue.unbounded<Delivery>()
        yield* Effect.forkScoped(
          consuming(queue, (delivery) => Effect.as(Queue.offer(deliveries, delivery), dead("not wanted")))
        )
        const theirs = yield* Queue.take(deliveries)
        assert.strictEqual(theirs.key, "theirs")
        assert.match(theirs.id, new RegExp(`^headend\\.${instance}\\.jobs-\\d-0$`))
        yield* until("two dead letters", Effect.map(queue.dead.list({}), ({ items }) => items.length === 2))
        const first = yield* queue.dead.list({ limit: 1 })
        const second = yield* queue.dead.list({ limit: 1, cursor: first.next ?? "" })
        const letters = [...first.items, ...second.items]
        assert.sameDeepMembers(letters.map(({ attempts, broadcast, type }) => ({ attempts, broadcast, type })), [
          { type: "stop_broadcast", broadcast: "lobby", attempts: 1 },
          { type: "unreadable", broadcast: null, attempts: 1 }
        ])
        assert.isNull(second.next)
        assert.notInclude(JSON.stringify(letters), "a secret")
        assert.strictEqual(yield* Queue.size(deliveries), 0)
      }).pipe(Effect.scoped, Effect.provide(queues())))

    it.live("keeps the order of a broadcast's jobs while a server is out of reach, and goes on with the others", () =>
      Effect.gen(function*() {
        const queue = yield* JobQueue
        const offered = yield* Effect.forEach(["a", "a", "a"], (id) => queue.offer(stop(id)))
        let refusals = 0
        const handled = yield* Queue.unbounded<Delivery>()
        yield* Effect.forkScoped(consuming(queue, (delivery) =>
          delivery.id === offered[0]?.id && ++refusals < 4
            ? Effect.succeed(wait("200 millis", "the registry is away"))
            : Effect.as(Queue.offer(handled, delivery), done)))
        yield* until("a refusal", Effect.sync(() => refusals > 0))
        const { id } = yield* queue.offer(stop("b"))
        const order = (yield* Queue.takeN(handled, 4)).map((one) => one)
        assert.deepStrictEqual(order.filter((one) => one.id !== id).map((one) => one.id), offered.map((one) => one.id))
        assert.deepStrictEqual(order.map(({ attempt }) => attempt), [1, 1, 1, 1])
      }).pipe(Effect.scoped, Effect.provide(queues())))

    it.live("hands nothing out before its time, whatever was offered before it", () =>
      Effect.gen(function*() {
        const queue = yield* JobQueue
        const handled = yield* Queue.unbounded<
          { readonly id: string; readonly at: number }
        >()
        yield* Effect.forkScoped(
          consuming(queue, ({ id }) => Effect.as(Queue.offer(handled, { id, at: Date.now() }), done))
        )
        // from now on it surely reads: it is not to find two of them due
        yield* queue.offer(stop("c"))
        yield* Queue.take(handled)
        const began = Date.now()
        const late = yield* queue.offer(stop("c"), { delay: "4 seconds" })
        const far = yield* queue.offer(stop("c"), { delay: "1 day" })
        assert.strictEqual((yield* queue.backlog).delayed, 2)
        const soon = yield* queue.offer(stop("c"), { delay: "300 millis" })
        const [first, second] = yield* Queue.takeN(handled, 2)
        assert.deepStrictEqual([first?.id, second?.id], [soon.id, late.id])
        assert.isAtLeast((second?.at ?? 0) - began, 4_000)
        yield* until(
          "one left",
          Effect.map(queue.backlog, (left) => left.delayed === 1)
        )
        assert.notInclude([first?.id, second?.id], far.id)
      }).pipe(Effect.scoped, Effect.provide(queues())))
  })
}
