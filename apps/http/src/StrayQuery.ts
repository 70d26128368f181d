/**
 * Refuses query parameters where an endpoint knows none, all of them by name.
 */
import { NoQuery } from "@headend/api/NoQuery"
import { BadRequest } from "@headend/api/Problem"
import { Effect, Layer } from "effect"
import { HttpServerRequest } from "effect/http"
import type { HttpApiEndpoint } from "effect/http-api"

const check = Effect.fnUntraced(function*(endpoint: HttpApiEndpoint.Top) {
  const names = endpoint.query === undefined ? Object.keys(yield* HttpServerRequest.ParsedSearchParams) : []
  if (names.length === 0) return
  const errors = names.map((name) => ({ path: ["query", name], message: "there is no such parameter" }))
  return yield* new BadRequest({
    code: "invalid_request",
    detail: errors.map(({ message, path }) => `${path.join(".")}: ${message}`).join("; "),
    errors
  })
})

export const layer: Layer.Layer<NoQuery> = Layer.succeed(
  NoQuery,
  NoQuery.of((effect, { endpoint }) => Effect.andThen(check(endpoint), effect))
)
