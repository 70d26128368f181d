/**
 * Traces and logs for a collector, over OTLP (HTTP with JSON), when a setting names one. Metrics are Prometheus'. Spans
 * have no headers; whose address is a secret has no span (`Guard` of the HTTP app).
 */
import { Layer } from "effect"
import { FetchHttpClient, HttpMiddleware } from "effect/http"
import { OtlpLogger, OtlpSerialization, OtlpTracer } from "effect/observability"

/** Names of requests without their ids, and no headers. */
const requests = Layer.mergeAll(
  Layer.succeed(HttpMiddleware.TracerHeaderFilter, () => false),
  Layer.succeed(
    HttpMiddleware.SpanNameGenerator,
    ({ method, url }) => `${method} ${new URL(url, "http://local").pathname.replace(/(\/broadcasts\/)[^/]+/, "$1{id}")}`
  )
)

/** `url` is the collector's base address: `/v1/traces` and `/v1/logs` are below it. None: nothing is sent. */
export const layer = (
  url: string | undefined,
  who: { readonly service: string; readonly instance: string; readonly worker: string }
): Layer.Layer<never> => {
  if (url === undefined) return Layer.empty
  const base = url.replace(/\/+$/, "")
  const resource = {
    serviceName: who.service,
    attributes: { "service.namespace": who.instance, "service.instance.id": who.worker }
  }
  const common = { resource, shutdownTimeout: "3 seconds" } as const
  return Layer.mergeAll(
    OtlpTracer.layer({ ...common, url: `${base}/v1/traces`, exportInterval: "2 seconds" }),
    OtlpLogger.layer({ ...common, url: `${base}/v1/logs`, exportInterval: "2 seconds", mergeWithExisting: true }),
    requests
  ).pipe(
    Layer.provide(OtlpSerialization.layerJson),
    Layer.provide(FetchHttpClient.layer)
  )
}
