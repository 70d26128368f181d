/**
 * The page's session: the cookie is out of reach of scripts, and of other sites.
 */
import { Api } from "@headend/api/Api"
import { cookieName } from "@headend/api/Authorized"
import { Unauthenticated, Unprocessable } from "@headend/api/Problem"
import { ApiTokens, sessionLasts } from "@headend/app/ApiTokens"
import { fieldErrors } from "@headend/core/SpecInvalid"
import { Effect, Schema } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as Body from "./Body.ts"

const decode = Schema.decodeUnknownEffect(Schema.Struct({ token: Schema.NonEmptyString }), { errors: "all" })

const options = (request: HttpServerRequest.HttpServerRequest) =>
  ({ httpOnly: true, sameSite: "strict", path: "/", secure: request.headers["x-forwarded-proto"] === "https" }) as const

export const layer = HttpApiBuilder.group(
  Api,
  "session",
  Effect.fnUntraced(function*(handlers) {
    const tokens = yield* ApiTokens
    const open = Effect.fnUntraced(function*({ request }: { readonly request: HttpServerRequest.HttpServerRequest }) {
      const { token: text } = yield* Effect.mapError(
        Effect.flatMap(Body.json(request), decode),
        (error) =>
          error._tag === "SchemaError"
            ? new Unprocessable({
              code: "spec_invalid",
              detail: "expected a token",
              errors: fieldErrors(error.issue).map(({ path }) => ({ path, message: "expected a token" }))
            })
            : error
      )
      const token = tokens.find(text)
      if (token === undefined) {
        return yield* new Unauthenticated({ code: "token_invalid", detail: "this token is not known here" })
      }
      return HttpServerResponse.jsonUnsafe({ name: token.name, scope: token.scope }, {
        headers: { "cache-control": "no-store" }
      }).pipe(
        HttpServerResponse.setCookieUnsafe(cookieName, yield* tokens.issue(token), {
          ...options(request),
          maxAge: sessionLasts
        })
      )
    })
    return handlers
      .handleRaw("open", open)
      .handle("show", ({ request }) => tokens.caller(request))
      .handle("close", ({ request }) =>
        Effect.succeed(
          HttpServerResponse.empty().pipe(
            HttpServerResponse.setCookieUnsafe(cookieName, "", { ...options(request), maxAge: 0 })
          )
        ))
  })
)
