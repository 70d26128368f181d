/**
 * What a worker serves: probes for machines, metrics for Prometheus. Broadcasts are asked for elsewhere.
 */
import { ApiTokens } from "@headend/app/ApiTokens"
import * as Components from "@headend/app/Components"
import * as Metrics from "@headend/app/Metrics"
import { Reconciler } from "@headend/core/Reconciler"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"

const plain = (text: string, status = 200) =>
  HttpServerResponse.text(`${text}\n`, { status, contentType: "text/plain; charset=utf-8" })

const livez = HttpRouter.add("GET", "/livez", Effect.succeed(plain("ok")))

/** Ready to take broadcasts: not while it drains, nor without Janus and the registry. */
const readyz = HttpRouter.use((router) =>
  Effect.gen(function*() {
    const components = yield* Components.Components
    const reconciler = yield* Reconciler
    yield* router.add(
      "GET",
      "/readyz",
      Effect.map(components.missing, (missing) => {
        const reasons = [
          ...reconciler.load().draining ? ["it drains"] : [],
          ...missing.map(({ evidence, name }) => `${name}: ${evidence}`)
        ]
        return reasons.length === 0 ? plain("ok") : plain(reasons.join("; "), 503)
      })
    )
  })
)

const metrics = HttpRouter.use((router) =>
  Effect.gen(function*() {
    const { text } = yield* Metrics.Metrics
    const tokens = yield* ApiTokens
    const served = Effect.map(
      text,
      (lines) => HttpServerResponse.text(lines, { contentType: "text/plain; version=0.0.4; charset=utf-8" })
    )
    yield* router.add(
      "GET",
      "/metrics",
      HttpServerRequest.HttpServerRequest.use((request) => Effect.andThen(tokens.authorise(request, "read"), served))
        .pipe(
          Effect.catchTags({
            Unauthenticated: ({ detail }) => Effect.succeed(plain(detail ?? "say who you are", 401)),
            Forbidden: ({ detail }) => Effect.succeed(plain(detail ?? "not for you", 403))
          })
        )
    )
  })
)

export const layer = Layer.mergeAll(livez, readyz, metrics).pipe(
  Layer.provide(Metrics.layerWorker),
  Layer.provide(Components.layer)
)
