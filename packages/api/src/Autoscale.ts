/**
 * What the fleet needs, for autoscalers: KEDA's `metrics-api` reads one field of it. When it is not known the answer is 503,
 * and never a number: an autoscaler that gets an error keeps what there is.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Authorized } from "./Authorized.ts"
import * as Problem from "./Problem.ts"

/** How many workers there should be, and what that is taken from. */
export const Advice = Schema.Struct({
  /** In units of cost, placed or not: what to scale on, over capacity × utilisation of one worker. */
  demandCost: Schema.Finite,
  placedCost: Schema.Finite,
  unplacedCost: Schema.Finite,
  /** Age of the oldest broadcast that waits for a worker, milliseconds. */
  unplacedOldestMs: Schema.NullOr(Schema.Finite),
  /** Jobs that nobody has taken; null when the queue is out of reach. */
  intakeLag: Schema.NullOr(Schema.Int),
  /** Those that take broadcasts. */
  workers: Schema.Int,
  capacityPerWorker: Schema.Finite,
  /** How many there should be; it grows at once and shrinks late, as the policy has it. */
  recommended: Schema.Int,
  reason: Schema.Literals(["no-data", "up", "up-cooldown", "steady", "down", "down-stabilising"])
}).annotate({ identifier: "Advice" })
export type Advice = typeof Advice.Type

export class Autoscale extends HttpApiGroup.make("autoscale").add(
  HttpApiEndpoint.get("autoscale", "/v1/autoscale", { success: Advice, error: Problem.Unavailable })
    .annotate(OpenApi.Summary, "What the fleet needs, and how many workers that makes")
).middleware(Authorized).annotate(OpenApi.Title, "Autoscaling") {}
