/**
 * Health, probes and metrics.
 */
import { Api } from "@headend/api/Api"
import { Unavailable } from "@headend/api/Problem"
import { Components } from "@headend/app/Components"
import { Metrics } from "@headend/app/Metrics"
import { Effect, Layer } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"

const health = HttpApiBuilder.group(
  Api,
  "health",
  Effect.fnUntraced(function*(handlers) {
    const components = yield* Components
    const metrics = yield* Metrics
    return handlers
      .handle("health", () => components.health)
      .handle("metrics", () =>
        Effect.map(
          metrics.text,
          (text) => HttpServerResponse.text(text, { contentType: "text/plain; version=0.0.4; charset=utf-8" })
        ))
  })
)

const alive = { status: "ok" } as const

const probes = HttpApiBuilder.group(
  Api,
  "probes",
  Effect.fnUntraced(function*(handlers) {
    const components = yield* Components
    return handlers
      .handle("livez", () => Effect.succeed(alive))
      .handle("readyz", () =>
        Effect.flatMap(components.missing, (missing) =>
          missing.length === 0
            ? Effect.succeed(alive)
            : Effect.fail(
              new Unavailable({
                code: "not_ready",
                detail: missing.map(({ evidence, name }) => `${name}: ${evidence}`).join("; ")
              })
            )))
  })
)

export const layer = Layer.mergeAll(health, probes)
