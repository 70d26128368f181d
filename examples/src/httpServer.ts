// headend inside an Effect HTTP server that exists: two routes start and stop broadcasts, a worker in the same process
// keeps them on air, and whatever else the server does goes on beside them.
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as BroadcastRegistry from "@headend/core/BroadcastRegistry"
import * as Broadcasts from "@headend/core/Broadcasts"
import * as Reconciler from "@headend/core/Reconciler"
import * as Sources from "@headend/core/Sources"
import { standard } from "@headend/core/StandardSources"
import * as Sweep from "@headend/core/Sweep"
import { Config, Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { createServer } from "node:http"
import * as Station from "./Station.ts"

const hello = HttpRouter.add("GET", "/", HttpServerResponse.text("a shop, with a stage"))

const start = HttpRouter.add(
  "PUT",
  "/stages/:id",
  Effect.gen(function*() {
    const { id } = yield* HttpRouter.params
    const sources = yield* Sources.Sources
    const broadcasts = yield* Broadcasts.Broadcasts
    const spec = yield* sources.decode({ id, source: yield* (yield* HttpServerRequest.HttpServerRequest).json })
    const { snapshot } = yield* broadcasts.start(spec)
    return yield* HttpServerResponse.json({ id: snapshot.id, state: snapshot.state }, { status: 201 })
  }).pipe(
    Effect.catchTag("SpecInvalid", (error) => HttpServerResponse.json({ wrong: error.errors }, { status: 422 }))
  )
)

const stop = HttpRouter.add(
  "DELETE",
  "/stages/:id",
  Effect.gen(function*() {
    const { id = "" } = yield* HttpRouter.params
    const { state } = yield* Broadcasts.Broadcasts.use((broadcasts) => broadcasts.stop(id))
    return yield* HttpServerResponse.json({ id, state }, { status: 202 })
  }).pipe(Effect.catchTag("BroadcastNotFound", () => Effect.succeed(HttpServerResponse.empty({ status: 404 }))))
)

/** All but the media server and the HTTP server. */
export const routes = HttpRouter.serve(Layer.mergeAll(hello, start, stop), { disableListenLog: true }).pipe(
  Layer.provide(Broadcasts.layer),
  Layer.provide(Layer.merge(Reconciler.layer({ id: "shop", atEnd: "stop" }), Sweep.layer)),
  Layer.provide(Layer.merge(Sources.layer(standard), BroadcastRegistry.layerMemory()))
)

if (import.meta.main) {
  const server = Layer.unwrap(Effect.gen(function*() {
    const port = yield* Config.Port("PORT").pipe(Config.withDefault(8082))
    yield* Effect.logInfo(`PUT a source to http://127.0.0.1:${port}/stages/lobby`)
    return NodeHttpServer.layer(createServer, { host: "127.0.0.1", port })
  }))
  Layer.launch(routes.pipe(Layer.provide(server), Layer.provide(Station.janus))).pipe(Station.run)
}
