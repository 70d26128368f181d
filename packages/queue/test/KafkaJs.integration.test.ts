// kafkajs on real brokers: topics that are not there, the warning that it makes of itself, SASL, groups that share their
// partitions anew, and a broker that is killed.
import { assert, it } from "@effect/vitest"
import { type Delivery, done } from "@headend/core/Delivery"
import { Installation } from "@headend/core/Installation"
import { JobQueue } from "@headend/core/JobQueue"
import * as Keyring from "@headend/core/Keyring"
import * as Certificates from "@headend/integration/Certificates"
import { spawnNode } from "@headend/integration/Processes"
import * as RealKafka from "@headend/integration/RealKafka"
import { requires } from "@headend/integration/Requires"
import * as KafkaConfig from "@headend/queue/kafka/KafkaConfig"
import * as KafkaJobQueue from "@headend/queue/kafka/KafkaJobQueue"
import { Effect, Exit, Fiber, Layer, Queue, Redacted, Schedule, Scope } from "effect"
import { afterAll, beforeAll } from "vitest"
import { consuming, createTopics, ids, key, offerAll, queueOf, stop, until } from "./support/kafka.ts"

for (const version of RealKafka.versions) {
  requires("kafka", "openssl")(`kafkajs on Kafka ${version}`, () => {
    const scope = Scope.makeUnsafe()
    let server: RealKafka.RealKafka["Service"]
    let files: Certificates.Certificates
    const kafka = Layer.effect(RealKafka.RealKafka, Effect.sync(() => server))
    const queues = (options?: Parameters<typeof queueOf>[0]) => Layer.provideMerge(queueOf(options), kafka)
    beforeAll(() =>
      Effect.runPromise(Scope.provide(
        Effect.gen(function*() {
          files = yield* Certificates.certificates
          server = yield* RealKafka.make(version, files)
        }),
        scope
      )), 240_000)
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

    it.live(
      "comes in by SASL, by SCRAM over TLS, and with a certificate; who is not let in is told which setting",
      () =>
        Effect.gen(function*() {
          const { mutualBroker, saslBroker, scramBroker } = yield* RealKafka.RealKafka
          const { instance } = yield* Installation
          const { username } = RealKafka.saslUser
          const at = (broker: string, how: Omit<KafkaConfig.Options, "brokers">) =>
            KafkaJobQueue.layer({ backlogAge: 0, sessionTimeout: "6 seconds" }).pipe(
              Layer.provide(KafkaConfig.layer({ brokers: [broker], ...how })),
              Layer.provide(Keyring.layer([key])),
              Layer.provide(Layer.succeed(Installation, { instance }))
            )
          const plain = (password: string) =>
            at(saslBroker, { sasl: { mechanism: "plain", username, password: Redacted.make(password) } })
          const scram = (password: string, tls: KafkaConfig.Settings["tls"] = { ca: Certificates.read(files.ca) }) =>
            at(scramBroker, { tls, sasl: { mechanism: "scram-sha-512", username, password: Redacted.make(password) } })
          const own = {
            ca: Certificates.read(files.ca),
            certificate: Certificates.read(files.certificate),
            key: Redacted.make(Certificates.read(files.key))
          }
          const offer = (id: string) => JobQueue.use((queue) => queue.offer(stop(id)))
          yield* Effect.provide(offer("a"), plain(RealKafka.saslUser.password))
          yield* Effect.provide(offer("b"), at(mutualBroker, { tls: own }))
          yield* Effect.gen(function*() {
            yield* offer("c")
            const queue = yield* JobQueue
            const seen = yield* Queue.unbounded<string>()
            yield* Effect.forkScoped(
              consuming(
                queue,
                ({ job }) => Effect.as(Queue.offer(seen, job.type === "stop_broadcast" ? job.id : ""), done)
              )
            )
            assert.sameMembers(yield* Queue.takeN(seen, 3), ["a", "b", "c"])
          }).pipe(Effect.scoped, Effect.provide(scram(RealKafka.saslUser.password)))

          const refused = (layer: ReturnType<typeof at>) =>
            Effect.map(Effect.flip(Layer.build(layer)), (error) => {
              assert.notInclude(String(error), "not-the-password")
              return error.message
            })
          const sasl =
            /^Kafka cannot be used: HEADEND_KAFKA_SASL_MECHANISM, .*_USERNAME, HEADEND_KAFKA_PASSWORD: .*SASL/
          assert.match(yield* refused(plain("not-the-password")), sasl)
          assert.match(yield* refused(scram("not-the-password")), sasl)
          const stranger = { ca: Certificates.read(files.stranger) }
          assert.match(
            yield* refused(scram("x", stranger)),
            /^Kafka cannot be used: HEADEND_KAFKA_TLS_CA: .*certificate/
          )
          assert.match(
            yield* refused(at(mutualBroker, { tls: { ca: own.ca } })),
            /^Kafka cannot be used: HEADEND_KAFKA_TLS_CERT, HEADEND_KAFKA_TLS_KEY: /
          )
        }).pipe(Effect.scoped, Effect.provide(queues())),
      120_000
    )

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

    it.live(
      "loses nothing while consumers join and leave, and while the broker is killed and started again",
      () =>
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
            Effect.orElseSucceed(
              Effect.map(queue.backlog, (left) => left.undelivered + left.inFlight === 0),
              () => false
            )
          )
        }).pipe(Effect.scoped, Effect.provide(queues())),
      300_000
    )
  })
}
