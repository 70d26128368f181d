/**
 * Gauges of the fleet and of the queue, set when somebody asks. One that cannot be known keeps its last value: an alert
 * on the registry or the queue tells that, and a wrong 0 would take workers away.
 */
import { FleetAdvice } from "@headend/core/FleetAdvice"
import { JobQueue } from "@headend/core/JobQueue"
import { Effect, Metric } from "effect"

const gauge = (name: string, description: string) => Metric.gauge(name, { description })

const demand = gauge("demand_cost", "Cost of all broadcasts that are wanted, placed or not.")
const placed = gauge("placed_cost", "Cost of the broadcasts that workers own.")
const unplaced = gauge("unplaced_cost", "Cost of the broadcasts that wait for a worker.")
const oldest = gauge("unplaced_oldest_seconds", "For how long the oldest of them has been waiting.")
const workers = gauge("workers", "Workers that take broadcasts.")
const recommended = gauge("workers_recommended", "How many there should be.")
const lag = gauge("queue_lag", "Jobs that nobody has taken.")
const inFlight = gauge("queue_in_flight", "Jobs that are being worked at; of Kafka, in this process.")
const delayed = gauge("queue_delayed", "Jobs that wait for their time.")
const dead = gauge("queue_dead", "Jobs that were given up.")

/** `all` sets them all; what cannot be asked is left as it was. */
export const make = Effect.gen(function*() {
  const { advice } = yield* FleetAdvice
  const { backend, backlog } = yield* JobQueue
  const fleet = Effect.flatMap(advice, (now) =>
    Effect.all([
      Metric.update(demand, now.demandCost),
      Metric.update(placed, now.placedCost),
      Metric.update(unplaced, now.unplacedCost),
      Metric.update(oldest, (now.unplacedOldestMs ?? 0) / 1_000),
      Metric.update(workers, now.workers),
      Metric.update(recommended, now.recommended)
    ], { discard: true }))
  const queue = Effect.flatMap(backlog, (now) =>
    Effect.forEach(
      [[lag, now.undelivered], [inFlight, now.inFlight], [delayed, now.delayed], [dead, now.dead]] as const,
      ([metric, value]) => Metric.update(Metric.withAttributes(metric, { backend }), value),
      { discard: true }
    ))
  const all = Effect.all([Effect.ignore(fleet), Effect.ignore(Effect.timeout(queue, "5 seconds"))], {
    discard: true,
    concurrency: 2
  })
  return { all }
})
