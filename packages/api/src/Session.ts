/**
 * The page's session: a token, told once, becomes a cookie that scripts cannot read.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Authorized, Scope } from "./Authorized.ts"
import * as Problem from "./Problem.ts"

/** Whose token opened the session, and what it may do. */
export const SessionOpened = Schema.Struct({ name: Schema.String, scope: Scope }).annotate({ identifier: "Session" })
export type SessionOpened = typeof SessionOpened.Type

/** Who calls, and what they may do; no name where no tokens are set. */
export const Caller = Schema.Struct({ name: Schema.NullOr(Schema.String), scope: Scope }).annotate({
  identifier: "Caller"
})
export type Caller = typeof Caller.Type

export class Session extends HttpApiGroup.make("session").add(
  HttpApiEndpoint.post("open", "/v1/session", {
    payload: Schema.Struct({ token: Schema.String }),
    success: SessionOpened,
    error: [
      Problem.BadRequest,
      Problem.Unauthenticated,
      Problem.Forbidden,
      Problem.PayloadTooLarge,
      Problem.UnsupportedMediaType,
      Problem.Unprocessable
    ]
  }).annotate(OpenApi.Summary, "Set the session cookie for this token"),
  HttpApiEndpoint.delete("close", "/v1/session", { success: HttpApiSchema.NoContent })
    .annotate(OpenApi.Summary, "Clear the session cookie"),
  HttpApiEndpoint.get("show", "/v1/session", { success: Caller })
    .annotate(OpenApi.Summary, "Whose token or cookie this request carries, and what it may do")
    .middleware(Authorized)
).annotate(OpenApi.Title, "Session") {}
