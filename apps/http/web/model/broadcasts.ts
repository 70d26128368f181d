// What is known of the broadcasts, as a value, and how snapshots and events change it. An event tells what it tells at
// once; the rest of the snapshot is read again soon after, which is why an event makes its broadcast stale.
import type { BroadcastEvent } from "@headend/core/BroadcastEvent"
import type { HopHealth } from "@headend/core/Health"
import type { Snapshot } from "@headend/core/Snapshot"
import { hopOrder } from "./hops.ts"

/** By id, the newest run of each. */
export type Broadcasts = ReadonlyMap<string, Snapshot>

export const none: Broadcasts = new Map()

/** It is over, and nothing more will happen to this run. */
export const isEnded = (snapshot: Snapshot): boolean => snapshot.state === "stopped" || snapshot.state === "failed"

const relayed = new Set(["rtmp_external", "external", "rtsp_camera", "pull", "test_pattern", "obs"])

/** It has a relay, or had one: a snapshot of what has ended tells of none. */
export const hasLog = ({ relay, source }: Snapshot): boolean => relay !== null || relayed.has(source.kind)

/** Somebody publishes, at a server that ends a connection when it is asked. */
export const canKick = ({ ingest, source }: Snapshot): boolean => {
  const asked = source["ingest"]
  return ingest?.live === true && typeof asked === "object" && asked !== null && "srsApi" in asked
}

/** What a relay moves is kept apart (`progress.ts`): a snapshot that differs in nothing else is the same. */
const still = (snapshot: Snapshot): Snapshot =>
  snapshot.relay === null ? snapshot : { ...snapshot, relay: { ...snapshot.relay, progress: null } }

/** All of them, as told just now; what is not told any more is gone. Those that are as they were stay the same value. */
export const all = (snapshots: ReadonlyArray<Snapshot>, before: Broadcasts = none): Broadcasts =>
  new Map(snapshots.map((snapshot) => [snapshot.id, kept(before.get(snapshot.id), snapshot)]))

const kept = (before: Snapshot | undefined, told: Snapshot): Snapshot => {
  const now = still(told)
  return before !== undefined && JSON.stringify(before) === JSON.stringify(now) ? before : now
}

/** One of them, as told just now; an older run changes nothing. */
export const withSnapshot = (broadcasts: Broadcasts, snapshot: Snapshot): Broadcasts => {
  const known = broadcasts.get(snapshot.id)
  if (known !== undefined && known.run > snapshot.run) return broadcasts
  return new Map(broadcasts).set(snapshot.id, kept(known, snapshot))
}

export const without = (broadcasts: Broadcasts, id: string): Broadcasts => {
  const rest = new Map(broadcasts)
  rest.delete(id)
  return rest
}

/** What an event tells; an event of a run that is not known yet, or of an older one, changes nothing here. */
export const withEvent = (broadcasts: Broadcasts, event: BroadcastEvent): Broadcasts => {
  const known = broadcasts.get(event.broadcast ?? "")
  if (known === undefined || known.run !== event.run) return broadcasts
  const told = tell(known, event)
  return told === known ? broadcasts : new Map(broadcasts).set(known.id, told)
}

/** The broadcast to read again after this event; none where a newer run is known, or where it is of no broadcast. */
export const staleAfter = (broadcasts: Broadcasts, event: BroadcastEvent): string | undefined => {
  if (event._tag === "WorkerRecommendationChanged" || event._tag === "JobFailed") return undefined
  const known = broadcasts.get(event.broadcast)
  return known !== undefined && known.run > event.run ? undefined : event.broadcast
}

const tell = (known: Snapshot, event: BroadcastEvent): Snapshot => {
  switch (event._tag) {
    case "BroadcastStateChanged": {
      const over = event.to === "stopped" || event.to === "failed"
      return {
        ...known,
        state: event.to,
        since: event.time,
        endReason: event.endReason ?? known.endReason,
        ...(over ? { endedAt: event.time } : {})
      }
    }
    case "HopChanged": {
      const before = known.health.hops.find(({ hop }) => hop === event.hop)
      const next = before?.status === event.status ? before.next : null
      const hop: HopHealth = {
        hop: event.hop,
        status: event.status,
        since: event.time,
        evidence: event.evidence,
        next
      }
      const hops = [...known.health.hops.filter(({ hop }) => hop !== event.hop), hop].toSorted(hopOrder)
      return { ...known, health: { ...known.health, hops } }
    }
    case "OwnerChanged":
      return { ...known, owner: event.to === null ? null : { worker: event.to, epoch: event.epoch } }
    default:
      return known
  }
}

/** Those that are wanted on air, newest first, and those that have ended, the last one first. */
export const sorted = (broadcasts: Broadcasts): { readonly live: Array<Snapshot>; readonly ended: Array<Snapshot> } => {
  const every = [...broadcasts.values()]
  const latest = (time: (snapshot: Snapshot) => string) => (a: Snapshot, b: Snapshot) =>
    time(b).localeCompare(time(a)) || a.id.localeCompare(b.id)
  return {
    live: every.filter((one) => !isEnded(one)).toSorted(latest((one) => one.startedAt ?? one.request.offeredAt)),
    ended: every.filter(isEnded).toSorted(latest((one) => one.endedAt ?? one.since))
  }
}

/** Every word of the filter is somewhere in what the broadcast is called, is, comes from, or who runs it. */
export const matches = (snapshot: Snapshot, filter: string): boolean => {
  const { description, id, labels, owner, source, state } = snapshot
  const all = [id, description ?? "", state, source.kind, owner?.worker ?? "", ...Object.entries(labels).map(String)]
  const text = all.join("\n").toLowerCase()
  return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word))
}
