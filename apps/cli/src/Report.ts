/**
 * A broadcast in words: one line for those who follow it, more for those who ask.
 */
import type { BroadcastEvent } from "@headend/core/BroadcastEvent"
import { isEnded } from "@headend/core/Health"
import type { Snapshot } from "@headend/core/Snapshot"
import { duration, table } from "./Output.ts"

const figures = ({ relay }: Snapshot): ReadonlyArray<string> => {
  const { bitrateKbps, fps } = relay?.progress ?? {}
  return [
    ...fps === undefined ? [] : [`${Math.round(fps)} fps`],
    ...bitrateKbps === undefined ? [] : [`${(bitrateKbps / 1000).toFixed(1)} Mbit/s`]
  ]
}

/** The first hop that is not well, and what happens next. */
export const trouble = ({ health }: Snapshot): ReadonlyArray<string> => {
  const hop = health.hops.find(({ status }) => status === "bad") ??
    health.hops.find(({ status }) => status === "waiting")
  if (hop === undefined) return []
  const evidence = hop.evidence === null ? hop.status : String(hop.evidence)
  return [`${hop.hop}: ${evidence}${hop.next === null ? "" : ` (${hop.next})`}`]
}

/** `lobby  running 3m 07s  30 fps  2.1 Mbit/s  mountpoint 9001`. */
export const line = (snapshot: Snapshot, now: number): string =>
  [
    snapshot.id,
    `${snapshot.state} ${duration(now - Date.parse(snapshot.since))}`,
    ...figures(snapshot),
    ...trouble(snapshot),
    ...snapshot.play.mountpointId === null ? [] : [`mountpoint ${snapshot.play.mountpointId}`]
  ].join("  ")

export const columns = ["ID", "STATE", "SINCE", "SOURCE", "MOUNTPOINT", "WORKER", ""] as const

export const row = (snapshot: Snapshot, now: number): ReadonlyArray<string> => [
  snapshot.id,
  snapshot.state,
  duration(now - Date.parse(snapshot.since)),
  snapshot.source.kind,
  snapshot.play.mountpointId === null ? "-" : String(snapshot.play.mountpointId),
  snapshot.owner?.worker ?? "-",
  snapshot.endReason === null ? [...figures(snapshot), ...trouble(snapshot)].join(", ") : snapshot.endReason.message
]

/** Why it ended, for those who wait for it. */
export const end = ({ endReason, id, leftBehind, state }: Snapshot): string => {
  const hop = endReason?.hop === null || endReason?.hop === undefined ? "" : ` at hop ${endReason.hop}`
  const left = leftBehind.length === 0
    ? ""
    : `; left behind: ${leftBehind.map(({ id, kind }) => `${kind} ${id}`).join(", ")}`
  return endReason === null
    ? `${id} ${state}${left}`
    : `${id} ${state}: ${endReason.message} (${endReason.code}${hop})${left}`
}

/** Who publishes and who watches, where; nobody any more once it is to end. */
export const addresses = ({ play, publish, state }: Snapshot, base: string): ReadonlyArray<string> => {
  if (isEnded(state) || state === "stopping") return []
  const absolute = (address: string) => new URL(address, base).href
  return [
    ...publish.whip === null ? [] : [`publish (WHIP): ${absolute(publish.whip)}`],
    ...publish.rtmp === null ? [] : [`publish (RTMP): ${publish.rtmp}`],
    ...play.whep === null ? [] : [`watch (WHEP): ${absolute(play.whep)}`]
  ]
}

/** What more there is to know of one, line by line, each with two spaces before it. */
export const details = (snapshot: Snapshot, now: number, base: string): ReadonlyArray<string> => {
  const { description, endReason, health, labels, leftBehind, mountpoint, note, owner, run, source } = snapshot
  const media = mountpoint?.media.map(({ codec, host, mid, port }) => `${mid} ${codec ?? "-"} ${host}:${port}`) ?? []
  const names = Object.entries(labels).map(([name, value]) => `${name}:${value}`)
  const hops = health.hops.map(({ evidence, hop, next, since, status }) => [
    `  ${hop}`,
    `${status} ${duration(now - Date.parse(since))}`,
    `${evidence ?? ""}${next === null ? "" : ` (${next})`}`
  ])
  return [
    ...description === null ? [] : [`  ${description}`],
    `  ${[source.kind, `run ${run}`, ...owner === null ? [] : [`on ${owner.worker}`], ...names].join(", ")}`,
    ...hops.length === 0 ? [] : [table(hops)],
    ...media.length === 0 ? [] : [`  RTP: ${media.join(", ")}`],
    ...addresses(snapshot, base).map((one) => `  ${one}`),
    ...note === null ? [] : [`  ${note}`],
    ...endReason === null && leftBehind.length === 0 ? [] : [`  ${end(snapshot)}`]
  ]
}

const told = (event: BroadcastEvent): string => {
  switch (event._tag) {
    case "BroadcastStateChanged":
      return event.endReason === null ? event.to : `${event.to}: ${event.endReason.message}`
    case "HopChanged":
      return `hop ${event.hop} ${event.status}${event.evidence === null ? "" : `: ${event.evidence}`}`
    case "ResourceAcquired":
      return `made ${event.kind} ${event.id}`
    case "ResourceReleased":
      return `undid ${event.kind} ${event.id}`
    case "ResourceLeftBehind":
      return `left ${event.kind} ${event.id} behind: ${event.reason}`
    case "RelayRestarted":
      return `relay restarted, ${event.restarts} times so far`
    case "OwnerChanged":
      return event.to === null ? `let go by ${event.from}` : `owned by ${event.to}`
    case "JobFailed":
      return `job ${event.jobId ?? ""} failed: ${event.reason}`
    case "WorkerRecommendationChanged":
      return `${event.to} workers recommended`
  }
}

/** One event as one line. */
export const event = (event: BroadcastEvent): string =>
  `${event.time.slice(11, 19)} ${event.broadcast ?? "-"}  ${told(event)}`
