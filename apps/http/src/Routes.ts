/**
 * All that is served: the API, its description, the page.
 */
import { Api } from "@headend/api/Api"
import * as Components from "@headend/app/Components"
import * as Metrics from "@headend/app/Metrics"
import { Layer } from "effect"
import { HttpApiBuilder, HttpApiScalar } from "effect/http-api"
import * as Authorization from "./Authorization.ts"
import * as AutoscaleHandlers from "./AutoscaleHandlers.ts"
import * as BroadcastsHandlers from "./BroadcastsHandlers.ts"
import * as EventsHandlers from "./EventsHandlers.ts"
import * as Guard from "./Guard.ts"
import * as HealthHandlers from "./HealthHandlers.ts"
import * as HooksHandlers from "./HooksHandlers.ts"
import * as JobsHandlers from "./JobsHandlers.ts"
import * as Page from "./Page.ts"
import * as SessionHandlers from "./SessionHandlers.ts"
import * as StrayQuery from "./StrayQuery.ts"
import * as WhepHandlers from "./WhepHandlers.ts"
import * as WhipHandlers from "./WhipHandlers.ts"
import * as WorkersHandlers from "./WorkersHandlers.ts"

const handlers = Layer.mergeAll(
  AutoscaleHandlers.layer,
  BroadcastsHandlers.layer,
  EventsHandlers.layer,
  HealthHandlers.layer,
  HooksHandlers.layer,
  JobsHandlers.layer,
  SessionHandlers.layer,
  WhipHandlers.layer,
  WhepHandlers.layer,
  WorkersHandlers.layer
).pipe(
  Layer.provide(Authorization.layer),
  Layer.provide(StrayQuery.layer),
  Layer.provide(Metrics.layer),
  Layer.provide(Components.layer)
)

/** The reference page brings its script along and loads nothing from elsewhere. */
const docs = HttpApiScalar.layer(Api, { path: "/docs", scalar: { withDefaultFonts: false } })

/** Pages are looked for in these folders. */
export const layer = (pages: ReadonlyArray<string>) =>
  Layer.mergeAll(
    HttpApiBuilder.layer(Api, { openapiPath: "/openapi.json" }).pipe(Layer.provide(handlers)),
    docs,
    Page.layer(pages),
    Guard.layer
  )
