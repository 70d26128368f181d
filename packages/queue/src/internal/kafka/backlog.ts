/**
 * How much waits, from what Kafka knows: the end of each partition less what the group has committed, which holds while nobody reads.
 * Of partitions that are read here more is known: what is in hand.
 */
import type { QueueUnavailable } from "@headend/core/Delivery"
import { Clock, Effect } from "effect"
import type { Bounds, KafkaPort } from "../../kafka/KafkaPort.ts"
import type { Held } from "./held.ts"
import type { Names } from "./records.ts"

export interface Lag {
  readonly undelivered: number
  readonly inFlight: number
  readonly delayed: number
  readonly oldestAgeMs: number | null
}

/** What was asked of Kafka. */
export interface Asked {
  readonly bounds: ReadonlyArray<Bounds>
  readonly committed: ReadonlyMap<string, bigint>
  /** When the oldest job that was not finished was offered, milliseconds since 1970. */
  readonly oldest: number | null
}

const place = ({ partition, topic }: { readonly topic: string; readonly partition: number }) => `${topic}/${partition}`

export const ask = (port: KafkaPort["Service"], names: Names): Effect.Effect<Asked, QueueUnavailable> => {
  const topics = [names.jobs, names.retry]
  return Effect.gen(function*() {
    // committed first: read the other way round, what is offered and finished in between would be a lag below nothing
    const committed = yield* port.committed(names.group, topics)
    const bounds = yield* Effect.forEach(topics, port.bounds, { concurrency: 2 })
    const asked = { bounds: bounds.flat(), committed: new Map(committed.map((at) => [place(at), at.offset])) }
    return { ...asked, oldest: yield* oldest(port, names, asked) }
  })
}

/** Where the first record of a partition stands that is not finished. Committed below what is kept: those are gone. */
const first = ({ high, low }: Bounds, from: bigint | undefined): bigint =>
  from === undefined || from < low ? low : from > high ? high : from

/** Records of a partition that are not finished. */
const open = (bounds: Bounds, from: bigint | undefined): number => Number(bounds.high - first(bounds, from))

/** Milliseconds, or a part of the age: what is known no better than so. */
const blur = (age: number) => Math.max(50, age / 16)
/** No record is looked for that is older: about 35 years. */
const longest = 2 ** 40

/**
 * Kafka tells of no record when it was written but to who reads it, and of a time which record was the first after. So that
 * time is searched for: twice as far back until nothing is older, and then halved.
 */
const oldest = Effect.fnUntraced(function*(
  port: KafkaPort["Service"],
  { jobs }: Names,
  { bounds, committed }: Omit<Asked, "oldest">
): Effect.fn.Return<number | null, QueueUnavailable> {
  const unfinished = new Map(
    bounds.filter((one) => one.topic === jobs && open(one, committed.get(place(one))) > 0)
      .map((one) => [place(one), first(one, committed.get(place(one)))])
  )
  if (unfinished.size === 0) return null
  const now = yield* Clock.currentTimeMillis
  const isOlder = (age: number) =>
    Effect.map(
      port.since(jobs, now - age),
      (all) => all.some((at) => at.offset > (unfinished.get(place(at)) ?? at.offset))
    )
  let younger = 0
  let older = 1_000
  while (older < longest && (yield* isOlder(older))) {
    younger = older
    older *= 2
  }
  while (older - younger > blur(younger)) {
    const middle = (younger + older) / 2
    if (yield* isOlder(Math.round(middle))) younger = middle
    else older = middle
  }
  return now - Math.round(younger)
})

export const lag = (
  names: Names,
  { bounds, committed, oldest }: Asked,
  held: Iterable<Held>
): Effect.Effect<Lag> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const ours = new Map([...held].map((one) => [place(one), one]))
    let undelivered = 0
    let delayed = 0
    let inFlight = 0
    for (const one of bounds) {
      const mine = ours.get(place(one))
      const items = [...mine?.items.values() ?? []]
      // in hand, and what was not read yet; of others what is not committed
      const rest = mine?.next === undefined ? open(one, committed.get(place(one))) : open(one, mine.next)
      const running = items.filter((item) => item.running).length
      const later = items.filter((item) => !item.running && (item.waiting || item.due > now)).length
      inFlight += running
      delayed += later + (one.topic === names.retry ? rest : 0)
      undelivered += items.length - running - later + (one.topic === names.retry ? 0 : rest)
    }
    return { undelivered, inFlight, delayed, oldestAgeMs: undelivered === 0 || oldest === null ? null : now - oldest }
  })
