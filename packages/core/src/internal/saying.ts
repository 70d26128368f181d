/**
 * How what a worker knows of a broadcast is put for the registry.
 */
import type { EventBody } from "../BroadcastEvent.ts"
import type { Failing } from "../Failure.ts"
import * as Health from "../Health.ts"
import type { StatusChange } from "../Lease.ts"

/** A failure as a hop that is bad. */
export const reading = (error: Failing, next: string): Health.Look["readings"][number] => ({
  name: error.failure.hop ?? "janus",
  reading: { status: "bad", evidence: error.message, next }
})

interface Known {
  readonly health: Health.Health
  /** Of its relay. */
  readonly restarts: number
}

/** What happened between the two. */
export const events = (before: Known, after: Known): ReadonlyArray<EventBody> => [
  ...after.restarts > before.restarts ? [{ _tag: "RelayRestarted" as const, restarts: after.restarts }] : [],
  ...Health.changedHops(before.health, after.health).map(({ evidence, hop, status }) => ({
    _tag: "HopChanged" as const,
    hop,
    status,
    evidence
  }))
]

/** Both, where they could not be said one by one; of the events the last hundred. */
export const merge = (older: StatusChange, newer: StatusChange): StatusChange => ({
  ...older,
  ...newer,
  events: [...older.events ?? [], ...newer.events ?? []].slice(-100)
})
