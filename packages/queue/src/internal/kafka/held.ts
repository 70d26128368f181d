/**
 * What this member has in hand of one partition. Records are finished in any order; committed is where the lowest
 * unfinished one stands, so that what was not finished comes again, whoever reads on.
 */
import type { Deferred, Fiber } from "effect"
import type { Membership, Partition } from "../../kafka/KafkaPort.ts"

/** A record that was read and is not finished. */
export interface Item {
  readonly finished: Deferred.Deferred<void>
  /** Its handler runs now. */
  running: boolean
  /** It waits until something that we need is back. */
  waiting: boolean
  /** It is not to be handled yet. */
  readonly due: number
  fiber: Fiber.Fiber<unknown, unknown> | undefined
}

export class Held implements Partition {
  readonly topic: string
  readonly partition: number
  /** By offset, in their order. */
  readonly items = new Map<bigint, Item>()
  /** The last one of each key: the next one waits for it. */
  readonly #tails = new Map<string, Item>()
  /** Where reading goes on; undefined until something was read. */
  next: bigint | undefined
  #committed: bigint | undefined
  /** No other member has it. */
  owned = true
  #paused = false
  readonly #limit: number

  constructor({ partition, topic }: Partition, limit: number) {
    this.topic = topic
    this.partition = partition
    this.#limit = limit
  }

  /** Whether the record is new here; after the group has met again, unfinished ones are read a second time. */
  isNew(offset: bigint): boolean {
    return this.next === undefined || offset >= this.next
  }

  /** The item that this one comes after: that of the same key before it. */
  add(offset: bigint, key: string | null, item: Item): Item | undefined {
    this.items.set(offset, item)
    if (key === null) return undefined
    const before = this.#tails.get(key)
    this.#tails.set(key, item)
    return before
  }

  finish(offset: bigint, key: string | null): void {
    const item = this.items.get(offset)
    this.items.delete(offset)
    if (key !== null && this.#tails.get(key) === item) this.#tails.delete(key)
  }

  /** Where others would read on; undefined when that is committed already. */
  get uncommitted(): bigint | undefined {
    if (!this.owned) return undefined
    const [lowest] = this.items.keys()
    const offset = lowest ?? this.next
    return offset === this.#committed ? undefined : offset
  }

  committed(offset: bigint): void {
    this.#committed = offset
  }

  /** Reads no more while too much is in hand. */
  throttle(membership: Membership | undefined): void {
    const many = this.items.size >= (this.#paused ? this.#limit / 2 : this.#limit)
    if (membership === undefined || many === this.#paused || !this.owned) return
    this.#paused = many
    if (many) membership.pause(this)
    else membership.resume(this)
  }

  /** It belongs to somebody else now. A pause would outlast it. */
  lose(membership: Membership | undefined): ReadonlyArray<Fiber.Fiber<unknown, unknown>> {
    this.owned = false
    if (this.#paused) membership?.resume(this)
    return [...this.items.values()].flatMap(({ fiber, running }) => fiber === undefined || running ? [] : [fiber])
  }
}
