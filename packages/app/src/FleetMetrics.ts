/**
 * Gauges of the fleet and of the queue, set when somebody asks. One that cannot be known keeps its last value: an alert
 * on the registry or the queue tells that, and a wrong 0 would take workers away.
 */
import { FleetAdvice } from "@headend/core/FleetAdvice"
import { JobQueue } from "@headend/core/JobQueue"
import * as Measure from "@headend/core/Measure"
import { Effect } from "effect"

const queueLabels = { backend: "`memory`, `sqlite`, `redis`, `kafka`" }

export const measures = {
  demand: Measure.gauge("demand_cost", {
    means: "Cost of all broadcasts that are wanted, placed or not, in units of cost."
  }),
  placed: Measure.gauge("placed_cost", { means: "Cost of the broadcasts that workers own." }),
  unplaced: Measure.gauge("unplaced_cost", { means: "Cost of the broadcasts that wait for a worker." }),
  oldest: Measure.gauge("unplaced_oldest_seconds", {
    means: "For how long the oldest of them has been waiting; alert above 30."
  }),
  workers: Measure.gauge("workers", { means: "Workers that take broadcasts." }),
  recommended: Measure.gauge("workers_recommended", { means: "How many there should be." }),
  lag: Measure.gauge("queue_lag", { means: "Jobs that nobody has taken.", labels: queueLabels }),
  inFlight: Measure.gauge("queue_in_flight", {
    means: "Jobs that are being worked at; of Kafka, in this process.",
    labels: queueLabels
  }),
  delayed: Measure.gauge("queue_delayed", { means: "Jobs that wait for their time.", labels: queueLabels }),
  dead: Measure.gauge("queue_dead", { means: "Jobs that were given up.", labels: queueLabels })
}

/** `all` sets them all; what cannot be asked is left as it was. */
export const make = Effect.gen(function*() {
  const { advice } = yield* FleetAdvice
  const { backend, backlog } = yield* JobQueue
  const fleet = Effect.flatMap(advice, (now) =>
    Effect.all([
      measures.demand.update(now.demandCost),
      measures.placed.update(now.placedCost),
      measures.unplaced.update(now.unplacedCost),
      measures.oldest.update((now.unplacedOldestMs ?? 0) / 1_000),
      measures.workers.update(now.workers),
      measures.recommended.update(now.recommended)
    ], { discard: true }))
  const queue = Effect.flatMap(backlog, (now) =>
    Effect.forEach(
      [
        [measures.lag, now.undelivered],
        [measures.inFlight, now.inFlight],
        [measures.delayed, now.delayed],
        [measures.dead, now.dead]
      ] as const,
      ([measure, value]) => measure.update(value, { backend }),
      { discard: true }
    ))
  const all = Effect.all([Effect.ignore(fleet), Effect.ignore(Effect.timeout(queue, "5 seconds"))], {
    discard: true,
    concurrency: 2
  })
  return { all }
})
