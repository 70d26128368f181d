/**
 * How it is: health by component for people, probes for machines, metrics for Prometheus.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Authorized } from "./Authorized.ts"
import * as Problem from "./Problem.ts"

/** `down` takes the app off the air; `warn` is worth a look. */
export const Status = Schema.Literals(["ok", "warn", "down"])
export type Status = typeof Status.Type

/** One part of the app, and how it is. */
export const Component = Schema.Struct({
  name: Schema.String,
  status: Status,
  /** A number or a message that shows it. */
  evidence: Schema.NullOr(Schema.Union([Schema.String, Schema.Finite]))
})
export type Component = typeof Component.Type

/** The status is that of the worst component. */
export const Health = Schema.Struct({ status: Status, components: Schema.Array(Component) }).annotate({
  identifier: "Health"
})
export type Health = typeof Health.Type

/** What a probe answers when all is well. */
export const Alive = Schema.Struct({ status: Schema.Literals(["ok"]) }).annotate({ identifier: "Alive" })

/** Calls about health and metrics; they need a token that may read. */
export class HealthGroup extends HttpApiGroup.make("health").add(
  HttpApiEndpoint.get("health", "/v1/health", { success: Health })
    .annotate(OpenApi.Summary, "Health by component"),
  HttpApiEndpoint.get("metrics", "/metrics", { success: Schema.String.pipe(HttpApiSchema.asText()) })
    .annotate(OpenApi.Summary, "Metrics in the text format of Prometheus")
).middleware(Authorized).annotate(OpenApi.Title, "Health") {}

/** Calls for whoever watches over the process; open to all. */
export class Probes extends HttpApiGroup.make("probes").add(
  HttpApiEndpoint.get("livez", "/livez", { success: Alive })
    .annotate(OpenApi.Summary, "The process answers"),
  HttpApiEndpoint.get("readyz", "/readyz", { success: Alive, error: Problem.Unavailable })
    .annotate(OpenApi.Summary, "What it needs answers, too: Janus and the registry")
).annotate(OpenApi.Title, "Probes") {}
