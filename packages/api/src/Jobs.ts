/**
 * The job queue: a door for those who do not wait for the answer. What comes of a job is in the broadcasts, the events,
 * and the dead letters.
 */
import { BroadcastId } from "@headend/core/BroadcastSpec"
import { Backlog, DeadLetter as CoreDeadLetter } from "@headend/core/Delivery"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Authorized, Needs } from "./Authorized.ts"
import * as Problem from "./Problem.ts"
import { Spec } from "./Spec.ts"

/** What a job asks for, as it is posted. */
export const Job = Schema.Union([
  Schema.Struct({ type: Schema.Literals(["start_broadcast"]), spec: Spec }),
  Schema.Struct({ type: Schema.Literals(["stop_broadcast"]), id: BroadcastId })
]).annotate({ identifier: "Job" })

/** What became of an offer. */
export const Offered = Schema.Struct({
  /** Of the job. */
  id: Schema.String,
  /** The key was seen before: the id is that of the first job, and nothing was added. */
  duplicate: Schema.Boolean
}).annotate({ identifier: "OfferedJob" })
export type Offered = typeof Offered.Type

/** Which queue it is, and how many jobs are where. */
export const Queue = Schema.Struct({ backend: Schema.String, ...Backlog.fields }).annotate({ identifier: "Queue" })
export type Queue = typeof Queue.Type

/** A job that is given up, without its secrets. Times are ISO 8601, UTC. */
export const DeadLetter = Schema.Struct({
  ...CoreDeadLetter.fields,
  offeredAt: Schema.String,
  failedAt: Schema.String
}).annotate({ identifier: "DeadLetter" })

/** The newest first; `next` is the cursor of the following page. */
export const DeadLetters = Schema.Struct({
  items: Schema.Array(DeadLetter),
  next: Schema.NullOr(Schema.String)
}).annotate({ identifier: "DeadLetterPage" })
export type DeadLetters = typeof DeadLetters.Type

/** The job that a dead letter has become. */
export const Redriven = Schema.Struct({ id: Schema.String }).annotate({ identifier: "RedrivenJob" })

export class Jobs extends HttpApiGroup.make("jobs").add(
  HttpApiEndpoint.post("offer", "/v1/jobs", {
    headers: { "idempotency-key": Schema.optionalKey(Schema.NonEmptyString.check(Schema.isMaxLength(255))) },
    payload: Job,
    success: Offered.pipe(HttpApiSchema.status(202)),
    error: [
      Problem.BadRequest,
      Problem.PayloadTooLarge,
      Problem.UnsupportedMediaType,
      Problem.Unprocessable,
      Problem.Unavailable
    ]
  }).annotate(Needs, "write").annotate(OpenApi.Summary, "Offer a job to the queue").annotate(
    OpenApi.Description,
    "202: it is in the queue. A kind of source that this app lacks is taken all the same, for workers that have it."
  ),
  HttpApiEndpoint.get("queue", "/v1/queue", { success: Queue, error: Problem.Unavailable })
    .annotate(OpenApi.Summary, "How many jobs wait, are being worked at, are delayed, and were given up"),
  HttpApiEndpoint.get("dead", "/v1/queue/dead", {
    query: {
      limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 500 }))),
      cursor: Schema.optionalKey(Schema.NonEmptyString)
    },
    success: DeadLetters,
    error: [Problem.BadRequest, Problem.Unavailable]
  }).annotate(OpenApi.Summary, "Jobs that were given up, with the reason"),
  HttpApiEndpoint.post("redrive", "/v1/queue/dead/:id/redrive", {
    params: { id: Schema.String },
    success: Redriven.pipe(HttpApiSchema.status(202)),
    error: [Problem.NotFound, Problem.Unavailable]
  }).annotate(Needs, "write").annotate(OpenApi.Summary, "Offer a dead letter again, as it was")
).middleware(Authorized).annotate(OpenApi.Title, "Jobs") {}
