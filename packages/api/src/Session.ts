/**
 * The page's session: a token, told once, becomes a cookie that scripts cannot read.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Scope } from "./Authorized.ts"
import * as Problem from "./Problem.ts"

export const SessionOpened = Schema.Struct({ name: Schema.String, scope: Scope }).annotate({ identifier: "Session" })
export type SessionOpened = typeof SessionOpened.Type

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
    .annotate(OpenApi.Summary, "Clear the session cookie")
).annotate(OpenApi.Title, "Session") {}
