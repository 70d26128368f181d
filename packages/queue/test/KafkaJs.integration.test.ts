// kafkajs on real brokers: topics that are not there, the warning that it makes of itself, SASL, groups that share their
// partitions anew, and a broker that is killed.
import { assert, it } from "@effect/vitest"
import { type Delivery, done } from "@headend/core/Delivery"
import { Installation } from "@headend/core/Installation"
import { JobQueue } from "@headend/core/JobQueue"
import * as Keyring from "@headend/core/Keyring"
import { spawnNode } from "@headend/integration/Processes"
import * as RealKafka from "@headend/integration/RealKafka"
import { requires } from "@headend/integration/Requires"
import * as KafkaConfig from "@headend/queue/kafka/KafkaConfig"
import * as KafkaJobQueue from "@headend/queue/kafka/KafkaJobQueue"
import { Effect, Exit, Fiber, Layer, Queue, Redacted, Schedule, Scope } from "effect"
import { afterAll, beforeAll } from "vitest"
import { consuming, createTopics, ids, offerAll, queueOf, stop, until } from "./support/kafka.ts"

for (const version of RealKafka.versions) {
  requires("kafka")(`kafkajs on Kafka ${version}`, () => {
    const scope = Scope.makeUnsafe()
    let server: RealKafka.RealKafka["Service"]
    const kafka = Layer.effect(RealKafka.RealKafka, Effect.sync(() => server))
    const queues = (options?: Parameters<typeof queueOf>[0]) => Layer.provideMerge(queueOf(options), kafka)
    beforeAll(() =>
      Effect.runPromise(Effect.map(Scope.provide(RealKafka.make(version), scope), (made) => void (server = made)))
    )
    afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

    it.live("names the topics that are not there, and does not start", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Layer.build(queues({ instance: "nowhere" })))
        assert.include(
          error.message,
          "no topic headend.nowhere.jobs, headend.nowhere.jobs.retry, headend.nowhere.jobs.dead"
        )
      }).pipe(Effect.scoped))

    it.live("keeps back the warning of kafkajs about its own timer, and that one only", () =>
      Effect.gen(function*() {
        const { broker } = yield* RealKafka.RealKafka
        yield* createTopics(broker, "default")
        const said = (client: "ours" | "plain") =>
          Effect.gen(function*() {
            const program = yield* spawnNode("packages/queue/test/fixtures/kafkaClient.ts", { args: [client, broker] })
            yield* program.awaitLine(/^done$/, 60_000)
            yield* program.ended
            return (yield* program.tail).join("\n")
          })
        // the day it is not there without us, all this can go
        assert.include(yield* said("plain"), "TimeoutNegativeWarning")
        const ours = yield* said("ours")
        assert.notInclude(ours, "TimeoutNegativeWarning")
        assert.include(ours, "OtherWarning: of somebody else")
      }).pipe(Effect.scoped, Effect.provide(kafka)))

    it.live("comes in by SASL, and does not start with a wrong password, which it keeps to itself", () =>
      Effect.gen(function*() {
        const { saslBroker } = yield* RealKafka.RealKafka
        const { instance } = yield* Installation
        const as = (password: string) =>
          KafkaJobQueue.layer({ backlogAge: 0 }).pipe(
            Layer.provide(KafkaConfig.layer({
              brokers: [saslBroker],
              sasl: { mechanism: "plain", username: RealKafka.saslUser.username, password: Redacted.make(password) }
            })),
            Layer.provide(Keyring.layerRandom),
            Layer.provide(Layer.succeed(Installation, { instance }))
          )
        yield* Effect.provide(JobQueue.use((queue) => queue.offer(stop("a"))), as(RealKafka.saslUser.password))
        assert.strictEqual((yield* (yield* JobQueue).backlog).undelivered, 1)
        const refused = yield* Effect.flip(Layer.build(as("not-the-password")))
        assert.match(refused.message, /Kafka cannot be used: .*SASL/)
        assert.notInclude(String(refused), "not-the-password")
      }).pipe(Effect.scoped, Effect.provide(queues())))

    it.live("gives a job back when its consumer ends, and says that it is lost when its partition moves", () =>
      Effect.gen(function*() {
        const queue = yield* JobQueue
        yield* offerAll(queue, ids(24))
        const taken = yield* Queue.unbounded<Delivery>()
        const first = yield* Effect.forkScoped(
          consuming(queue, (delivery) => Effect.andThen(Queue.offer(taken, delivery), Effect.never))
        )
        // a job of each partition at least, whoever reads it
        const held = yield* Queue.takeN(taken, 16)
        assert.strictEqual((yield* queue.backlog).inFlight, 16)
        yield* Effect.forEach(held, ({ extend }) => extend, { discard: true })

        const scope = yield* Scope.make()
        const elsewhere = yield* Queue.unbounded<Delivery>()
        yield* consuming(queue, (delivery) => Effect.as(Queue.offer(elsewhere, delivery), done)).pipe(
          Effect.forkIn(scope)
        )
        const lost = Effect.map(
          Effect.forEach(held, ({ extend }) => Effect.exit(extend)),
          (exits) => exits.filter(Exit.isFailure).length
        )
        yield* until("some are lost", Effect.map(lost, (count) => count > 0))
        assert.isBelow(yield* lost, 16)
        const failed = yield* Effect.flip(Effect.forEach(held, ({ extend }) => extend))
        assert.strictEqual(failed._tag, "DeliveryLost")

        yield* Fiber.interrupt(first)
        const seen = new Set<string>()
        while (seen.size < 24) {
          const delivery = yield* Queue.take(elsewhere)
          assert.strictEqual(delivery.attempt, 1)
          seen.add(delivery.id)
        }
        yield* until("nothing left", Effect.map(queue.backlog, ({ undelivered }) => undelivered === 0))
        yield* Scope.close(scope, Exit.void)
      }).pipe(Effect.scoped, Effect.provide(queues())))

    it.live("leaves nothing in the group that ended while it was about to join", () =>
      Effect.gen(function*() {
        const queue = yield* JobQueue
        for (const millis of [1, 10, 25, 50, 75, 100, 150]) {
          const early = yield* Effect.forkScoped(consuming(queue, () => Effect.succeed(done)))
          yield* Effect.sleep(millis)
          yield* Fiber.interrupt(early)
        }
        const handled = new Set<string>()
        yield* Effect.forkScoped(consuming(queue, ({ id }) => Effect.sync(() => (handled.add(id), done))))
        yield* offerAll(queue, ids(60))
        yield* until("all are handled", Effect.sync(() => handled.size === 60))
      }).pipe(Effect.scoped, Effect.provide(queues())))

    it.live("loses nothing while consumers join and leave, and while the broker is killed and started again", () =>
      Effect.gen(function*() {
        const kafka = yield* RealKafka.RealKafka
        const queue = yield* JobQueue
        const acknowledged = new Set<string>()
        const handled = new Map<string, number>()
        const handle = ({ id }: Delivery) =>
          Effect.as(
            Effect.delay(Effect.sync(() => handled.set(id, (handled.get(id) ?? 0) + 1)), "2 millis"),
            done
          )
        const consume = Effect.forkScoped(consuming(queue, handle, 4))
        yield* consume

        const jobs = ids(600)
        const producer = yield* Effect.forkScoped(Effect.forEach(
          jobs,
          (id, n) =>
            queue.offer(stop(id)).pipe(
              // whoever gets no answer offers it again
              Effect.retry(Schedule.spaced("200 millis")),
              Effect.tap((offered) => Effect.sync(() => acknowledged.add(offered.id))),
              Effect.delay(n * 8)
            ),
          { concurrency: "unbounded" }
        ))
        const second = yield* consume
        yield* until("some are handled", Effect.sync(() => handled.size > 100))
        yield* Fiber.interrupt(second)
        const third = yield* consume
        yield* Effect.sleep("500 millis")
        yield* kafka.restart
        yield* Effect.sleep("1 second")
        yield* Fiber.interrupt(third)
        yield* Fiber.join(producer)

        yield* until("all are handled", Effect.sync(() => [...acknowledged].every((id) => handled.has(id))))
        assert.strictEqual(acknowledged.size, jobs.length)
        yield* until(
          "nothing left",
          Effect.orElseSucceed(Effect.map(queue.backlog, (left) => left.undelivered + left.inFlight === 0), () => false)
        )
      }).pipe(Effect.scoped, Effect.provide(queues())))
  })
}
