/**
 * Where a queue of one process keeps its jobs: in memory, or in a file. Each step is atomic; waiting for the next job,
 * handlers and giving back are `layerStored`'s, and the same for all.
 */
import type { Effect } from "effect"
import type {
  Abilities,
  Backlog,
  DeadLetterNotFound,
  DeadPage,
  Delivery,
  Offered,
  OfferOptions,
  Outcome,
  QueueFull,
  QueueUnavailable
} from "./Delivery.ts"
import type { Job } from "./Job.ts"

/** A job that was handed out. */
export interface Taken {
  readonly delivery: Omit<Delivery, "extend">
  /** Whether it was still ours. */
  readonly extend: Effect.Effect<boolean, QueueUnavailable>
  /** What came of it; of one that is not ours any more, nothing does. */
  readonly settle: (outcome: Outcome | "given back") => Effect.Effect<void, QueueUnavailable>
}

export interface JobQueueStore {
  readonly backend: string
  readonly abilities: Abilities
  readonly offer: (job: Job, options: OfferOptions) => Effect.Effect<Offered, QueueFull | QueueUnavailable>
  /** Hands out the next one, if there is one by now; what cannot be read is a dead letter then. */
  readonly take: Effect.Effect<Taken | undefined, QueueUnavailable>
  /** When the next one may become ready by time alone, milliseconds. */
  readonly due: Effect.Effect<number | undefined, QueueUnavailable>
  readonly backlog: Effect.Effect<Backlog, QueueUnavailable>
  /** `limit`: 1 to 500. */
  readonly dead: (limit: number, cursor: string | undefined) => Effect.Effect<DeadPage, QueueUnavailable>
  readonly redrive: (id: string) => Effect.Effect<void, DeadLetterNotFound | QueueUnavailable>
}
