/**
 * The fleet: which workers there are, how much room each has, and what nobody has taken yet.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Authorized } from "./Authorized.ts"
import * as Problem from "./Problem.ts"

/** A worker that was heard of within the last half minute. */
export const Worker = Schema.Struct({
  id: Schema.String,
  /** In units of cost: a forward is 0.1, a relay that copies 0.5. */
  capacity: Schema.Finite,
  /** What its broadcasts cost, in units of cost. */
  used: Schema.Finite,
  broadcasts: Schema.Int,
  /** It is about to end, and takes nothing more. */
  draining: Schema.Boolean,
  reachesJanus: Schema.Boolean,
  /** ISO 8601, UTC. */
  seenAt: Schema.String
})
export type Worker = typeof Worker.Type

/** All workers, and what none of them owns. */
export const Fleet = Schema.Struct({
  workers: Schema.Array(Worker),
  /** What no worker owns: how many, what they cost, and the age of the oldest in milliseconds. */
  unplaced: Schema.Struct({
    broadcasts: Schema.Int,
    cost: Schema.Finite,
    oldestMs: Schema.NullOr(Schema.Finite)
  })
}).annotate({ identifier: "Fleet" })
export type Fleet = typeof Fleet.Type

export class Workers extends HttpApiGroup.make("workers").add(
  HttpApiEndpoint.get("fleet", "/v1/workers", { success: Fleet, error: Problem.Unavailable })
    .annotate(OpenApi.Summary, "The workers, and how much room each has")
).middleware(Authorized).annotate(OpenApi.Title, "Workers") {}
