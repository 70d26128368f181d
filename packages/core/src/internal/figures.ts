/**
 * What a worker counts: who it took over from, what it lost to others, how long it holds, how full it is.
 */
import { Effect, Option } from "effect"
import type { Claim } from "../Lease.ts"
import * as Measure from "../Measure.ts"

export const measures = {
  takeovers: Measure.counter("takeovers_total", {
    means: "Broadcasts that this worker took over.",
    labels: { reason: "`lapsed`: the owner's lease was over; `handover`: it was given up for a successor" }
  }),
  fenced: Measure.counter("fenced_total", {
    means: "Broadcasts that this worker gave up because another one owns them, or may."
  }),
  hold: Measure.gauge("hold_seconds", {
    means: "For how long this worker's leases have not surely been its own; 0 while they are. Media go on meanwhile."
  }),
  leases: Measure.gauge("worker_leases", { means: "Broadcasts that this worker owns." }),
  used: Measure.gauge("worker_used", { means: "What they cost, in units of cost." }),
  capacity: Measure.gauge("worker_capacity", { means: "How much it has room for, in units of cost." })
}

/** `lapsed`: its lease was over. `handover`: it was given up for a successor. None: a run that begins. */
export const takeoverReason = (claim: Claim): "lapsed" | "handover" | undefined => {
  if (Option.isSome(claim.previousOwner)) return "lapsed"
  return claim.startedAt !== null || claim.held.length > 0 ? "handover" : undefined
}

export const claimed = (claim: Claim): Effect.Effect<void> =>
  Effect.suspend(() => {
    const reason = takeoverReason(claim)
    return reason === undefined ? Effect.void : measures.takeovers.update(1, { reason })
  })

export const lost: Effect.Effect<void> = measures.fenced.update(1)

export const hold = (millis: number): Effect.Effect<void> => measures.hold.update(millis / 1_000)

export const load = (now: {
  readonly broadcasts: number
  readonly used: number
  readonly capacity: number
}): Effect.Effect<void> =>
  Effect.andThen(
    measures.leases.update(now.broadcasts),
    Effect.andThen(measures.used.update(now.used), measures.capacity.update(now.capacity))
  )
