/**
 * Offers of one moment go to Redis as one call: on its own, most of what an offer costs is its way there and back. Each has
 * an answer of its own; what the call fails with they all fail with.
 */
import { type Offered, QueueFull, type QueueUnavailable } from "@headend/core/Delivery"
import { Effect } from "effect"
import { pack, type Value } from "./packing.ts"

interface Offer {
  readonly envelope: Uint8Array
  /** None: ''. */
  readonly dedupeKey: string
  /** Milliseconds. */
  readonly delay: number
}

type Answer = Effect.Effect<Offered, QueueFull | QueueUnavailable>

interface Asked extends Offer {
  readonly answer: (answer: Answer) => void
}

/**
 * Gathered so many, they are sent without waiting for more: Redis is at them while the next are sealed. A script of so many
 * holds up everybody else for half a millisecond.
 */
const atMost = 32
/** Before the id of a duplicate. */
const again = "="

export interface Options {
  readonly maxBacklog: number
  /** Calls the script: the answers in one text. */
  readonly offer: (limit: number, offers: Buffer) => Promise<string>
  readonly unavailable: (cause: unknown) => QueueUnavailable
}

export const make = ({ maxBacklog, offer, unavailable }: Options): (one: Offer) => Answer => {
  let gathered: Array<Asked> = []
  const full: Answer = Effect.fail(new QueueFull({ limit: maxBacklog }))
  const answerOf = (said: string): Answer => {
    if (said === "") return full
    return Effect.succeed(
      said.startsWith(again) ? { id: said.slice(again.length), duplicate: true } : { id: said, duplicate: false }
    )
  }

  const flush = () => {
    const some = gathered
    if (some.length === 0) return
    gathered = []
    const values: Array<Value> = []
    for (const { dedupeKey, delay, envelope } of some) values.push(envelope, dedupeKey, delay)
    offer(maxBacklog, pack(values)).then(
      (said) => {
        const each = said.split(" ")
        for (let i = 0; i < some.length; i++) some[i]!.answer(answerOf(each[i]!))
      },
      (cause: unknown) => {
        const failed = Effect.fail(unavailable(cause))
        for (const { answer } of some) answer(failed)
      }
    )
  }

  return ({ dedupeKey, delay, envelope }) =>
    Effect.callback((answer) => {
      const count = gathered.push({ envelope, dedupeKey, delay, answer })
      if (count === 1) process.nextTick(flush)
      if (count === atMost) flush()
    })
}
