/**
 * Intake of commands: at-least-once, retried with a delay, dead letters with their reason, a lag that is true. Media is
 * never started inside a handler: a job is declared to the registry, in milliseconds, and done.
 *
 * One contract suite holds every backend to this page; what a backend cannot do it declares in `abilities`.
 */
import { Context, Duration, type Effect, Layer } from "effect"
import {
  type Abilities,
  type Backlog,
  type DeadLetterNotFound,
  type DeadPage,
  defaultOptions,
  type Delivery,
  type Offered,
  type OfferOptions,
  type Outcome,
  type QueueFull,
  type QueueOptions,
  type QueueUnavailable
} from "./Delivery.ts"
import { make } from "./internal/localQueue.ts"
import { MemoryQueue, store } from "./internal/memoryQueue.ts"
import type { Job } from "./Job.ts"
import type { JobQueueStore } from "./JobQueueStore.ts"

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

/** A queue of one process on a store of its own. */
export const layerStored = (store: JobQueueStore): Layer.Layer<JobQueue> => Layer.sync(JobQueue, () => make(store))

/** The queue in memory, for embedding without persistence and for tests: it is gone with the process. */
export const layerMemory = (options: QueueOptions = {}): Layer.Layer<JobQueue> =>
  Layer.sync(JobQueue, () => {
    const { visibility, ...limits } = { ...defaultOptions, ...options }
    return make(store(new MemoryQueue({ ...limits, visibility: Duration.toMillis(visibility) })))
  })
