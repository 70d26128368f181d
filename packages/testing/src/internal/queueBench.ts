// What the parts of the queue's contract suite share: jobs, consumers that are told what to do, and waiting.
import { it } from "@effect/vitest"
import type { Delivery, Outcome, QueueOptions } from "@headend/core/Delivery"
import { done } from "@headend/core/Delivery"
import type { Job } from "@headend/core/Job"
import { JobQueue } from "@headend/core/JobQueue"
import { Clock, Duration, Effect, Fiber, type Layer, Queue, Redacted, Schedule, type Scope } from "effect"
import type { Options } from "../JobQueueTest.ts"

export const stop = (id: string): Job => ({ type: "stop_broadcast", id })
export const start = (id: string): Job => ({
  type: "start_broadcast",
  spec: Redacted.make({ id, source: { kind: "frontend_owned" } })
})

/** The broadcast that a delivery is about. */
export const about = ({ job }: Delivery): unknown =>
  job.type === "stop_broadcast" ? job.id : Redacted.value(job.spec)["id"]

export interface Consumer {
  /** The next delivery, which is done with as `handle` says. */
  readonly next: Effect.Effect<Delivery>
  /** When the deliveries came that were asked for, in milliseconds. */
  readonly times: ReadonlyArray<number>
  /** Deliveries so far that nobody has asked for. */
  readonly waiting: Effect.Effect<number>
  readonly interrupt: Effect.Effect<void>
}

/** A consumer in the scope of the test; what it is handed is done, unless it is told otherwise. */
export const consumer = Effect.fnUntraced(function*(
  handle: (delivery: Delivery) => Effect.Effect<Outcome> = () => Effect.succeed(done),
  concurrency = 1
) {
  const queue = yield* JobQueue
  const heard = yield* Queue.unbounded<{ readonly delivery: Delivery; readonly at: number }>()
  const hear = (delivery: Delivery) =>
    Effect.flatMap(Clock.currentTimeMillis, (at) => Queue.offer(heard, { delivery, at }))
  const fiber = yield* queue.consume(
    (delivery) => Effect.andThen(hear(delivery), Effect.suspend(() => handle(delivery))),
    { concurrency }
  ).pipe(Effect.orDie, Effect.forkScoped)
  const times: Array<number> = []
  const one: Consumer = {
    next: Effect.map(Queue.take(heard), ({ at, delivery }) => {
      times.push(at)
      return delivery
    }),
    times,
    waiting: Queue.size(heard),
    interrupt: Fiber.interrupt(fiber)
  }
  return one
})

type Needs = JobQueue | Scope.Scope

export interface Bench {
  readonly visibility: Duration.Duration
  readonly advance: (duration: Duration.Duration) => Effect.Effect<void>
  /** Long enough that what happens at once has happened. */
  readonly moment: Effect.Effect<void>
  readonly test: <E>(title: string, body: Effect.Effect<void, E, Needs>, options?: QueueOptions) => void
  /** Looks again and again, letting time pass, until it is so. */
  readonly until: <A, E, R>(look: Effect.Effect<A, E, R>, isSo: (seen: A) => boolean) => Effect.Effect<A, E, R>
}

export const bench = <A, E>(
  layer: (options: QueueOptions) => Layer.Layer<A | JobQueue, E>,
  options: Options
): Bench => {
  const { advance, live, queue } = options
  const moment = advance(Duration.millis(live ? 300 : 10))
  return {
    visibility: queue.visibility,
    advance,
    moment,
    test: (title, body, more = {}) =>
      (live ? it.live : it.effect)(
        title,
        // built anew for each test: what one leaves is not the next one's
        () => Effect.provide(Effect.scoped(body), layer({ ...queue, ...more }), { local: true }),
        180_000
      ),
    until: (look, isSo) =>
      Effect.repeat(Effect.tap(look, (seen) => isSo(seen) ? Effect.void : moment), {
        until: isSo,
        schedule: Schedule.recurs(200)
      })
  }
}
