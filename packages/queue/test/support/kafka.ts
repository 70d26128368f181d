// What the tests of the queue on a real broker share: topics of their own, jobs, and a plain client beside ours.
import { BroadcastId } from "@headend/core/BroadcastSpec"
import type { Delivery, Outcome } from "@headend/core/Delivery"
import { Installation } from "@headend/core/Installation"
import type { StopBroadcast } from "@headend/core/Job"
import type { JobQueue } from "@headend/core/JobQueue"
import * as Keyring from "@headend/core/Keyring"
import { RealKafka } from "@headend/integration/RealKafka"
import * as KafkaConfig from "@headend/queue/kafka/KafkaConfig"
import * as KafkaJobQueue from "@headend/queue/kafka/KafkaJobQueue"
import { ForeignProducer } from "@headend/testing/JobQueueTest"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { Kafka, logLevel } from "kafkajs"
import { randomUUID } from "node:crypto"

export const stop = (id: string): StopBroadcast => ({ type: "stop_broadcast", id: BroadcastId.make(id) })

/** A client as anybody has it. */
export const plain = (broker: string) => new Kafka({ clientId: "test", brokers: [broker], logLevel: logLevel.NOTHING })

/** Three topics as a deployment makes them. */
export const createTopics = (broker: string, instance: string, partitions = 6) =>
  Effect.acquireUseRelease(
    Effect.promise(() => {
      const admin = plain(broker).admin()
      return admin.connect().then(() => admin)
    }),
    (admin) => {
      const topics = [
        { topic: `headend.${instance}.jobs`, numPartitions: partitions, replicationFactor: 1 },
        { topic: `headend.${instance}.jobs.retry`, numPartitions: 2, replicationFactor: 1 },
        { topic: `headend.${instance}.jobs.dead`, numPartitions: 1, replicationFactor: 1 }
      ]
      // the controller has made them a moment before the broker knows of them, which kafkajs' own wait takes for a failure
      const areLed = Effect.tryPromise(() => admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) }))
        .pipe(
          Effect.filterOrFail((seen) =>
            seen.topics.every((one) => one.partitions.length > 0 && one.partitions.every(({ leader }) => leader >= 0))
          ),
          Effect.retry(Schedule.spaced("50 millis")),
          Effect.timeout("60 seconds"),
          Effect.orDie
        )
      return Effect.andThen(Effect.promise(() => admin.createTopics({ waitForLeaders: false, topics })), areLed)
    },
    (admin) => Effect.promise(() => admin.disconnect())
  )

export const key = Redacted.make(Buffer.alloc(32, 7).toString("base64"))

/** A queue on topics of its own; with an instance, on those of that one, which must be there. */
export const queueOf = (options: KafkaJobQueue.Options & { readonly instance?: string } = {}) =>
  Layer.unwrap(Effect.gen(function*() {
    const { broker } = yield* RealKafka
    const instance = options.instance ?? randomUUID().slice(0, 8)
    if (options.instance === undefined) yield* createTopics(broker, instance)
    return KafkaJobQueue.layer({ backlogAge: 0, sessionTimeout: "6 seconds", ...options }).pipe(
      Layer.provide(KafkaConfig.layer({ brokers: [broker] })),
      Layer.provide(Keyring.layer([key])),
      Layer.provideMerge(Layer.succeed(Installation, { instance }))
    )
  }))

/** A queue with somebody beside it who is not headend. */
export const withProducer = (options: KafkaJobQueue.Options) =>
  Layer.effect(
    ForeignProducer,
    Effect.gen(function*() {
      const { broker } = yield* RealKafka
      const { instance } = yield* Installation
      const producer = yield* Effect.acquireRelease(
        Effect.promise(() => {
          const one = plain(broker).producer()
          return one.connect().then(() => one)
        }),
        (one) => Effect.promise(() => one.disconnect())
      )
      return {
        offerText: (value) =>
          Effect.promise(() =>
            producer.send({ topic: `headend.${instance}.jobs`, messages: [{ key: "theirs", value }] })
          )
      }
    })
  ).pipe(Layer.provideMerge(queueOf(options)))

/** A consumer that goes on when the backend was lost, as the worker does. */
export const consuming = <R>(
  queue: JobQueue["Service"],
  handle: (delivery: Delivery) => Effect.Effect<Outcome, never, R>,
  concurrency = 16
) => Effect.retry(queue.consume(handle, { concurrency }), Schedule.spaced("200 millis"))

/** Waits until it holds; the limit is generous, the machine may be busy. */
export const until = <E, R>(what: string, holds: Effect.Effect<boolean, E, R>) =>
  holds.pipe(
    Effect.repeat({ schedule: Schedule.spaced("50 millis"), until: (yes) => yes }),
    Effect.timeoutOrElse({ duration: "60 seconds", orElse: () => Effect.die(new Error(`not in time: ${what}`)) })
  )

/** In parallel, as many producers would. */
export const offerAll = (queue: JobQueue["Service"], ids: ReadonlyArray<string>) =>
  Effect.forEach(ids, (id) => queue.offer(stop(id)), { concurrency: 32 })

export const ids = (count: number) => Array.from({ length: count }, (_, n) => `b${n}`)
