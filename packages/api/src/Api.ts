/**
 * The HTTP API of headend. Every shape, status and code is defined here, once; the app serves it, `Client` calls it.
 */
import { HttpApi, OpenApi } from "effect/http-api"
import { Autoscale } from "./Autoscale.ts"
import { Broadcasts } from "./Broadcasts.ts"
import { Events } from "./Events.ts"
import { HealthGroup, Probes } from "./Health.ts"
import { Hooks } from "./Hooks.ts"
import { tidy } from "./internal/tidy.ts"
import { Jobs } from "./Jobs.ts"
import { NoQuery } from "./NoQuery.ts"
import { Session } from "./Session.ts"
import { Whep, Whip } from "./Signalling.ts"
import { Workers } from "./Workers.ts"

export class Api extends HttpApi.make("headend")
  .add(Autoscale, Broadcasts, Events, HealthGroup, Hooks, Jobs, Probes, Session, Whip, Whep, Workers)
  // all that is wrong with a request, at once
  .annotate(HttpApi.ParseOptions, { errors: "all" })
  // a filter that is misspelt would mean everything
  .annotate(HttpApi.QueryParseOptions, { errors: "all", onExcessProperty: "error" })
  .middleware(NoQuery)
  .annotate(OpenApi.Title, "headend")
  .annotate(OpenApi.Version, "1")
  .annotate(OpenApi.Transform, tidy)
  .annotate(
    OpenApi.Description,
    "Live broadcasts on Janus. Errors are application/problem+json with a stable code; a specification that cannot " +
      "be used names every failing field at once. Bearer tokens have the scope read or write."
  )
{}
