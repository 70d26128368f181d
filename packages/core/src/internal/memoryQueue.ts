/**
 * The job queue in memory: every step is one synchronous method, and so atomic. Times are the clock's.
 */
import { Clock, Duration, Effect, Result } from "effect"
import {
  type Backlog,
  type DeadLetter,
  DeadLetterNotFound,
  type DeadPage,
  letter,
  type Offered,
  type OfferOptions,
  type Outcome,
  QueueFull
} from "../Delivery.ts"
import { type Job, summary } from "../Job.ts"
import type { JobQueueStore } from "../JobQueueStore.ts"
import * as Trace from "../Trace.ts"
import type { TraceParent } from "../Trace.ts"

const day = 24 * 60 * 60_000

/**
 * When something is offered now, and something else was offered last. Each offer has a time of its own, so that a stop and
 * a start in the same millisecond are in order: fractions of it that a double holds exactly.
 */
export const stamp = (now: number, last: number): number => Math.max(now, last + 1 / 1024)

export interface Item {
  readonly id: string
  readonly job: Job
  readonly key: string
  readonly offeredAt: number
  readonly trace: TraceParent | undefined
  /** Those that are over, and count. */
  attempts: number
}

/** An item that was handed out. One that was handed out again since has another. */
export interface Handed {
  readonly item: Item
  until: number
}

interface Delayed {
  readonly item: Item
  readonly at: number
}

export interface Limits {
  readonly visibility: number
  readonly maxAttempts: number
  readonly maxBacklog: number
  readonly maxDead: number
}

export class MemoryQueue {
  /** In the order in which they are handed out. */
  private readonly ready = new Map<string, Item>()
  /** The next one first. */
  private delayed: ReadonlyArray<Delayed> = []
  private readonly handed = new Set<Handed>()
  /** The oldest first. */
  private readonly letters = new Map<string, { readonly letter: DeadLetter; readonly item: Item }>()
  private readonly keys = new Map<string, { readonly id: string; readonly at: number }>()
  private offered = 0
  private stamped = -Infinity
  private purged = 0
  private readonly limits: Limits

  constructor(limits: Limits) {
    this.limits = limits
  }

  offer(
    job: Job,
    options: OfferOptions,
    trace: TraceParent | undefined,
    now: number
  ): Result.Result<Offered, QueueFull> {
    const { dedupeKey } = options
    this.purge(now)
    const seen = dedupeKey === undefined ? undefined : this.keys.get(dedupeKey)
    if (seen !== undefined) return Result.succeed({ id: seen.id, duplicate: true })
    if (this.ready.size + this.delayed.length >= this.limits.maxBacklog) {
      return Result.fail(new QueueFull({ limit: this.limits.maxBacklog }))
    }
    const id = `j${++this.offered}`
    if (dedupeKey !== undefined) this.keys.set(dedupeKey, { id, at: now })
    this.stamped = stamp(now, this.stamped)
    const item: Item = { id, job, key: dedupeKey ?? id, offeredAt: this.stamped, trace, attempts: 0 }
    this.put(item, options.delay === undefined ? 0 : Duration.toMillis(options.delay), now)
    return Result.succeed({ id, duplicate: false })
  }

  /** Hands out the next one, if there is one by now. */
  take(now: number): Handed | undefined {
    this.promote(now)
    this.lapse(now)
    const [item] = this.ready.values()
    if (item === undefined) return undefined
    this.ready.delete(item.id)
    const handed: Handed = { item, until: now + this.limits.visibility }
    this.handed.add(handed)
    return handed
  }

  /** When the next one may become ready by time alone. */
  get due(): number | undefined {
    const times = [...this.handed].map(({ until }) => until)
    const next = this.delayed[0]
    return times.length === 0 && next === undefined ? undefined : Math.min(...times, next?.at ?? Infinity)
  }

  /** Whether it was still ours. */
  extend(handed: Handed, now: number): boolean {
    if (!this.handed.has(handed) || handed.until <= now) return false
    handed.until = now + this.limits.visibility
    return true
  }

  /** What came of it; of one that is not ours any more, nothing does. */
  settle(handed: Handed, outcome: Outcome | "given back", now: number): void {
    if (!this.handed.delete(handed)) return
    const { item } = handed
    if (outcome === "given back") return this.putFirst(item)
    if (outcome._tag === "Done") return
    if (outcome._tag === "Dead") return this.bury(item, outcome.reason, item.attempts + 1, now)
    if (outcome.counts) item.attempts++
    if (item.attempts >= this.limits.maxAttempts) return this.bury(item, outcome.reason, item.attempts, now)
    this.put(item, Duration.toMillis(outcome.after), now)
  }

