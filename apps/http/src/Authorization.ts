/**
 * The check of every call of the API, with the scope that its endpoint needs.
 */
import { Authorized, Needs } from "@headend/api/Authorized"
import { ApiTokens } from "@headend/app/ApiTokens"
import { Context, Effect, Layer } from "effect"
import { HttpServerRequest } from "effect/http"
import type { HttpApiEndpoint } from "effect/http-api"

export const layer: Layer.Layer<Authorized, never, ApiTokens> = Layer.effect(
  Authorized,
  Effect.map(ApiTokens, (tokens) => {
    const allowed = ({ endpoint }: { readonly endpoint: HttpApiEndpoint.Top }) =>
      Effect.flatMap(
        HttpServerRequest.HttpServerRequest,
        (request) => tokens.authorise(request, Context.get(endpoint.annotations, Needs))
      )
    return Authorized.of({
      // Both ways in are looked at in `ApiTokens.who`, so the first scheme decides; the second is here for the page that
      // describes the API, and would decide the same.
      bearer: (effect, options) => Effect.andThen(allowed(options), effect),
      session: (effect, options) => Effect.andThen(allowed(options), effect)
    })
  })
)
