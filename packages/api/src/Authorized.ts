/**
 * Who may call: a bearer token, or the cookie that the page gets for one. Each call says which scope it needs; one that
 * says nothing reads.
 */
import { Context, Schema } from "effect"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import { Forbidden, Unauthenticated } from "./Problem.ts"

/** What a token may do: `write` includes `read`. */
export const Scope = Schema.Literals(["read", "write"])
export type Scope = typeof Scope.Type

/** The scope that a call needs; an annotation of its endpoint. */
export const Needs = Context.Reference<Scope>("@headend/api/Authorized/Needs", { defaultValue: () => "read" })

/** The cookie of a session. */
export const cookieName = "headend_session"

/**
 * Looks at one request.
 *
 * @effect-expect-leaking HttpServerRequest | ParsedSearchParams | RouteContext
 */
export class Authorized extends HttpApiMiddleware.Service<Authorized>()("@headend/api/Authorized", {
  error: [Unauthenticated, Forbidden],
  security: {
    bearer: HttpApiSecurity.bearer,
    session: HttpApiSecurity.apiKey({ in: "cookie", key: cookieName })
  }
}) {}
