/**
 * The jobs that this member of the group has in hand: each waits until it is due, until its key's earlier ones are
 * finished, and for a free place; then it is handled and settled. What comes of it is written before it counts as finished.
 */
import { afterDefect, type Delivery, DeliveryLost, type Outcome, type QueueUnavailable } from "@headend/core/Delivery"
import * as Job from "@headend/core/Job"
import { Cause, Clock, Deferred, Duration, Effect, Exit, type Fiber, Latch, Result, Semaphore } from "effect"
import type { KafkaRecord, Membership, Outgoing, Partition } from "../../kafka/KafkaPort.ts"
import { Held, type Item } from "./held.ts"
import { again, attempts, dead, idOf, later, type Names, notBefore, offeredAt } from "./records.ts"

export interface Options {
  readonly names: Names
  readonly open: (text: string) => Effect.Effect<Job.Enveloped, Job.JobUnreadable>
  readonly handle: (delivery: Delivery) => Effect.Effect<Outcome>
  /** Runs it until the consumer ends. */
  readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<unknown, unknown>
  readonly concurrency: number
  readonly maxAttempts: number
  readonly send: (record: Outgoing) => Effect.Effect<void, QueueUnavailable>
}

/** How many records of a partition are in hand at most, about: those that wait for their time may be many. */
const limits = { jobs: 256, retry: 2_000 }

/**
 * What waits for longer is written again at the end of its topic: nothing that was finished behind it is read a second time
 * for its sake, whoever reads on.
 */
const patienceMs = 600_000

/** Committed after so many, or after 100 ms. */
const commitEach = 50

const place = ({ partition, topic }: Partition) => `${topic}/${partition}`

/** Settled, or to be handled once more. */
type Settled = "finished" | { readonly waitMs: number }

export class Intake {
  readonly #held = new Map<string, Held>()
  readonly #options: Options
  readonly #permits: Semaphore.Semaphore
  /** Something was finished; much was. */
  readonly #some = Latch.makeUnsafe()
  readonly #many = Latch.makeUnsafe()
  #finished = 0
  #closed = false
  /** Shut while the group meets: what is begun then may be begun by another, too. */
  readonly #gate = Latch.makeUnsafe(true)
  /** Until the group is joined nothing is read. */
  membership: Membership | undefined

  constructor(options: Options) {
    this.#options = options
    this.#permits = Semaphore.makeUnsafe(options.concurrency)
  }

  /** The partitions of which something was read. */
  get held(): Iterable<Held> {
    return this.#held.values()
  }

  /** All that is ours from now on. What has begun elsewhere goes on to its end, and what comes of it counts for nothing. */
  readonly assign = (partitions: ReadonlyArray<Partition>): void => {
    this.#gate.openUnsafe()
    const ours = new Set(partitions.map(place))
    for (const [name, held] of this.#held) {
      if (ours.has(name)) continue
      this.#held.delete(name)
      for (const fiber of held.lose(this.membership)) fiber.interruptUnsafe()
    }
  }

  readonly hold = (): void => {
    this.#gate.closeUnsafe()
    this.#options.fork(this.commit)
  }

