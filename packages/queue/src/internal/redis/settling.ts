/**
 * Says what came of jobs. What is done within a moment is said at once: a call for each job would cost more than the job.
 * Everything else is said one by one, and only if the job is still ours.
 */
import { DeliveryLost, type Outcome, type QueueUnavailable } from "@headend/core/Delivery"
import * as Job from "@headend/core/Job"
import { Duration, Effect, Latch } from "effect"
import type { Argument } from "./connection.ts"
import type { Item } from "./item.ts"
import { pack } from "./packing.ts"
import type { Name } from "./queueScripts.ts"

export type Run = <A>(
  name: Name | `${Name}Buffer`,
  ...args: ReadonlyArray<Argument>
) => Effect.Effect<A, QueueUnavailable>

export interface Options {
  readonly maxAttempts: number
  readonly maxDead: number
}

/** More in one script would hold up everybody else. */
const atMost = 500
const unreadable: Job.JobSummary = { type: "unreadable", broadcast: null }

/** What cannot be said now is handed out again after the visibility timeout. */
export const said = Effect.catch((error: QueueUnavailable) =>
  Effect.logWarning(`the outcome of a job is not known to its queue: ${error.reason}`)
)

/** For the consumer of this name. */
export const make = (name: string, run: Run, { maxAttempts, maxDead }: Options) =>
  Effect.gen(function*() {
    const some = yield* Latch.make(false)
    let done: Array<string> = []

    /** Says of what is done by now that it is. */
    const finish = Effect.suspend(() => {
      const all = done
      done = []
      const chunks = Array.from({ length: Math.ceil(all.length / atMost) }, (_, i) =>
        all.slice(i * atMost, (i + 1) * atMost))
      return Effect.forEach(chunks, (chunk) =>
        run("finish", pack(chunk)), { discard: true }).pipe(
          Effect.onError(() =>
            Effect.sync(() => {
              done = [...all, ...done]
              some.openUnsafe()
            })
          )
        )
    })

    /** Waits for something to be done, and a moment for more. */
    const finishSoon = Effect.gen(function*() {
      yield* some.await
      yield* Effect.sleep("2 millis")
      some.closeUnsafe()
      yield* finish
    })

    /** As both scripts take it first: which delivery it is, and the job. */
    const taken = ({ deliveries, entry, envelope, id, offeredAt }: Item) =>
      [entry, name, deliveries, id, envelope, offeredAt] as const
    const bury = (item: Item, reason: string, attempts: number, { broadcast, type }: Job.JobSummary) =>
      said(run("bury", ...taken(item), attempts, reason, type, broadcast ?? "", maxDead))
    const retry = (item: Item, after: Duration.Input, attempts: number) =>
      said(run("retry", ...taken(item), attempts, Duration.toMillis(Duration.fromInputUnsafe(after))))

    return {
      finish,
      finishSoon,

      settle: (item: Item, job: Job.Job, outcome: Outcome): Effect.Effect<unknown> => {
        if (outcome._tag === "Done") {
          if (done.push(item.entry) === 1) some.openUnsafe()
          return Effect.void
        }
        if (outcome._tag === "Dead" || (outcome.counts && item.attempt >= maxAttempts)) {
          return bury(item, outcome.reason, item.attempt, Job.summary(job))
        }
        return retry(item, outcome.after, outcome.counts ? item.attempt : item.attempt - 1)
      },

      /** Nobody will ever read it. */
      refuse: (item: Item, reason: string) => bury(item, reason, item.attempt, unreadable),

      /** Handed out as often as it may be: its handlers died of it. */
      isSpent: (item: Item): boolean => item.attempt > maxAttempts,
      giveUp: (item: Item, job: Job.Job) =>
        bury(
          item,
          `handed out ${item.attempt - 1} times, and never finished`,
          item.attempt - 1,
          Job.summary(job)
        ),

      /** Keeps it for another visibility timeout. */
      extend: (item: Item): Effect.Effect<void, DeliveryLost | QueueUnavailable> =>
        Effect.flatMap(
          run<number>("extend", item.entry, name, item.deliveries),
          (answer) => answer === 1 ? Effect.void : Effect.fail(new DeliveryLost({ id: item.id }))
        )
    }
  })
