/**
 * What happens, as server-sent events: `event:` is the tag, `id:` the position, `data:` the event as JSON. A stream is
 * resumed with `Last-Event-ID`. A position that the log does not reach (any more) is answered with the snapshots, as
 * `event: reset`, and then with what comes. Figures of relays are no events: they are told on request, without a position.
 */
import { BroadcastEvent } from "@headend/core/BroadcastEvent"
import { BroadcastId } from "@headend/core/BroadcastSpec"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Authorized } from "./Authorized.ts"
import { Snapshot } from "./Broadcasts.ts"
import * as Problem from "./Problem.ts"

/** All that is, instead of what was missed. With `more`, the next event is another part of it. */
export const Reset = Schema.Struct({ items: Schema.Array(Snapshot), more: Schema.Boolean }).annotate({
  identifier: "Reset"
})
export type Reset = typeof Reset.Type

/** What relays move now: those whose figures have changed within the last second. */
export const Figures = Schema.Struct({
  items: Schema.Array(Schema.Struct({
    broadcast: BroadcastId,
    run: Schema.Int,
    /** As in the snapshot: fps, bitrateKbps, frames, speed, drops, dups, cpuPercent, memoryMb, those that are known. */
    progress: Schema.Record(Schema.String, Schema.Finite)
  }))
}).annotate({ identifier: "Figures" })
export type Figures = typeof Figures.Type

const tags = BroadcastEvent.members.map((member) => member.fields._tag.schema.literal)

/** One event of the stream. */
export const Sent = Schema.Union([
  Schema.Struct({ event: Schema.tag("reset"), id: Schema.String, data: Schema.fromJsonString(Reset) }),
  Schema.Struct({ event: Schema.tag("figures"), data: Schema.fromJsonString(Figures) }),
  Schema.Struct({ event: Schema.Literals(tags), id: Schema.String, data: Schema.fromJsonString(BroadcastEvent) })
])
export type Sent = typeof Sent.Type

const request = {
  headers: { "last-event-id": Schema.optionalKey(Schema.NonEmptyString) },
  query: {
    /** As `Last-Event-ID`, for those who cannot set a header; the header wins. `start`: all that the log still has. */
    after: Schema.optionalKey(Schema.NonEmptyString),
    /** Begin with the snapshots. `Last-Event-ID` wins, so a browser that connects again misses and repeats nothing. */
    reset: Schema.optionalKey(Schema.Literals(["true", "false"])),
    /** Tell the figures of relays as well, as `event: figures`, at most once a second. They carry no `id`. */
    figures: Schema.optionalKey(Schema.Literals(["true", "false"]))
  },
  success: HttpApiSchema.StreamSse({ events: Sent })
} as const

export class Events extends HttpApiGroup.make("events").add(
  HttpApiEndpoint.get("all", "/v1/events", {
    ...request,
    error: [Problem.BadRequest, Problem.Unavailable]
  }).annotate(OpenApi.Summary, "The events of all broadcasts"),
  HttpApiEndpoint.get("of", "/v1/broadcasts/:id/events", {
    params: { id: Schema.String },
    ...request,
    error: [Problem.BadRequest, Problem.NotFound, Problem.Unavailable]
  }).annotate(OpenApi.Summary, "The events of one broadcast")
).middleware(Authorized).annotate(OpenApi.Title, "Events") {}
