/**
 * The loop from a job queue to broadcasts. A job is done as soon as what it asks for is declared: a start is then the
 * registry's, and no media is started here. What cannot be declared, however often it is tried, is a dead letter.
 */
import { Duration, Effect, Layer, Redacted, Schedule, Schema } from "effect"
import { BroadcastRegistry } from "./BroadcastRegistry.ts"
import { Broadcasts } from "./Broadcasts.ts"
import { BroadcastId } from "./BroadcastSpec.ts"
import { dead, type Delivery, done, type Outcome, wait } from "./Delivery.ts"
import { type StartBroadcast, summary } from "./Job.ts"
import { JobQueue } from "./JobQueue.ts"
import * as Measure from "./Measure.ts"
import { Sources } from "./Sources.ts"
import * as Trace from "./Trace.ts"

export interface Options {
  /** How many jobs are declared at once; 16 unless given. */
  readonly concurrency?: number
}

/** A registry out of reach is asked again after so long. No attempt of the job is counted. */
const unreachable = Duration.seconds(2)

/** What the loop counts. */
export const measures = {
  jobs: Measure.counter("jobs_total", {
    means: "Jobs that this process took from the queue.",
    labels: { outcome: "`done`, `retry`, `dead`" }
  })
}

const isId = Schema.is(BroadcastId)

/** What comes of a job. */
export const handle: Effect.Effect<
  (delivery: Delivery) => Effect.Effect<Outcome>,
  never,
  Broadcasts | BroadcastRegistry | Sources
> = Effect.gen(function*() {
  const broadcasts = yield* Broadcasts
  const registry = yield* BroadcastRegistry
  const sources = yield* Sources

  /** Told in the event log, too: who waits for the broadcast does not read dead letters. */
  const giveUp = Effect.fnUntraced(function*(delivery: Delivery, error: { readonly message: string }, cause: string) {
    const { broadcast } = summary(delivery.job)
    yield* Effect.logWarning(`job ${delivery.id} is a dead letter: ${error.message}`)
    yield* registry.announce({
      _tag: "JobFailed",
      broadcast: isId(broadcast) ? broadcast : null,
      jobId: delivery.id,
      reason: error.message,
      cause
    })
    return dead(error.message)
  })

  const start = (delivery: Delivery, job: StartBroadcast) => {
    const refused = (error: { readonly message: string; readonly failure: { readonly code: string } }) =>
      giveUp(delivery, error, error.failure.code)
    return Effect.flatMap(
      sources.decode(Redacted.value(job.spec)),
      (spec) => broadcasts.start(spec, { key: delivery.key, jobId: delivery.id, offeredAt: delivery.offeredAt })
    ).pipe(
      Effect.as(done),
      Effect.catchTags({
        SpecInvalid: refused,
        SpecConflict: refused,
        KeyReused: refused,
        // that is what the stop was for
        StartCancelled: () => Effect.succeed(done)
      })
    )
  }

  const traced = Effect.fn("Worker.handle")((delivery: Delivery) => {
    const { job } = delivery
    const declared = job.type === "start_broadcast"
      ? start(delivery, job)
      : Effect.as(registry.requestStop(job.id, delivery.offeredAt), done)
    return declared.pipe(
      Effect.catchTag("RegistryUnavailable", (error) => Effect.succeed(wait(unreachable, error.message))),
      Effect.tap((outcome) => measures.jobs.update(1, { outcome: outcome._tag.toLowerCase() }))
    )
  })
  return (delivery: Delivery) => Trace.continued(delivery.trace, traced(delivery))
})

/** Takes jobs until its scope closes; what it has not declared by then goes back to the queue. */
export const layer = (
  { concurrency = 16 }: Options = {}
): Layer.Layer<never, never, JobQueue | Broadcasts | BroadcastRegistry | Sources> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const queue = yield* JobQueue
    const handler = yield* handle
    yield* queue.consume(handler, { concurrency }).pipe(
      Effect.tapError((error) =>
        Effect.logWarning(`no jobs are taken from the ${queue.backend} queue: ${error.reason}`)
      ),
      Effect.retry(Schedule.jittered(Schedule.spaced("1 second"))),
      Effect.forkScoped
    )
  }))