  readonly read = (from: Partition, records: ReadonlyArray<KafkaRecord>, next: bigint): void => {
    if (this.#closed) return
    const retries = from.topic === this.#options.names.retry
    const held = this.#held.get(place(from)) ?? new Held(from, retries ? limits.retry : limits.jobs)
    this.#held.set(place(from), held)
    for (const record of records) {
      if (!held.isNew(record.offset)) continue
      const item: Item = {
        finished: Deferred.makeUnsafe(),
        running: false,
        waiting: false,
        due: notBefore(record),
        fiber: undefined
      }
      // a retry has lost its place already
      const before = held.add(record.offset, retries ? null : record.key, item)
      item.fiber = this.#options.fork(this.#work(held, record, item, before))
    }
    if (held.isNew(next)) held.next = next
    held.throttle(this.membership)
  }

  /** What is read from now on is left to others. */
  readonly close: Effect.Effect<void> = Effect.sync(() => {
    this.#closed = true
  })

  /** Commits for as long as it runs, and only when something was finished. */
  readonly committing: Effect.Effect<never> = Effect.suspend(() =>
    this.#some.await.pipe(
      Effect.andThen(Effect.timeoutOption(this.#many.await, "100 millis")),
      Effect.andThen(this.commit)
    )
  ).pipe(Effect.forever)

  readonly commit: Effect.Effect<void> = Effect.suspend(() => {
    this.#some.closeUnsafe()
    this.#many.closeUnsafe()
    this.#finished = 0
    const { membership } = this
    const offsets = [...this.#held.values()].flatMap((held) =>
      held.uncommitted === undefined ? [] : [{ held, offset: held.uncommitted }]
    )
    if (offsets.length === 0 || membership === undefined) return Effect.void
    const positions = offsets.map(({ held: { partition, topic }, offset }) => ({ topic, partition, offset }))
    return membership.commit(positions).pipe(
      Effect.tap(() => Effect.sync(() => offsets.forEach(({ held, offset }) => held.committed(offset)))),
      // the group meets, or the broker is away: committed later, or handled twice
      Effect.catch((error) =>
        Effect.andThen(
          Effect.logDebug("kafka: not committed", error),
          Effect.delay(Effect.sync(() => this.#some.openUnsafe()), "100 millis")
        )
      )
    )
  })

  readonly #work = Effect.fnUntraced(
    function*(this: Intake, held: Held, record: KafkaRecord, item: Item, before: Item | undefined) {
      const wait = item.due - (yield* Clock.currentTimeMillis)
      if (wait > 0) yield* Effect.sleep(Math.min(wait, patienceMs))
      if (wait > patienceMs) {
        if (held.owned) yield* this.#write(held, record, item, later(this.#options.names, record))
        return
      }
      if (before !== undefined) yield* Deferred.await(before.finished)
      let settled: Settled = yield* this.#once(held, record, item)
      while (settled !== "finished") {
        item.waiting = true
        yield* Effect.sleep(settled.waitMs)
        item.waiting = false
        settled = yield* this.#once(held, record, item)
      }
    }
  )

  /** Handles it in a free place, and writes what came of it, unless the partition was lost meanwhile. */
  readonly #once = (held: Held, record: KafkaRecord, item: Item): Effect.Effect<Settled> =>
    this.#permits.withPermit(Effect.uninterruptibleMask((restore) =>
      Effect.gen({ self: this }, function*() {
        yield* restore(this.#gate.await)
        if (!held.owned) return "finished"
        const opened = yield* Effect.result(this.#options.open(record.value ?? ""))
        if (Result.isFailure(opened)) {
          const unreadable = { type: "unreadable", broadcast: null } as const
          return yield* this.#write(held, record, item, this.#dead(record, unreadable, opened.failure.message))
        }
        const { job, key, trace } = opened.success
        const id = idOf(record)
        const attempt = attempts(record) + 1
        item.running = true
        const outcome = yield* restore(this.#options.handle({
          id,
          job,
          key: key ?? id,
          attempt,
          trace,
          offeredAt: offeredAt(record),
          extend: Effect.suspend(() => held.owned ? Effect.void : Effect.fail(new DeliveryLost({ id })))
        })).pipe(
          Effect.catchCause((cause) =>
            Cause.hasInterrupts(cause)
              ? Effect.failCause(cause as Cause.Cause<never>)
              : Effect.as(Effect.logError(`job ${id}: the handler died`, cause), afterDefect(cause))
          ),
          Effect.ensuring(Effect.sync(() => {
            item.running = false
          }))
        )
        if (!held.owned) return "finished"
        if (outcome._tag === "Retry" && !outcome.counts) {
          return { waitMs: Duration.toMillis(Duration.fromInputUnsafe(outcome.after)) }
        }
        const next = outcome._tag === "Done"
          ? undefined
          : outcome._tag === "Dead" || attempt >= this.#options.maxAttempts
          ? this.#dead(record, Job.summary(job), outcome.reason)
          : again(
            this.#options.names,
            record,
            attempt,
            (yield* Clock.currentTimeMillis) + Duration.toMillis(Duration.fromInputUnsafe(outcome.after)),
            outcome.reason
          )
        return yield* this.#write(held, record, item, next)
      })
    ))

  #dead(record: KafkaRecord, summary: Job.JobSummary, reason: string): Outgoing {
    return dead(this.#options.names, record, summary, attempts(record) + 1, reason)
  }

  readonly #written = (record: Outgoing): Effect.Effect<void> =>
    Effect.catch(
      this.#options.send(record),
      (error) =>
        Effect.logWarning(`${record.topic}: not written yet, tried again`, error).pipe(
          Effect.andThen(Effect.sleep("1 second")),
          Effect.andThen(Effect.suspend(() => this.#written(record)))
        )
    )

  /** It counts as finished once that is written; until then it is tried, and whoever interrupts gives the job back. */
  readonly #write = (
    held: Held,
    record: KafkaRecord,
    item: Item,
    next: Outgoing | undefined
  ): Effect.Effect<Settled> =>
    (next === undefined ? Effect.void : Effect.interruptible(this.#written(next))).pipe(
      Effect.andThen(Effect.sync(() => {
        held.finish(record.offset, record.key)
        Deferred.doneUnsafe(item.finished, Exit.void)
        held.throttle(this.membership)
        this.#some.openUnsafe()
        if (++this.#finished >= commitEach) this.#many.openUnsafe()
        return "finished" as const
      }))
    )
}
