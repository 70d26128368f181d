/**
 * The port on kafkajs. An idempotent producer counts the records of each partition: after a
 * send whose end is unknown its count may be behind the broker's, which would take the next record for one that it has.
 * Such a producer is thrown away.
 */
import { QueueUnavailable } from "@headend/core/Delivery"
import { Array, Context, Deferred, Effect, Exit, Layer, Schedule, Scope } from "effect"
import { type Admin, type ConsumerConfig, type IHeaders, type Kafka, type KafkaMessage, Partitioners } from "kafkajs"
import { attempt, client, patience, refusalOf, unavailable } from "../internal/kafka/client.ts"
import { quietly } from "../internal/negativeTimeouts.ts"
import { KafkaConfig } from "./KafkaConfig.ts"
import { KafkaPort, type KafkaRecord, KafkaRefused, type Member, type Partition } from "./KafkaPort.ts"

const headers = (given: IHeaders | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(given ?? {}).flatMap(([name, value]) => {
      const last = Array.isArray(value) ? value.at(-1) : value
      return last === undefined ? [] : [[name, last.toString()]]
    })
  )

const record = ({ partition, topic }: Partition, message: KafkaMessage): KafkaRecord => ({
  topic,
  partition,
  offset: BigInt(message.offset),
  key: message.key?.toString() ?? null,
  value: message.value?.toString() ?? null,
  headers: headers(message.headers),
  timestamp: Number(message.timestamp)
})

/** A member that was not heard of by its group for so long is left to whoever joined. */
const givenUpMs = 30_000

/** A producer at a time. */
const sending = Effect.fnUntraced(function*(kafka: Kafka) {
  const layerScope = yield* Effect.scope
  const acquire = Effect.acquireRelease(
    Effect.sync(() =>
      kafka.producer({
        allowAutoTopicCreation: false,
        createPartitioner: Partitioners.DefaultPartitioner,
        idempotent: true,
        maxInFlightRequests: 1,
        retry: patience
      })
    ),
    (producer) => Effect.ignore(attempt(() => producer.disconnect()))
  ).pipe(Effect.tap((producer) => attempt(() => producer.connect())))

  let current: { readonly producer: Effect.Success<typeof acquire>; readonly scope: Scope.Closeable } | undefined
  const forget = Effect.suspend(() => {
    const old = current
    current = undefined
    // its last request may take as long as it likes: nobody waits for it
    return old === undefined ? Effect.void : Effect.asVoid(Effect.forkIn(Scope.close(old.scope, Exit.void), layerScope))
  })
  const producer = Effect.gen(function*() {
    if (current !== undefined) return current.producer
    const scope = yield* Scope.fork(layerScope)
    const made = yield* acquire.pipe(
      Scope.provide(scope),
      Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
    )
    current = { producer: made, scope }
    return made
  })
  const send: KafkaPort["Service"]["send"] = (records) => {
    const topicMessages = Object.entries(Array.groupBy(records, ({ topic }) => topic)).map(([topic, list]) => ({
      topic,
      messages: list.map(({ headers, key, value }) => ({ key, value, headers: { ...headers } }))
    }))
    return producer.pipe(
      Effect.flatMap((ready) => attempt(() => ready.sendBatch({ acks: -1, topicMessages }))),
      Effect.timeoutOrElse({
        duration: "15 seconds",
        orElse: () => Effect.fail(new QueueUnavailable({ reason: "Kafka has not taken it within 15 seconds" }))
      }),
      Effect.onError(() => forget),
      Effect.asVoid
    )
  }
  return send
})

