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
}

/** What was asked of Kafka. */
export interface Asked {
  readonly bounds: ReadonlyArray<Bounds>
  readonly committed: ReadonlyMap<string, bigint>
}

const place = ({ partition, topic }: { readonly topic: string; readonly partition: number }) => `${topic}/${partition}`

export const ask = (port: KafkaPort["Service"], names: Names): Effect.Effect<Asked, QueueUnavailable> => {
  const topics = [names.jobs, names.retry]
  return Effect.gen(function*() {
    // committed first: read the other way round, what is offered and finished in between would be a lag below nothing
    const committed = yield* port.committed(names.group, topics)
    const bounds = yield* Effect.forEach(topics, port.bounds, { concurrency: 2 })
    return {
      bounds: bounds.flat(),
      committed: new Map(committed.map((at) => [place(at), at.offset]))
    }
  })
}

/** Records of a partition that are not finished. Committed below what is kept any more: those are gone. */
const open = ({ high, low }: Bounds, from: bigint | undefined): number =>
  Number(high - (from === undefined || from < low ? low : from > high ? high : from))

export const lag = (
  names: Names,
  { bounds, committed }: Asked,
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
    return { undelivered, inFlight, delayed }
  })
