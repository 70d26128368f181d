/**
 * What a job queue takes and gives out: offers, deliveries, outcomes, the backlog, dead letters, and what may go wrong.
 */
import { Cause, type Duration, type Effect, Schema } from "effect"
import { type Failure, failureOf } from "./Failure.ts"
import type { Job, JobSummary } from "./Job.ts"
import type { TraceParent } from "./Trace.ts"

/** How a job is to be offered. */
export interface OfferOptions {
  /** Offering again under the same key within 24 hours adds nothing. It is the request key of a start, too. */
  readonly dedupeKey?: string
  /** Not handed out before. */
  readonly delay?: Duration.Input
}

/** What became of an offer. */
export interface Offered {
  readonly id: string
  /** The key was seen before: `id` is that of the first job, and nothing was added. */
  readonly duplicate: boolean
}

/** A job that was handed out: ours until it is finished, or until the visibility timeout since the last `extend`. */
export interface Delivery {
  readonly id: string
  readonly job: Job
  /** The key that it was offered under; its id when there was none. */
  readonly key: string
  /** From 1. */
  readonly attempt: number
  /** The span that it was offered in, where somebody traces. */
  readonly trace?: TraceParent | undefined
  /** When it was first offered: milliseconds by the clock of the queue's server. */
  readonly offeredAt: number
  /** Keeps it ours for another visibility timeout. */
  readonly extend: Effect.Effect<void, DeliveryLost | QueueUnavailable>
}

/**
 * What came of a job. `Retry` hands it out again after the delay; with `counts: false` (a server out of reach) it is no
 * attempt. Whoever has had as many attempts as the backend allows is a dead letter, with the last reason.
 */
export type Outcome =
  | { readonly _tag: "Done" }
  | { readonly _tag: "Retry"; readonly after: Duration.Input; readonly reason: string; readonly counts: boolean }
  | { readonly _tag: "Dead"; readonly reason: string }

/** What it asks for is declared: it never comes again. */
export const done: Outcome = { _tag: "Done" }
/** It failed, and is handed out again after so long; the attempt is counted. */
export const retry = (after: Duration.Input, reason: string): Outcome => ({
  _tag: "Retry",
  after,
  reason,
  counts: true
})
/** It cannot be done yet, and is handed out again after so long; no attempt is counted. */
export const wait = (after: Duration.Input, reason: string): Outcome => ({
  _tag: "Retry",
  after,
  reason,
  counts: false
})
/** It can never be done: a dead letter, with the reason. */
export const dead = (reason: string): Outcome => ({ _tag: "Dead", reason })

/** How many jobs are where, at this moment. */
export const Backlog = Schema.Struct({
  /** Could be handed out now, and is not. */
  undelivered: Schema.Int,
  /** Being worked at; of Kafka, in this process. */
  inFlight: Schema.Int,
  /** Waiting for their time. */
  delayed: Schema.Int,
  /**
   * Of the oldest undelivered one, milliseconds; null when there is none. Kafka tells it to a sixteenth, by the clock of who
   * offered it, and counts one in hand until it is finished.
   */
  oldestAgeMs: Schema.NullOr(Schema.Finite),
  /** Given up, and kept as dead letters. */
  dead: Schema.Int
})
export type Backlog = typeof Backlog.Type

/** A job that is given up, without its secrets. Kept until it is redriven, or falls out of the bounded list. */
export const DeadLetter = Schema.Struct({
  id: Schema.String,
  type: Schema.Literals(["start_broadcast", "stop_broadcast", "unreadable"]),
  broadcast: Schema.NullOr(Schema.String),
  reason: Schema.String,
  attempts: Schema.Int,
  /** Milliseconds since 1970. */
  /** Milliseconds since 1970, as the next. */
  offeredAt: Schema.Finite,
  failedAt: Schema.Finite
})
export type DeadLetter = typeof DeadLetter.Type

/** A page of dead letters, and the cursor of the next one. */
export interface DeadPage {
  /** The newest first. */
  readonly items: ReadonlyArray<DeadLetter>
  readonly next: string | null
}

/** What not every backend can do. */
export interface Abilities {
  /** `offer` refuses with `QueueFull` beyond a bound. */
  readonly bounded: boolean
  /** A second offer under a key adds nothing. Without it the registry's request key still starts one run only. */
  readonly dedupes: boolean
  /**
   * A job whose consumer hangs is handed out again after the visibility timeout. Without it, only when its consumer is
   * gone, or consumers come and share the jobs anew: `extend` says when it has gone to another.
   */
  readonly expires: boolean
  /** Each offer has a time of its own. Without it, of a start and a stop in one millisecond the one handed out last holds. */
  readonly stamps: boolean
  /** It is there after the process that made it has been killed. */
  readonly durable: boolean
}

/** How a backend treats its jobs. */
export interface QueueOptions {
  /** A job whose consumer has died is handed out again after so long; 60 seconds unless given. */
  readonly visibility?: Duration.Input
  /** 10 unless given. */
  readonly maxAttempts?: number
  /** How many may wait, delayed ones included; 100,000 unless given. */
  readonly maxBacklog?: number
  /** How many dead letters are kept; 10,000 unless given. */
  readonly maxDead?: number
}

/** How a backend treats its jobs unless told otherwise. */
export const defaultOptions = {
  visibility: "60 seconds",
  maxAttempts: 10,
  maxBacklog: 100_000,
  maxDead: 10_000
} as const satisfies QueueOptions

/** A dead letter from what is known of its job. */
export const letter = (
  summary: JobSummary,
  rest: Pick<DeadLetter, "id" | "reason" | "attempts" | "offeredAt" | "failedAt">
): DeadLetter => ({ ...summary, ...rest })

/** As many jobs wait as may. */
export class QueueFull extends Schema.TaggedError<QueueFull>()("QueueFull", { limit: Schema.Int }) {
  override get message() {
    return `the queue is full: ${this.limit} jobs wait`
  }
  get failure(): Failure {
    return failureOf("queue_full")
  }
}

/** The queue does not answer. Worth a wait. */
export class QueueUnavailable extends Schema.TaggedError<QueueUnavailable>()("QueueUnavailable", {
  reason: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message() {
    return `the queue is unavailable: ${this.reason}`
  }
  get failure(): Failure {
    return failureOf("queue_unavailable")
  }
}

/** Its visibility timeout is over, and somebody else may have it. */
export class DeliveryLost extends Schema.TaggedError<DeliveryLost>()("DeliveryLost", { id: Schema.String }) {
  override get message() {
    return `job ${this.id} is not ours any more`
  }
}

/** There is no such dead letter (any more). */
export class DeadLetterNotFound extends Schema.TaggedError<DeadLetterNotFound>()("DeadLetterNotFound", {
  id: Schema.String
}) {
  override get message() {
    return `there is no dead letter ${this.id}`
  }
  get failure(): Failure {
    return failureOf("dead_letter_not_found")
  }
}

/** A handler that died: tried again, as if it had said so. */
export const afterDefect = (cause: Cause.Cause<never>): Outcome =>
  retry("1 second", `the handler died: ${Cause.pretty(cause).split("\n")[0]}`)
