/**
 * Health names the failing hop. States are folded from hops and from the age of the media at Janus; nobody sets them.
 */
import { Schema } from "effect"
import { type HopName, HopName as HopNameSchema, hopNames } from "./Failure.ts"

/** What hops and media add up to. The last two are ends. */
export const State = Schema.Literals([
  "pending",
  "starting",
  "waiting",
  "running",
  "degraded",
  "recovering",
  "stopping",
  "stopped",
  "failed"
])
export type State = typeof State.Type

/** It is over, and nothing more will happen to this run. */
export const isEnded = (state: State): boolean => state === "stopped" || state === "failed"

/** `waiting`: for somebody else. `unknown`: nobody has told yet. */
export const HopStatus = Schema.Literals(["ok", "waiting", "bad", "unknown"])
export type HopStatus = typeof HopStatus.Type

/** What a hop says of itself when it is read. */
export interface Reading {
  readonly status: HopStatus
  /** What shows it, in words, a number with its unit: `2 forwarders: a, v`, `30 fps`. A bare number only where the hop is one. */
  readonly evidence?: string | number
  /** What happens next, and when. */
  readonly next?: string
}

/** One station of the media, read once a second. Reading must not wait for anything. */
export interface Hop {
  readonly name: HopName
  readonly read: () => Reading
}

/** One hop: how it is, since when, what shows it, and what happens next. */
export const HopHealth = Schema.Struct({
  hop: HopNameSchema,
  status: HopStatus,
  /** Since when it has this status; ISO 8601, UTC. */
  since: Schema.String,
  evidence: Schema.NullOr(Schema.Union([Schema.String, Schema.Finite])),
  next: Schema.NullOr(Schema.String)
})
export type HopHealth = typeof HopHealth.Type

export const Health = Schema.Struct({
  status: Schema.Literals(["ok", "warn", "down"]),
  hops: Schema.Array(HopHealth)
})
export type Health = typeof Health.Type

/** Before anything is known. */
export const unknown: Health = { status: "ok", hops: [] }

/** A media age of so many milliseconds, and more, is a broken picture. */
export const staleAfter = 4_000

/** How a broadcast is, in one look. */
export interface Look {
  readonly before: State
  readonly readings: ReadonlyArray<{ readonly name: HopName; readonly reading: Reading }>
  /** Media arrives: every fed track has a packet younger than `staleAfter`, received after the mountpoint was placed. */
  readonly fresh: boolean
  /** Nothing has arrived for `staleAfter`, though it should. */
  readonly stale: boolean
}

/** The state that hops and media add up to. */
export const fold = (look: Look): State => {
  const has = (status: HopStatus) => look.readings.some(({ reading }) => reading.status === status)
  if (!look.fresh && has("waiting")) return "waiting"
  if (look.stale) return "degraded"
  if (has("bad")) return look.before === "starting" && !look.fresh ? "starting" : "degraded"
  if (look.fresh) return has("waiting") ? "degraded" : "running"
  return look.before === "pending" ? "starting" : look.before
}

/** The health of a state whose hops nobody reads (any more). */
export const bare = (state: State): Health => ({ status: statusOf(state, []), hops: [] })

/** The readings as health, keeping `since` where a hop's status is what it was. */
export const health = (
  readings: Look["readings"],
  state: State,
  before: Health,
  at: string
): Health => {
  const hops = readings
    .toSorted((a, b) => hopNames.indexOf(a.name) - hopNames.indexOf(b.name))
    .map(({ name, reading }): HopHealth => ({
      hop: name,
      status: reading.status,
      since: before.hops.find((one) => one.hop === name && one.status === reading.status)?.since ?? at,
      evidence: reading.evidence ?? null,
      next: reading.next ?? null
    }))
  return { status: statusOf(state, readings), hops }
}

/**
 * `down` while it is lost or has failed. Else `warn` while a hop is bad, or it waits, is degraded or stops. Else `ok`: that is
 * also a broadcast that has stopped as somebody wanted.
 */
const statusOf = (state: State, readings: Look["readings"]): Health["status"] => {
  if (state === "recovering" || state === "failed") return "down"
  const isTroubled = state === "waiting" || state === "degraded" || state === "stopping"
  return isTroubled || readings.some(({ reading }) => reading.status === "bad") ? "warn" : "ok"
}

/** The hops whose status changed. */
export const changedHops = (before: Health, after: Health): ReadonlyArray<HopHealth> =>
  after.hops.filter((hop) => before.hops.find((one) => one.hop === hop.hop)?.status !== hop.status)

/** The health says this already. Looked at before anything is built: nearly always it does. */
export const says = (said: Health, readings: Look["readings"], state: State): boolean =>
  said.status === statusOf(state, readings) && said.hops.length === readings.length
  && readings.every(({ name, reading }) => {
    const hop = said.hops.find((one) => one.hop === name)
    return hop !== undefined && hop.status === reading.status
      && hop.evidence === (reading.evidence ?? null) && hop.next === (reading.next ?? null)
  })
