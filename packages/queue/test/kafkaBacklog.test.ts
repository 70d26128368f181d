// The age of the oldest job on Kafka, searched for by asking of which time a record is.
import { assert, it } from "@effect/vitest"
import { KafkaPort } from "@headend/queue/kafka/KafkaPort"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import * as Backlog from "../src/internal/kafka/backlog.ts"
import { namesOf } from "../src/internal/kafka/records.ts"

const names = namesOf("test")
const now = 1_800_000_000_000

/** Partitions of jobs, each with the ages of its records, the oldest first, and how many of them are finished. */
const played = (
  partitions: ReadonlyArray<{ readonly ages: ReadonlyArray<number>; readonly finished: number | null }>
) => {
  let asked = 0
  const port = KafkaPort.of({
    topics: Effect.die("not asked"),
    send: () => Effect.die("not asked"),
    join: () => Effect.die("not asked"),
    bounds: (topic) =>
      Effect.succeed(
        topic === names.jobs
          ? partitions.map(({ ages }, partition) => ({ topic, partition, low: 3n, high: 3n + BigInt(ages.length) }))
          : [{ topic, partition: 0, low: 0n, high: 5n }]
      ),
    since: (topic, timestamp) =>
      Effect.sync(() => {
        asked++
        return partitions.map(({ ages }, partition) => {
          const first = ages.findIndex((age) => now - age >= timestamp)
          return { topic, partition, offset: 3n + BigInt(first < 0 ? ages.length : first) }
        })
      }),
    committed: () =>
      Effect.succeed(
        partitions.flatMap(({ finished }, partition) =>
          finished === null ? [] : [{ topic: names.jobs, partition, offset: 3n + BigInt(finished) }]
        )
      )
  })
  const ages = partitions.flatMap(({ ages, finished }) => ages.slice(finished ?? 0))
  return { port, asked: () => asked, truth: ages.length === 0 ? null : Math.max(...ages) }
}

const ageOf = (port: KafkaPort["Service"]) =>
  Effect.gen(function*() {
    yield* TestClock.setTime(now)
    return (yield* Backlog.lag(names, yield* Backlog.ask(port, names), [])).oldestAgeMs
  })

const day = 86_400_000
const partition = fc.record({
  ages: fc.array(fc.oneof(fc.nat(3_000), fc.nat(day), fc.nat(400 * day)), { maxLength: 6 }).map((ages) =>
    ages.toSorted((a, b) => b - a)
  ),
  finished: fc.option(fc.nat(6))
}).map(({ ages, finished }) => ({ ages, finished: finished === null ? null : Math.min(finished, ages.length) }))

it.effect("is that of the oldest record that was not finished, to a sixteenth, in few questions", () =>
  Effect.promise(() =>
    fc.assert(fc.asyncProperty(fc.array(partition, { maxLength: 4 }), (partitions) => {
      const { asked, port, truth } = played(partitions)
      return Effect.runPromise(
        Effect.map(Effect.provide(ageOf(port), TestClock.layer()), (age) => {
          if (truth === null || age === null) return assert.deepStrictEqual([age, asked()], [truth, 0])
          assert.isAtMost(age, truth)
          assert.isAtLeast(age, truth - Math.max(51, truth / 15))
          assert.isAtMost(asked(), 33)
        })
      )
    }))
  ))
