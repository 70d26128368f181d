/**
 * A call that knows no query parameters takes none: those that know some refuse others themselves.
 */
import { HttpApiMiddleware } from "effect/http-api"
import { BadRequest } from "./Problem.ts"

/**
 * Looks at one request.
 *
 * @effect-expect-leaking HttpServerRequest | ParsedSearchParams | RouteContext
 */
export class NoQuery extends HttpApiMiddleware.Service<NoQuery>()("@headend/api/NoQuery", { error: BadRequest }) {}