  backlog(now: number): Backlog {
    this.promote(now)
    this.lapse(now)
    const oldest = [...this.ready.values()].reduce((least, { offeredAt }) => Math.min(least, offeredAt), Infinity)
    return {
      undelivered: this.ready.size,
      inFlight: this.handed.size,
      delayed: this.delayed.length,
      oldestAgeMs: this.ready.size === 0 ? null : Math.max(0, now - oldest),
      dead: this.letters.size
    }
  }

  dead(limit: number, cursor: string | undefined): DeadPage {
    const all = [...this.letters.values()].map((one) => one.letter).toReversed()
    const from = cursor === undefined ? 0 : all.findIndex(({ id }) => id === cursor) + 1
    const items = all.slice(from, from + limit)
    return { items, next: from + limit < all.length ? items.at(-1)!.id : null }
  }

  redrive(id: string, now: number): Result.Result<void, DeadLetterNotFound> {
    const found = this.letters.get(id)
    if (found === undefined) return Result.fail(new DeadLetterNotFound({ id }))
    this.letters.delete(id)
    this.put({ ...found.item, attempts: 0 }, 0, now)
    return Result.succeed(undefined)
  }

  private put(item: Item, delay: number, now: number): void {
    if (delay <= 0) this.ready.set(item.id, item)
    else this.delayed = [...this.delayed, { item, at: now + delay }].toSorted((a, b) => a.at - b.at)
  }

  private putFirst(item: Item): void {
    const rest = [...this.ready]
    this.ready.clear()
    for (const [id, one] of [[item.id, item] as const, ...rest]) this.ready.set(id, one)
  }

  private promote(now: number): void {
    const due = this.delayed.findIndex(({ at }) => at > now)
    const some = due < 0 ? this.delayed : this.delayed.slice(0, due)
    if (some.length === 0) return
    this.delayed = this.delayed.slice(some.length)
    for (const { item } of some) this.ready.set(item.id, item)
  }

  /** Whoever had these has died, or does not get to run: an attempt, so that a job that kills its readers ends. */
  private lapse(now: number): void {
    for (const handed of this.handed) {
      if (handed.until > now) continue
      this.handed.delete(handed)
      const { item } = handed
      item.attempts++
      if (item.attempts < this.limits.maxAttempts) this.ready.set(item.id, item)
      else this.bury(item, "its worker was lost each time", item.attempts, now)
    }
  }

  private bury(item: Item, reason: string, attempts: number, now: number): void {
    const { id, offeredAt } = item
    this.letters.set(id, {
      item,
      letter: letter(summary(item.job), { id, reason, attempts, offeredAt, failedAt: Math.max(now, offeredAt) })
    })
    const [oldest] = this.letters.keys()
    if (this.letters.size > this.limits.maxDead && oldest !== undefined) this.letters.delete(oldest)
  }

  private purge(now: number): void {
    if (now - this.purged < 60_000) return
    this.purged = now
    for (const [key, { at }] of this.keys) if (now - at > day) this.keys.delete(key)
  }
}

/** Its steps, at the time of the clock. */
export const store = (queue: MemoryQueue): JobQueueStore => {
  const at = <A>(step: (now: number) => A) => Effect.map(Clock.currentTimeMillis, step)
  return {
    backend: "memory",
    abilities: { bounded: true, dedupes: true, expires: true, stamps: true, durable: false },
    offer: (job, options) =>
      Effect.flatMap(
        Trace.current,
        (trace) => Effect.flatMap(at((now) => queue.offer(job, options, trace, now)), Effect.fromResult)
      ),
    take: at((now) => {
      const handed = queue.take(now)
      if (handed === undefined) return undefined
      const { attempts, id, job, key, offeredAt, trace } = handed.item
      return {
        delivery: { id, job, key, attempt: attempts + 1, trace, offeredAt },
        extend: at((now) => queue.extend(handed, now)),
        settle: (outcome) => at((now) => queue.settle(handed, outcome, now))
      }
    }),
    due: Effect.sync(() => queue.due),
    backlog: at((now) => queue.backlog(now)),
    dead: (limit, cursor) => Effect.sync(() => queue.dead(limit, cursor)),
    redrive: (id) => Effect.flatMap(at((now) => queue.redrive(id, now)), Effect.fromResult)
  }
}
