/**
 * The job queue on Kafka: three topics, made by the deployment, and a consumer group. Jobs of one broadcast keep their
 * order until one is retried. There is no bound and no dedupe: the registry's request keys make repeating harmless.
 */
import {
  type DeadLetter,
  DeadLetterNotFound,
  defaultOptions,
  type QueueOptions,
  QueueUnavailable
} from "@headend/core/Delivery"
import { Installation } from "@headend/core/Installation"
import * as Job from "@headend/core/Job"
import { JobQueue } from "@headend/core/JobQueue"
import type { Keyring } from "@headend/core/Keyring"
import { Clock, Deferred, Duration, Effect, FiberSet, Layer, Queue } from "effect"
import { randomUUID } from "node:crypto"
import * as Backlog from "../internal/kafka/backlog.ts"
import * as DeadLetters from "../internal/kafka/deadLetters.ts"
import { Intake } from "../internal/kafka/intake.ts"
import { letterOf, namesOf, redriven } from "../internal/kafka/records.ts"
import { type KafkaConfig } from "./KafkaConfig.ts"
import * as KafkaJs from "./KafkaJs.ts"
import { KafkaPort, KafkaRefused, type Outgoing } from "./KafkaPort.ts"

export interface Options extends Pick<QueueOptions, "maxAttempts" | "maxDead"> {
  /** A consumer that died loses its partitions after so long: 30 seconds unless given, 6 at least as brokers have it. */
  readonly sessionTimeout?: Duration.Input
  /** How old an answer of Kafka may be that a backlog is counted from; 5 seconds unless given. */
  readonly backlogAge?: Duration.Input
}

/** Orders dead letters: by when, then by id. */
const rank = ({ failedAt, id }: DeadLetter): string => `${failedAt}.${id}`

/** The topics of an installation: the deployment makes them. */
export const topicsOf = (instance: string): ReadonlyArray<string> => {
  const { dead, jobs, retry } = namesOf(instance)
  return [jobs, retry, dead]
}

/** One batch at a time, and what waits meanwhile is the next one. */
const batching = Effect.fnUntraced(function*(port: KafkaPort["Service"]) {
  const outbox = yield* Queue.unbounded<{
    readonly records: ReadonlyArray<Outgoing>
    readonly sent: Deferred.Deferred<void, QueueUnavailable>
  }>()
  yield* Queue.takeBetween(outbox, 1, 500).pipe(
    Effect.flatMap((batch) =>
      Effect.flatMap(
        Effect.exit(port.send(batch.flatMap(({ records }) => records))),
        (exit) => Effect.sync(() => batch.forEach(({ sent }) => Deferred.doneUnsafe(sent, exit)))
      )
    ),
    Effect.forever,
    Effect.forkScoped
  )
  return (...records: ReadonlyArray<Outgoing>): Effect.Effect<void, QueueUnavailable> =>
    Effect.suspend(() => {
      const sent = Deferred.makeUnsafe<void, QueueUnavailable>()
      Queue.offerUnsafe(outbox, { records, sent })
      return Deferred.await(sent)
    })
})

/** Topics that are not there are a mistake of the deployment; a Kafka that is not there may come. */
const check = Effect.fnUntraced(function*(port: KafkaPort["Service"], wanted: ReadonlyArray<string>) {
  const topics = yield* port.topics.pipe(
    Effect.timeoutOrElse({
      duration: "10 seconds",
      orElse: () => Effect.fail(new QueueUnavailable({ reason: "no answer within 10 seconds" }))
    }),
    Effect.catchTag("QueueUnavailable", ({ reason }) =>
      Effect.as(
        Effect.logWarning(`Kafka does not answer: ${reason}. Jobs wait until it does; its topics were not checked`),
        undefined
      ))
  )
  const missing = topics === undefined ? [] : wanted.filter((topic) => !topics.has(topic))
  if (missing.length > 0) {
    return yield* new KafkaRefused({
      reason: `there is no topic ${missing.join(", ")}, or we may not see it; docs/operations.md says how to create it`
    })
  }
})

