/**
 * What a worker counts: who it took over from, what it lost to others, how long it holds, how full it is.
 */
import { Effect, Metric, Option } from "effect"
import type { Claim } from "../Lease.ts"

const takeovers = Metric.counter("takeovers_total", {
  description: "Broadcasts that this worker took over, by what became of the owner before.",
  incremental: true
})
const fenced = Metric.counter("fenced_total", {
  description: "Broadcasts that this worker gave up because another one owns them.",
  incremental: true
})
const holding = Metric.gauge("hold_seconds", {
  description: "For how long this worker's leases are not surely its own; 0 while they are."
})
const leases = Metric.gauge("worker_leases", { description: "Broadcasts that this worker owns." })
const used = Metric.gauge("worker_used", { description: "What they cost, in units of cost." })
const capacity = Metric.gauge("worker_capacity", { description: "How much it has room for, in units of cost." })

/** `lapsed`: its lease was over. `handover`: it was given up for a successor. None: a run that begins. */
export const takeoverReason = (claim: Claim): "lapsed" | "handover" | undefined => {
  if (Option.isSome(claim.previousOwner)) return "lapsed"
  return claim.startedAt !== null || claim.held.length > 0 ? "handover" : undefined
}

export const claimed = (claim: Claim): Effect.Effect<void> =>
  Effect.suspend(() => {
    const reason = takeoverReason(claim)
    return reason === undefined ? Effect.void : Metric.update(Metric.withAttributes(takeovers, { reason }), 1)
  })

export const lost: Effect.Effect<void> = Metric.update(fenced, 1)

export const hold = (millis: number): Effect.Effect<void> => Metric.update(holding, millis / 1_000)

export const load = (now: {
  readonly broadcasts: number
  readonly used: number
  readonly capacity: number
}): Effect.Effect<void> =>
  Effect.andThen(
    Metric.update(leases, now.broadcasts),
    Effect.andThen(Metric.update(used, now.used), Metric.update(capacity, now.capacity))
  )
