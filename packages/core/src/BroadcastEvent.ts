/**
 * The events, a closed union. The registry writes them in the same step as the state they tell of; the position is the
 * `Last-Event-ID` of the stream. High-rate figures are no events.
 */
import { Schema } from "effect"
import { BroadcastId } from "./BroadcastSpec.ts"
import { EndReason } from "./EndReason.ts"
import { HopName } from "./Failure.ts"
import { HopStatus, State } from "./Health.ts"

/** A position in the log; opaque, and in order within one registry. */
export const EventId = Schema.String
export type EventId = typeof EventId.Type

/** Before the oldest event that the log still has. */
export const logStart: EventId = "start"

/** What every event has. */
export const common = {
  position: EventId,
  /** ISO 8601, UTC. */
  time: Schema.String,
  broadcast: BroadcastId,
  run: Schema.Int,
  epoch: Schema.Int,
  /** A stable code that says why, such as an end reason or an error's code. */
  cause: Schema.NullOr(Schema.String)
}

/** What is told of no run in particular: null where it is of no broadcast, of no run, and nobody's. */
const apart = {
  ...common,
  broadcast: Schema.NullOr(BroadcastId),
  run: Schema.NullOr(Schema.Int),
  epoch: Schema.NullOr(Schema.Int)
}

const Resource = { kind: Schema.String, id: Schema.String }

/** What each event has besides what all have. */
export const bodies = {
  BroadcastStateChanged: { from: Schema.NullOr(State), to: State, endReason: Schema.NullOr(EndReason) },
  HopChanged: {
    hop: HopName,
    status: HopStatus,
    evidence: Schema.NullOr(Schema.Union([Schema.String, Schema.Finite]))
  },
  ResourceAcquired: Resource,
  ResourceReleased: Resource,
  ResourceLeftBehind: { ...Resource, reason: Schema.String },
  RelayRestarted: { restarts: Schema.Int },
  OwnerChanged: { from: Schema.NullOr(Schema.String), to: Schema.NullOr(Schema.String) },
  JobFailed: { jobId: Schema.NullOr(Schema.String), reason: Schema.String },
  WorkerRecommendationChanged: { from: Schema.NullOr(Schema.Int), to: Schema.Int }
} as const

/** Something that happened, with its position in the log. */
export const BroadcastEvent = Schema.Union([
  Schema.TaggedStruct("BroadcastStateChanged", { ...common, ...bodies.BroadcastStateChanged }).annotate({
    description: "From which state to which: null is the first; at the end with the reason."
  }),
  Schema.TaggedStruct("HopChanged", { ...common, ...bodies.HopChanged }).annotate({
    description: "A hop's status, and what shows it."
  }),
  Schema.TaggedStruct("ResourceAcquired", { ...common, ...bodies.ResourceAcquired }).annotate({
    description: "What was made on a server."
  }),
  Schema.TaggedStruct("ResourceReleased", { ...common, ...bodies.ResourceReleased }).annotate({
    description: "What was undone on a server."
  }),
  Schema.TaggedStruct("ResourceLeftBehind", { ...common, ...bodies.ResourceLeftBehind }).annotate({
    description: "What could not be undone on a server, and why."
  }),
  Schema.TaggedStruct("RelayRestarted", { ...common, ...bodies.RelayRestarted }).annotate({
    description: "A relay that had media was started again: how often by now, in this process."
  }),
  Schema.TaggedStruct("OwnerChanged", { ...common, ...bodies.OwnerChanged }).annotate({
    description: "Which worker had it and which has it; null: nobody."
  }),
  Schema.TaggedStruct("JobFailed", { ...apart, ...bodies.JobFailed }).annotate({
    description: "A job that is a dead letter, and why; of a broadcast where the job names one."
  }),
  Schema.TaggedStruct("WorkerRecommendationChanged", { ...apart, ...bodies.WorkerRecommendationChanged }).annotate({
    description: "How many workers there should be: before, and now."
  })
])
export type BroadcastEvent = typeof BroadcastEvent.Type

type Common = "position" | "time" | "broadcast" | "run" | "epoch"
type Body<E> = E extends BroadcastEvent ? Omit<E, Common | "cause"> & { readonly cause?: string } : never

/** An event as the owner of a run knows it; the registry adds position, time and whose it is. */
export type EventBody = Body<Exclude<BroadcastEvent, { readonly _tag: "JobFailed" | "WorkerRecommendationChanged" }>>

/** An event that anybody may tell, of a broadcast or of none. */
export type Announcement =
  & Body<Extract<BroadcastEvent, { readonly _tag: "JobFailed" | "WorkerRecommendationChanged" }>>
  & {
    readonly broadcast: BroadcastId | null
  }