const make = (options: Options) =>
  Effect.gen(function*() {
    const port = yield* KafkaPort
    const envelopes = yield* Job.enveloping
    const { instance } = yield* Installation
    const names = namesOf(instance)
    yield* check(port, topicsOf(instance))
    const send = yield* batching(port)
    const letters = yield* DeadLetters.make(
      port,
      names.dead,
      `${names.readers}${randomUUID()}`,
      options.maxDead ?? defaultOptions.maxDead
    )
    const asked = yield* Effect.cachedWithTTL(
      Backlog.ask(port, names),
      (exit) => exit._tag === "Success" ? options.backlogAge ?? "5 seconds" : 0
    )
    const consumers = new Set<Intake>()

    return JobQueue.of({
      backend: "kafka",
      abilities: { bounded: false, dedupes: false, expires: false, stamps: false, durable: true },

      offer: Effect.fn("JobQueue.offer")(function*(job, { dedupeKey, delay } = {}) {
        const id = randomUUID()
        const value = yield* envelopes.seal({ job, key: dedupeKey })
        const { broadcast } = Job.summary(job)
        const now = yield* Clock.currentTimeMillis
        const later = delay === undefined ? 0 : Duration.toMillis(Duration.fromInputUnsafe(delay))
        yield* send({
          topic: later > 0 ? names.retry : names.jobs,
          key: broadcast ?? id,
          value,
          headers: { id, ...(later > 0 ? { notBefore: `${now + later}` } : {}) }
        })
        return { id, duplicate: false }
      }),

      // the handler has its caller's services, and not the scope of this consumer
      consume: (handle, { concurrency }) =>
        Effect.contextWith((services) =>
          Effect.scoped(Effect.gen(function*() {
            const fibers = yield* FiberSet.make<void>()
            const intake = new Intake({
              names,
              concurrency,
              maxAttempts: options.maxAttempts ?? defaultOptions.maxAttempts,
              open: envelopes.open,
              handle: (delivery) => Effect.provideContext(handle(delivery), services),
              fork: yield* FiberSet.runtime(fibers)(),
              send
            })
            const membership = yield* port.join({
              group: names.group,
              topics: [names.jobs, names.retry],
              sessionTimeoutMs: Duration.toMillis(Duration.fromInputUnsafe(options.sessionTimeout ?? "30 seconds")),
              onMeeting: intake.hold,
              onAssigned: intake.assign,
              onRecords: intake.read
            })
            intake.membership = membership
            consumers.add(intake)
            // in the reverse order: what has not ended is given back, what has ended is committed, the group is left
            yield* Effect.addFinalizer(() => Effect.sync(() => consumers.delete(intake)))
            yield* Effect.addFinalizer(() => Effect.ignore(Effect.timeout(intake.commit, "5 seconds")))
            yield* Effect.addFinalizer(() => Effect.andThen(intake.close, FiberSet.clear(fibers)))
            yield* Effect.forkScoped(intake.committing)
            return yield* membership.lost
          }))
        ),

      backlog: Effect.gen(function*() {
        const [lagging, dead] = yield* Effect.all([asked, letters.all], { concurrency: 2 })
        const held = [...consumers].flatMap((one) => [...one.held])
        return { ...yield* Backlog.lag(names, lagging, held), dead: dead.size }
      }),

      dead: {
        list: ({ cursor, limit = 100 }) =>
          Effect.map(letters.all, (all) => {
            const newest = [...all.values()].map(letterOf).toSorted((a, b) => rank(b) < rank(a) ? -1 : 1)
            const rest = cursor === undefined ? newest : newest.filter((one) => rank(one) < cursor)
            const items = rest.slice(0, limit)
            const last = items.at(-1)
            return { items, next: last === undefined || items.length === rest.length ? null : rank(last) }
          }),
        redrive: Effect.fn("JobQueue.redrive")(function*(id) {
          const record = (yield* letters.all).get(id)
          if (record === undefined) return yield* new DeadLetterNotFound({ id })
          yield* send(...redriven(names, record))
        })
      }
    })
  })

/** On a client that is given. */
export const layerPort = (
  options: Options = {}
): Layer.Layer<JobQueue, KafkaRefused, KafkaPort | Keyring> => Layer.effect(JobQueue, make(options))

/** On kafkajs; each queue has a client of its own, so that two may speak to two clusters. */
export const layer = (options: Options = {}): Layer.Layer<JobQueue, KafkaRefused, KafkaConfig | Keyring> =>
  Layer.provide(layerPort(options), Layer.fresh(KafkaJs.layer))
