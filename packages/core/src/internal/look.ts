/**
 * Looks at the broadcasts of a worker: reads their hops and their mountpoints' media, and folds both into states. One
 * fibre for all of them, whatever their number.
 */
import { Clock, Duration, Effect } from "effect"
import * as EndReason from "../EndReason.ts"
import type { Failing } from "../Failure.ts"
import { type Feed, isLive, type Part, type Proof, stopped } from "../Feed.ts"
import * as Health from "../Health.ts"
import type { MountpointReading } from "../Mountpoint.ts"
import type { Mountpoints } from "../Mountpoints.ts"
import type { Owned } from "./owned.ts"
import { reading } from "./saying.ts"
import type { Sight } from "./sight.ts"

/** What is to be done about a broadcast that was looked at. */
export type Advice = "nothing" | "reopen" | { readonly end: EndReason.EndReason }

/** Reads its mountpoint, folds, reports what has changed. */
export const look = Effect.fnUntraced(function*(o: Owned, mountpoints: Mountpoints["Service"], sight: Sight) {
  if (o.doing !== "onAir") return "nothing" as Advice
  const read = o.placed === undefined || o.feed === undefined
    ? undefined
    : yield* Effect.result(mountpoints.read(o.placed.mountpoint.id))
  const failed = read?._tag === "Failure" ? read.failure : undefined
  if (failed?._tag === "ServerUnavailable") yield* sight.check
  const now = yield* Clock.currentTimeMillis
  const until = limit(o)
  if (until !== undefined && now >= until.at) return { end: until.reason } as Advice
  const { feed } = o
  if (feed === undefined) return "nothing" as Advice
  const fed = feed.fed()
  if (fed !== o.fed) {
    o.fed = fed
    o.fedAt = now
    o.hotUntil = now + 3_000
  }
  const { lacks, proof } = read?._tag === "Success"
    ? arrival(o, feed, read.success, now)
    : { lacks: undefined, proof: "none" as const }
  const readings = [
    ...feed.hops.map((hop) => ({ name: hop.name, reading: hop.read() })),
    ...o.placed === undefined ? [] : server(failed, proof, lacks)
  ]
  const state = Health.fold({ before: o.state, readings, fresh: proof === "fresh", stale: proof === "stale" })
  const isFirst = proof === "fresh" && o.startedAt === null
  if (isFirst) yield* o.arrived()
  if (lacks !== undefined) o.lastMedia = now
  if (proof === "fresh") {
    o.lastMedia = now
    o.startedAt ??= now
    o.hotUntil = 0
    o.nudges = 0
  }
  yield* o.show(state, readings, now, cause(readings, state), isFirst ? { startedAt: now } : {})
  return advice(o, feed, failed, proof === "stale" && lacks === undefined, now)
})

/** What Janus' reading proves, and what of the media is known not to come. */
const arrival = (
  o: Owned,
  feed: Feed,
  reading: MountpointReading,
  now: number
): { readonly proof: Proof; readonly lacks: Part | undefined } => {
  const fed = feed.fed()
  const fedFor = now - Math.max(o.fedAt, o.placed?.at ?? 0)
  const media = o.placed?.mountpoint.media ?? []
  const proof = feed.proof(reading, fedFor)
  if (proof === "fresh" && o.stopped === "picture" && !isLive(reading, fed, media, fedFor)) {
    // a new relay begins with what the server has kept: no sign that the picture is back
    return { proof: "stale", lacks: "picture" }
  }
  if (proof === "none") return { proof, lacks: undefined }
  const part = proof === "stale" ? stopped(reading, fed, media) : undefined
  o.stopped = part
  return { proof, lacks: part === "picture" && feed.keepsSound?.() !== true ? undefined : part }
}

/** The hops that Janus itself tells of. */
const server = (failed: Failing | undefined, proof: Proof, lacks: Part | undefined): Health.Look["readings"] => {
  if (failed !== undefined) {
    return [reading(failed, failed._tag === "MountpointMissing" ? "puts it back" : "reads it again")]
  }
  const status: Health.Reading = proof === "fresh"
    ? { status: "ok", evidence: "media arrives" }
    : lacks !== undefined
    ? {
      status: "bad",
      evidence: `no ${lacks} arrives`,
      next: `goes on with the ${lacks === "sound" ? "picture" : "sound"}`
    }
    : proof === "stale"
    ? { status: "bad", evidence: "no media arrives", next: "opens the feed anew" }
    : { status: "unknown", evidence: "no media now" }
  return [{ name: "mountpoint", reading: status }, { name: "janus", reading: { status: "ok", evidence: "answers" } }]
}

const cause = (readings: Health.Look["readings"], state: Health.State): string | undefined =>
  state === "degraded" ? readings.find(({ reading: { status } }) => status === "bad")?.name : undefined

/** When it is to end, whatever happens, and why. */
export const limit = (o: Owned): { readonly at: number; readonly reason: EndReason.EndReason } | undefined => {
  const { giveUpAfter, maxDuration } = (o.claim.wanted === "running" ? o.claim.spec.limits : undefined) ?? {}
  const limits = [
    ...maxDuration === undefined
      ? []
      : [{ at: o.claim.declaredAt + Duration.toMillis(maxDuration), reason: EndReason.maxDuration }],
    ...giveUpAfter === undefined
      ? []
      : [{ at: o.lastMedia + Duration.toMillis(giveUpAfter), reason: EndReason.gaveUp }]
  ]
  return limits.toSorted((a, b) => a.at - b.at)[0]
}

/**
 * A mountpoint that vanished, or a feed that says it is well while nothing arrives: open it anew, ever less often. A feed
 * that outlives its mountpoint is not opened anew for want of that: the mountpoint is put back under it.
 */
const advice = (o: Owned, feed: Feed, failed: Failing | undefined, isStale: boolean, now: number): Advice => {
  const isMissing = failed?._tag === "MountpointMissing"
  if ((!isMissing && !isStale) || now < o.nudgeAfter) return "nothing"
  if (isStale && feed.hops.some((hop) => hop.read().status === "waiting")) return "nothing"
  o.nudgeAfter = now + Math.min(5_000 * 2 ** o.nudges, 60_000)
  o.nudges++
  return isMissing && o.isMissing() ? "nothing" : "reopen"
}
