// Health in words: the first hop that fails, since when, and what happens next.
import type { HopName } from "@headend/core/Failure"
import type { HopHealth, State } from "@headend/core/Health"
import type { Snapshot } from "@headend/core/Snapshot"

const order: ReadonlyArray<HopName> = ["encoder", "ingest", "publisher", "relay", "forwarder", "mountpoint", "janus"]

/** In the order of the media. */
export const hopOrder = (a: HopHealth, b: HopHealth): number => order.indexOf(a.hop) - order.indexOf(b.hop)

/** The hop to name: the first bad one, else the first that waits, else the first that tells why it is not known. */
export const failingHop = (snapshot: Snapshot): HopHealth | undefined =>
  snapshot.health.hops.find(({ status }) => status === "bad") ??
    snapshot.health.hops.find(({ status }) => status === "waiting") ??
    snapshot.health.hops.find(({ evidence, status }) => status === "unknown" && evidence !== null)

/** How much a state wants to be looked at. */
export const tone = (state: State): "good" | "calm" | "warn" | "bad" | "over" => {
  switch (state) {
    case "running":
      return "good"
    case "pending":
    case "starting":
    case "stopping":
      return "calm"
    case "waiting":
    case "degraded":
      return "warn"
    case "recovering":
    case "failed":
      return "bad"
    case "stopped":
      return "over"
  }
}

/** A failure is news for so long, in milliseconds. */
const NEWS = 10 * 60_000

/** Trouble that is over within this is none, in milliseconds: one that waits is tried now and then, and recovers meanwhile. */
const GRACE = 3_000

/** Media is missing or was lost just now, and may be back in a moment. */
export const isPassing = ({ since, state }: Snapshot, now: number): boolean =>
  (state === "degraded" || state === "recovering") && now - Date.parse(since) < GRACE

/** Somebody should look at it: media is missing, was lost, or it failed lately. Waiting for a publisher is no trouble. */
export const needsAttention = (snapshot: Snapshot, now: number): boolean => {
  const { endedAt, since, state } = snapshot
  if (state === "failed") return now - Date.parse(endedAt ?? since) < NEWS
  return (state === "degraded" || state === "recovering") && !isPassing(snapshot, now)
}

export interface Trouble {
  readonly hop: HopName | undefined
  readonly since: string
  /** What shows it. */
  readonly what: string
  /** What happens next. */
  readonly next: string | undefined
}

/** What shows how a hop is, in its own words; empty where nothing does. */
export const evidence = ({ evidence }: HopHealth): string => (evidence === null ? "" : String(evidence))

/** How a hop is, in a word. */
export const hopWords = { ok: "ok", waiting: "waiting", bad: "failing", unknown: "not known" } as const

const ordinary: Partial<Record<State, string>> = {
  pending: "waits for a worker to take it",
  starting: "being put on air",
  waiting: "waits for media",
  degraded: "media is missing",
  recovering: "was lost, and is being put back on air",
  stopping: "being taken down"
}

/** Why it is not simply on air; undefined while it is, and after it has ended as it was asked to. */
export const trouble = (snapshot: Snapshot): Trouble | undefined => {
  const { endReason, since, state } = snapshot
  if (state === "failed") {
    return {
      hop: endReason?.hop ?? undefined,
      since: snapshot.endedAt ?? since,
      what: endReason?.message ?? "it failed",
      next: undefined
    }
  }
  if (state === "running" || state === "stopped") return undefined
  const hop = state === "pending" || state === "stopping" ? undefined : failingHop(snapshot)
  if (hop === undefined) return { hop: undefined, since, what: ordinary[state] ?? state, next: undefined }
  return {
    hop: hop.hop,
    since: hop.since,
    what: evidence(hop) || hopWords[hop.status],
    next: hop.next ?? undefined
  }
}
