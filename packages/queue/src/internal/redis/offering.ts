/**
 * Offers of one moment go to Redis as one call: on its own, most of what an offer costs is its way there and back. Each has
 * an answer of its own; what the call fails with they all fail with.
 */
import { type Offered, QueueFull, type QueueUnavailable } from "@headend/core/Delivery"
import { Effect } from "effect"

interface Offer {
  readonly envelope: string
  /** None: ''. */
  readonly dedupeKey: string
  /** Milliseconds. */
  readonly delay: number
}

type Answer = Effect.Effect<Offered, QueueFull | QueueUnavailable>

interface Asked extends Offer {
  readonly answer: (answer: Answer) => void
}

/** A script holds up everybody else in Redis: this many jobs take it a millisecond or two. */
const atMost = 128

export interface Options {
  readonly maxBacklog: number
  /** Calls the script with what it takes: id and whether it is a duplicate, of each. */
  readonly offer: (args: ReadonlyArray<string | number>) => Promise<ReadonlyArray<string | number>>
  readonly unavailable: (cause: unknown) => QueueUnavailable
}

export const make = ({ maxBacklog, offer, unavailable }: Options): (one: Offer) => Answer => {
  let gathered: Array<Asked> = []
  const full: Answer = Effect.fail(new QueueFull({ limit: maxBacklog }))

  const send = (some: ReadonlyArray<Asked>) => {
    const args: Array<string | number> = [maxBacklog]
    for (const { dedupeKey, delay, envelope } of some) args.push(envelope, dedupeKey, delay)
    offer(args).then(
      (said) => {
        for (const [i, { answer }] of some.entries()) {
          const id = String(said[2 * i])
          answer(id === "" ? full : Effect.succeed({ id, duplicate: said[2 * i + 1] === 1 }))
        }
      },
      (cause: unknown) => {
        const failed = Effect.fail(unavailable(cause))
        for (const { answer } of some) answer(failed)
      }
    )
  }
  const flush = () => {
    const all = gathered
    gathered = []
    for (let i = 0; i < all.length; i += atMost) send(all.slice(i, i + atMost))
  }

  return (one) =>
    Effect.callback((answer) => {
      if (gathered.push({ ...one, answer }) === 1) process.nextTick(flush)
    })
}
