/**
 * Intake of commands: at-least-once, retried with a delay, dead letters with their reason, a lag that is true. Media is
 * never started inside a handler: a job is declared to the registry, in milliseconds, and done.
 *
 * One contract suite holds every backend to this page; what a backend cannot do it declares in `abilities`.
 */
import { Cause, Clock, Context, Deferred, Duration, Effect, Exit, Layer } from "effect"
import {
  type Abilities,
  afterDefect,
  type Backlog,
  type DeadLetterNotFound,
  type DeadPage,
  defaultOptions,
  type Delivery,
  DeliveryLost,
  type Offered,
  type OfferOptions,
  type Outcome,
  type QueueFull,
  type QueueOptions,
  type QueueUnavailable
} from "./Delivery.ts"
import { type Handed, MemoryQueue } from "./internal/memoryQueue.ts"
import type { Job } from "./Job.ts"

export class JobQueue extends Context.Service<JobQueue, {
  /** `memory`, `sqlite`, `redis`, `kafka`. */
  readonly backend: string
  readonly abilities: Abilities
  readonly offer: (job: Job, options?: OfferOptions) => Effect.Effect<Offered, QueueFull | QueueUnavailable>
  /**
   * Hands out jobs until interrupted, so many at once. A job that cannot be read is a dead letter at once, without the
   * handler. Interruption stops reading; a handler that has not ended is interrupted and its job given back at once, which
   * is no attempt. A defect of the handler is a counted retry. Fails when the backend is lost: call it again.
   */
  readonly consume: <R>(
    handle: (delivery: Delivery) => Effect.Effect<Outcome, never, R>,
    options: { readonly concurrency: number }
  ) => Effect.Effect<never, QueueUnavailable, R>
  readonly backlog: Effect.Effect<Backlog, QueueUnavailable>
  readonly dead: {
    /** `limit`: 1 to 500, 100 unless given. */
    readonly list: (
      page: { readonly limit?: number; readonly cursor?: string }
    ) => Effect.Effect<DeadPage, QueueUnavailable>
    /** Offers it again as it was, with no attempt counted and its offer time kept. */
    readonly redrive: (id: string) => Effect.Effect<void, DeadLetterNotFound | QueueUnavailable>
  }
}>()("@headend/core/JobQueue") {}

/** The queue in memory, for embedding without persistence and for tests: it is gone with the process. */
export const layerMemory = (options: QueueOptions = {}): Layer.Layer<JobQueue> =>
  Layer.sync(JobQueue, () => {
    const { visibility, ...limits } = { ...defaultOptions, ...options }
    const queue = new MemoryQueue({ ...limits, visibility: Duration.toMillis(visibility) })
    let changed = Deferred.makeUnsafe<void>()
    const tell = () => {
      const before = changed
      changed = Deferred.makeUnsafe<void>()
      Deferred.doneUnsafe(before, Effect.void)
    }
    const at = <A>(step: (now: number) => A) => Effect.map(Clock.currentTimeMillis, step)
    const telling = <A>(step: (now: number) => A) => Effect.tap(at(step), () => Effect.sync(tell))

    /** Hands out the next one, and waits for it where it must: only the wait can be interrupted. */
    const next = (restore: <A>(wait: Effect.Effect<A>) => Effect.Effect<A>): Effect.Effect<Handed> =>
      Effect.suspend(() => {
        const told = Deferred.await(changed)
        return Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const handed = queue.take(now)
          if (handed !== undefined) return Effect.succeed(handed)
          const { due } = queue
          const wait = due === undefined
            ? told
            : Effect.raceFirst(told, Effect.sleep(Duration.millis(Math.max(1, due - now))))
          return Effect.andThen(restore(wait), next(restore))
        })
      })

    const settled = (handed: Handed, exit: Exit.Exit<Outcome>) =>
      telling((now) =>
        queue.settle(
          handed,
          Exit.isSuccess(exit) ? exit.value : Cause.hasInterrupts(exit.cause) ? "given back" : afterDefect(exit.cause),
          now
        )
      )

    return JobQueue.of({
      backend: "memory",
      abilities: { bounded: true, dedupes: true, expires: true, durable: false },
      offer: (job, offered = {}) => Effect.flatMap(telling((now) => queue.offer(job, offered, now)), Effect.fromResult),
      consume: (handle, { concurrency }) => {
        const one = Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(next(restore), (handed) => {
            const { attempts, id, job, key, offeredAt } = handed.item
            const extend = Effect.asVoid(Effect.filterOrFail(
              at((now) => queue.extend(handed, now)),
              (isOurs) => isOurs,
              () => new DeliveryLost({ id })
            ))
            return restore(handle({ id, job, key, attempt: attempts + 1, offeredAt, extend })).pipe(
              Effect.exit,
              Effect.flatMap((exit) => settled(handed, exit))
            )
          })
        )
        return Effect.all(Array.from({ length: concurrency }, () => Effect.forever(one)), {
          concurrency: "unbounded"
        }).pipe(Effect.andThen(Effect.never))
      },
      backlog: at((now) => queue.backlog(now)),
      dead: {
        list: ({ cursor, limit = 100 }) => Effect.sync(() => queue.dead(Math.min(Math.max(limit, 1), 500), cursor)),
        redrive: (id) => Effect.flatMap(telling((now) => queue.redrive(id, now)), Effect.fromResult)
      }
    })
  })
