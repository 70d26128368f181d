/**
 * Broadcasts: what is wanted, and what is.
 */
import { State } from "@headend/core/Health"
import { Plan } from "@headend/core/Plan"
import { RelayRun } from "@headend/core/Relays"
import { Snapshot as CoreSnapshot } from "@headend/core/Snapshot"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Authorized, Needs } from "./Authorized.ts"
import * as Problem from "./Problem.ts"
import { Spec } from "./Spec.ts"

/** All that is known of a run, with secrets as `***`. */
export const Snapshot = CoreSnapshot.annotate({ identifier: "Snapshot" })

/** One page of a list; `next` is the cursor of the following one. */
export const Page = Schema.Struct({ items: Schema.Array(Snapshot), next: Schema.NullOr(Schema.String) }).annotate({
  identifier: "SnapshotPage"
})

/** The ids of those that stop now. */
export const Stopping = Schema.Struct({ stopping: Schema.Array(Schema.String) }).annotate({ identifier: "Stopping" })

/** Whether somebody published, whose connection was ended. */
export const Kicked = Schema.Struct({ kicked: Schema.Boolean }).annotate({ identifier: "Kicked" })

/** What the relay said in its last three runs, oldest first; none where there is no relay. */
export const Logs = Schema.Struct({ runs: Schema.Array(RelayRun) }).annotate({ identifier: "Logs" })

/** A label as `name:value`. */
export const Label = Schema.String.check(
  Schema.isPattern(/^[^:]+:/, { message: "expected name and value, as in team:events" })
)

/** Seconds to wait, 30 unless given. */
export const Timeout = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 300 }))

const filter = {
  state: Schema.optionalKey(State),
  source: Schema.optionalKey(Schema.NonEmptyString),
  label: Schema.optionalKey(Label)
}
const byId = { id: Schema.String }
const waitRunning = {
  wait: Schema.optionalKey(Schema.Literals(["running"])),
  timeout: Schema.optionalKey(Timeout)
}
const startHeaders = {
  "idempotency-key": Schema.optionalKey(Schema.NonEmptyString.check(Schema.isMaxLength(255)))
}
const startErrors = [
  Problem.BadRequest,
  Problem.Conflict,
  Problem.PayloadTooLarge,
  Problem.UnsupportedMediaType,
  Problem.Unprocessable,
  Problem.BadGateway,
  Problem.Unavailable
] as const
const started = [
  Snapshot.pipe(HttpApiSchema.status(201)),
  Snapshot.pipe(HttpApiSchema.status(200)),
  Snapshot.pipe(HttpApiSchema.status(202))
] as const

export class Broadcasts extends HttpApiGroup.make("broadcasts").add(
  HttpApiEndpoint.get("list", "/v1/broadcasts", {
    query: {
      ...filter,
      limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 500 }))),
      cursor: Schema.optionalKey(Schema.NonEmptyString)
    },
    success: Page,
    error: [Problem.BadRequest, Problem.Unavailable]
  }).annotate(OpenApi.Summary, "Broadcasts, in the order of their ids; ended ones are kept for 24 hours"),
  HttpApiEndpoint.post("start", "/v1/broadcasts", {
    query: waitRunning,
    headers: startHeaders,
    payload: Spec,
    success: started,
    error: startErrors
  }).annotate(Needs, "write").annotate(OpenApi.Summary, "Start a broadcast").annotate(
    OpenApi.Description,
    "201: a new run (with wait=running: it is on air). 200: the same specification runs already, or the key was seen. " +
      "202: wait=running, and the time is over. 502 or 422: it has failed, with the end reason."
  ),
  HttpApiEndpoint.delete("stopAll", "/v1/broadcasts", {
    query: { all: Schema.optionalKey(Schema.Literals(["true", "false"])), ...filter },
    success: Stopping.pipe(HttpApiSchema.status(202)),
    error: [Problem.BadRequest, Problem.Unavailable]
  }).annotate(Needs, "write").annotate(OpenApi.Summary, "Stop all broadcasts that the filters name (all=true)"),
  HttpApiEndpoint.get("get", "/v1/broadcasts/:id", {
    params: byId,
    success: Snapshot,
    error: [Problem.NotFound, Problem.Unavailable]
  }).annotate(OpenApi.Summary, "One broadcast: its newest run"),
  HttpApiEndpoint.put("put", "/v1/broadcasts/:id", {
    params: byId,
    query: waitRunning,
    headers: startHeaders,
    payload: Spec,
    success: started,
    error: startErrors
  }).annotate(Needs, "write").annotate(OpenApi.Summary, "Start a broadcast under this id"),
  HttpApiEndpoint.delete("stop", "/v1/broadcasts/:id", {
    params: byId,
    query: { wait: Schema.optionalKey(Schema.Literals(["stopped"])), timeout: Schema.optionalKey(Timeout) },
    success: [Snapshot.pipe(HttpApiSchema.status(202)), Snapshot.pipe(HttpApiSchema.status(200))],
    error: [Problem.BadRequest, Problem.NotFound, Problem.Unavailable]
  }).annotate(Needs, "write").annotate(OpenApi.Summary, "Stop a broadcast and undo all that it made").annotate(
    OpenApi.Description,
    "202: it stops. 200: it has stopped (with wait=stopped), or was told to before."
  ),
  HttpApiEndpoint.post("restart", "/v1/broadcasts/:id/restart", {
    params: byId,
    success: Snapshot.pipe(HttpApiSchema.status(202)),
    error: [Problem.NotFound, Problem.Conflict, Problem.Unavailable]
  }).annotate(Needs, "write").annotate(OpenApi.Summary, "Open its feed anew, behind the same mountpoint"),
  HttpApiEndpoint.post("kick", "/v1/broadcasts/:id/kick", {
    params: byId,
    success: Kicked,
    error: [Problem.NotFound, Problem.Conflict, Problem.Unprocessable, Problem.BadGateway, Problem.Unavailable]
  }).annotate(Needs, "write").annotate(OpenApi.Summary, "End the connection of whoever publishes its ingest")
    .annotate(
      OpenApi.Description,
      "Needs `ingest.srsApi`. It is no ban: an encoder connects again, unless a hook refuses it. " +
        "422 `unauthorized`: SRS wants another user or password. 503 `server_unavailable`: it cannot be asked."
    ),
  HttpApiEndpoint.get("logs", "/v1/broadcasts/:id/logs", {
    params: byId,
    success: Logs,
    error: [Problem.NotFound, Problem.Unavailable]
  }).annotate(OpenApi.Summary, "The first and last lines of its relay's last three runs, redacted"),
  HttpApiEndpoint.post("plan", "/v1/plan", {
    payload: Spec,
    success: Plan.annotate({ identifier: "Plan" }),
    error: [Problem.BadRequest, Problem.PayloadTooLarge, Problem.UnsupportedMediaType, Problem.Unprocessable]
  }).annotate(OpenApi.Summary, "A dry run: what a start would ask of which program, redacted; nothing is touched")
).middleware(Authorized).annotate(OpenApi.Title, "Broadcasts") {}