/** A member of a group for as long as its scope. */
const joining = (kafka: Kafka, run: (effect: Effect.Effect<void>) => unknown): KafkaPort["Service"]["join"] =>
  Effect.fnUntraced(function*(member: Member) {
    /** When we were last known to be in the group, or began. */
    let well = performance.now()
    let hasLeft = false
    const config: ConsumerConfig = {
      groupId: member.group,
      sessionTimeout: member.sessionTimeoutMs,
      heartbeatInterval: Math.min(3_000, member.sessionTimeoutMs / 6),
      rebalanceTimeout: 60_000,
      maxWaitTimeInMs: 250,
      maxBytesPerPartition: 262_144,
      allowAutoTopicCreation: false,
      // a broker that is started again finds its members there, and need not wait for the sessions of those that have left
      retry: {
        ...patience,
        retries: 12,
        restartOnFailure: () => Promise.resolve(!hasLeft && performance.now() - well < givenUpMs)
      }
    }
    const consumer = yield* Effect.acquireRelease(
      Effect.sync(() => kafka.consumer(config)),
      (one) =>
        Effect.suspend(() => {
          hasLeft = true
          return Effect.ignore(attempt(() => one.disconnect()))
        })
    )
    const crashed = yield* Deferred.make<never, QueueUnavailable>()
    consumer.on("consumer.crash", ({ payload: { error, restart } }) => {
      if (restart) member.onMeeting?.()
      else Deferred.doneUnsafe(crashed, Exit.fail(unavailable(error)))
    })
    consumer.on("consumer.heartbeat", () => {
      well = performance.now()
    })
    // it tells this before it asks to be let in again, so that a commit that is sent now comes before that
    consumer.on("consumer.rebalancing", () => member.onMeeting?.())
    consumer.on("consumer.group_join", ({ payload: { memberAssignment } }) => {
      // told to leave while it was about to join, kafkajs joins all the same, and would keep its partitions for ever
      if (hasLeft) return void run(Effect.delay(Effect.ignore(attempt(() => consumer.disconnect())), "100 millis"))
      member.onAssigned(
        Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
          partitions.map((partition) => ({ topic, partition }))
        )
      )
    })
    yield* attempt(() =>
      consumer.connect()
        .then(() => consumer.subscribe({ topics: [...member.topics], fromBeginning: true }))
        .then(() =>
          consumer.run({
            autoCommit: false,
            eachBatchAutoResolve: false,
            partitionsConsumedConcurrently: 4,
            eachBatch: ({ batch, isStale, isRunning, resolveOffset }) => {
              if (isRunning() && !isStale()) {
                member.onRecords(
                  batch,
                  batch.messages.map((one) => record(batch, one)),
                  BigInt(batch.lastOffset()) + 1n
                )
                resolveOffset(batch.lastOffset())
              }
              return Promise.resolve()
            }
          })
        )
    )
    const one = ({ partition, topic }: Partition) => [{ topic, partitions: [partition] }]
    return {
      commit: (offsets) =>
        attempt(() => consumer.commitOffsets(offsets.map((at) => ({ ...at, offset: at.offset.toString() })))),
      pause: (partition) => consumer.pause(one(partition)),
      resume: (partition) => consumer.resume(one(partition)),
      lost: Deferred.await(crashed)
    }
  })

/** A question: asked again while the client says that it may help, as when the broker has just been started. */
const question = <A>(call: () => Promise<A>) =>
  Effect.retry(attempt(call), {
    schedule: Schedule.exponential("100 millis").pipe(Schedule.upTo({ duration: "4 seconds" })),
    while: ({ cause }) =>
      typeof cause === "object" && cause !== null && "retriable" in cause && cause.retriable === true
  })

const asking = (
  admin: Admin,
  refused: Effect.Effect<never, KafkaRefused>
): Pick<KafkaPort["Service"], "topics" | "bounds" | "since" | "committed"> => ({
  topics: Effect.raceFirst(
    refused,
    Effect.map(attempt(() => admin.connect().then(() => admin.listTopics())), (names) => new Set(names)).pipe(
      Effect.mapError((error) => {
        const reason = refusalOf(error.reason)
        return reason === undefined ? error : new KafkaRefused({ reason })
      })
    )
  ),
  bounds: (topic) =>
    Effect.map(
      question(() => admin.fetchTopicOffsets(topic)),
      (all) => all.map(({ high, low, partition }) => ({ topic, partition, low: BigInt(low), high: BigInt(high) }))
    ),
  since: (topic, timestamp) =>
    Effect.map(
      question(() => admin.fetchTopicOffsetsByTimestamp(topic, timestamp)),
      (all) => all.map(({ offset, partition }) => ({ topic, partition, offset: BigInt(offset) }))
    ),
  committed: (groupId, topics) =>
    Effect.map(
      question(() => admin.fetchOffsets({ groupId, topics: [...topics] })),
      (all) =>
        all.flatMap(({ partitions, topic }) =>
          partitions.flatMap(({ offset, partition }) =>
            BigInt(offset) < 0n ? [] : [{ topic, partition, offset: BigInt(offset) }]
          )
        )
    )
})

/** kafkajs at the brokers of the settings. Its own words are told at debug. */
export const layer: Layer.Layer<KafkaPort, never, KafkaConfig> = Layer.effect(
  KafkaPort,
  Effect.gen(function*() {
    yield* quietly
    const settings = yield* KafkaConfig
    const run = Effect.runForkWith(Context.omit(Scope.Scope)(yield* Effect.context<never>()))
    // kafkajs tries again for ten seconds what no waiting mends, and tells it at once
    const refused = yield* Deferred.make<never, KafkaRefused>()
    const kafka = client(settings, (message) => {
      const reason = refusalOf(message)
      if (reason !== undefined) Deferred.doneUnsafe(refused, Effect.fail(new KafkaRefused({ reason })))
      run(Effect.logDebug(`kafka: ${message}`))
    })
    const admin = yield* Effect.acquireRelease(
      Effect.sync(() => kafka.admin({ retry: { ...patience, retries: 2 } })),
      (one) => Effect.ignore(attempt(() => one.disconnect()))
    )
    return KafkaPort.of({
      send: yield* sending(kafka),
      join: joining(kafka, run),
      ...asking(admin, Deferred.await(refused))
    })
  })
)
