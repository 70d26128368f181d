/**
 * What was read and waits for a hand, or hands that wait for it: never both. A hand that takes goes on in the same turn,
 * since a job may cost less than a turn.
 */
import { Effect } from "effect"

export class Inbox<A> {
  #items: Array<A> = []
  /** Of the first that nobody has taken. */
  #next = 0
  readonly #hands = new Set<(taken: Effect.Effect<A>) => void>()

  readonly #onTake: () => void

  /** `onTake` hears of each hand that took or waits, once it is counted. */
  constructor(onTake: () => void) {
    this.#onTake = onTake
  }

  /** How many wait for a hand. */
  get size(): number {
    return this.#items.length - this.#next
  }

  /** How many hands wait. */
  get idle(): number {
    return this.#hands.size
  }

  /** Waits where there is none. */
  readonly take: Effect.Effect<A> = Effect.suspend(() => {
    if (this.size > 0) {
      const item = this.#shift()
      this.#onTake()
      return Effect.succeed(item)
    }
    return Effect.callback<A>((resume) => {
      this.#hands.add(resume)
      this.#onTake()
      return Effect.sync(() => void this.#hands.delete(resume))
    })
  })

  put(items: ReadonlyArray<A>): void {
    for (const item of items) this.#items.push(item)
    for (const hand of this.#hands) {
      if (this.size === 0) break
      this.#hands.delete(hand)
      hand(Effect.succeed(this.#shift()))
    }
  }

  /** Everything that waits, which does not then. */
  clear(): ReadonlyArray<A> {
    const waiting = this.#items.slice(this.#next)
    this.#items = []
    this.#next = 0
    return waiting
  }

  #shift(): A {
    const item = this.#items[this.#next++]! // there is one
    if (this.size === 0) {
      this.#items = []
      this.#next = 0
    }
    return item
  }
}
