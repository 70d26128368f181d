/**
 * The dead letters as the log of their topic tells them: a record under an id is a letter, an empty one takes it back. A
 * reader of its own, begun when somebody first asks, keeps the newest of them in memory, and answers once it has read as
 * far as the topic goes.
 */
import { QueueUnavailable } from "@headend/core/Delivery"
import { Effect, Schedule, type Scope } from "effect"
import type { KafkaPort, KafkaRecord } from "../../kafka/KafkaPort.ts"
import { idOf } from "./records.ts"

export interface DeadLetters {
  /** By id of the job, in the order in which they were read. */
  readonly all: Effect.Effect<ReadonlyMap<string, KafkaRecord>, QueueUnavailable>
}

/** `group` is nobody else's; it commits nothing, and Kafka forgets it. */
export const make = (
  port: KafkaPort["Service"],
  topic: string,
  group: string,
  most: number
): Effect.Effect<DeadLetters, never, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const letters = new Map<string, KafkaRecord>()
    const read = new Map<number, bigint>()

    const take = (record: KafkaRecord) => {
      const id = record.value === null ? record.key : idOf(record)
      if (id === null) return
      letters.delete(id)
      if (record.value !== null) letters.set(id, record)
      const [oldest] = letters.keys()
      if (letters.size > most && oldest !== undefined) letters.delete(oldest)
    }

    const reading = Effect.scoped(Effect.gen(function*() {
      letters.clear()
      read.clear()
      const membership = yield* port.join({
        group,
        topics: [topic],
        sessionTimeoutMs: 30_000,
        onAssigned: () => {},
        onRecords: ({ partition }, records, next) => {
          for (const record of records) {
            // after a meeting of the group they come again
            if (record.offset >= (read.get(partition) ?? 0n)) take(record)
          }
          if (next > (read.get(partition) ?? 0n)) read.set(partition, next)
        }
      })
      return yield* membership.lost
    })).pipe(Effect.retry(Schedule.spaced("1 second")))

    const begin = yield* Effect.cached(Effect.forkIn(reading, scope))

    const caughtUp = (
      bounds: ReadonlyArray<{ readonly partition: number; readonly low: bigint; readonly high: bigint }>
    ) => bounds.every(({ high, low, partition }) => low >= high || (read.get(partition) ?? 0n) >= high)

    return {
      all: Effect.gen(function*() {
        yield* begin
        const bounds = yield* port.bounds(topic)
        yield* Effect.suspend(() => caughtUp(bounds) ? Effect.void : Effect.fail("behind" as const)).pipe(
          Effect.retry(Schedule.spaced("20 millis").pipe(Schedule.upTo({ duration: "15 seconds" }))),
          Effect.mapError(() =>
            new QueueUnavailable({ reason: `${topic} cannot be read to its end within 15 seconds` })
          )
        )
        return letters
      })
    }
  })
