/**
 * Who may do what: the API tokens of the settings, and the sessions that the page gets for one. A session is a signed
 * cookie: nothing is stored, it outlives a restart, and it is void once its token is taken out of the settings.
 */
import { cookieName, type Scope } from "@headend/api/Authorized"
import { Forbidden, Unauthenticated } from "@headend/api/Problem"
import { Clock, Context, Duration, Effect, Layer, Redacted } from "effect"
import type { HttpServerRequest } from "effect/http"
import { createHash, createHmac, timingSafeEqual } from "node:crypto"

export interface ApiToken {
  /** Letters, digits, dashes and underscores. */
  readonly name: string
  readonly scope: Scope
  readonly token: Redacted.Redacted
}

/** How long a session lasts. */
export const sessionLasts = Duration.days(30)

export class ApiTokens extends Context.Service<ApiTokens, {
  /** No token is set: whoever reaches this server may do everything. */
  readonly open: boolean
  /** The token of this text, compared in constant time. */
  readonly find: (text: string) => ApiToken | undefined
  /** The value of a session's cookie. */
  readonly issue: (token: ApiToken) => Effect.Effect<string>
  /** Whose request it is: by Bearer token, or by the cookie when there is none. */
  readonly who: (
    request: HttpServerRequest.HttpServerRequest
  ) => Effect.Effect<ApiToken, Unauthenticated | Forbidden>
  /** What the request may do, and under which name; nobody needs a name where no token is set. */
  readonly caller: (
    request: HttpServerRequest.HttpServerRequest
  ) => Effect.Effect<{ readonly name: string | null; readonly scope: Scope }, Unauthenticated | Forbidden>
  /** Fails unless the request may do what needs this scope. */
  readonly authorise: (
    request: HttpServerRequest.HttpServerRequest,
    scope: Scope
  ) => Effect.Effect<void, Unauthenticated | Forbidden>
}>()("@headend/app/ApiTokens") {}

const digest = (text: string) => createHash("sha256").update(text).digest()

/** Whether two secrets are the same, in a time that tells nothing of them. */
export const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

/** The Bearer token of a request. */
export const bearer = (request: HttpServerRequest.HttpServerRequest): string | undefined =>
  /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? "")?.[1]

/** Whether the request is from a page of this very server: SameSite lets other ports of the same host through. */
const sameOrigin = (request: HttpServerRequest.HttpServerRequest): boolean => {
  const { host, origin } = request.headers
  return origin === undefined || origin.replace(/^https?:\/\//, "") === host
}

const sign = (token: ApiToken, expires: string) =>
  createHmac("sha256", Redacted.value(token.token)).update(`headend session ${token.name} ${expires}`).digest(
    "base64url"
  )

const refused = (code: "token_missing" | "token_invalid", detail: string) => new Unauthenticated({ code, detail })

export const layer = (tokens: ReadonlyArray<ApiToken>): Layer.Layer<ApiTokens> =>
  Layer.sync(ApiTokens, () => {
    /** All are compared, so that the time does not tell which. */
    const find = (text: string) =>
      tokens.reduce<ApiToken | undefined>(
        (found, one) => (same(Redacted.value(one.token), text) ? one : found),
        undefined
      )

    const ofSession = (value: string, now: number) => {
      const [name = "", expires = "", signature = ""] = value.split(".")
      const token = tokens.find((one) => one.name === name)
      return token !== undefined && same(sign(token, expires), signature) && Number(expires) > now ? token : undefined
    }

    const who = Effect.fnUntraced(function*(request: HttpServerRequest.HttpServerRequest) {
      const text = bearer(request)
      if (text !== undefined) {
        return find(text) ?? (yield* refused("token_invalid", "this token is not known here"))
      }
      const cookie = request.cookies[cookieName]
      if (cookie === undefined || cookie === "") {
        return yield* refused("token_missing", "say who you are: Authorization: Bearer <token>")
      }
      const token = ofSession(cookie, yield* Clock.currentTimeMillis)
      if (token === undefined) return yield* refused("token_invalid", "the session is over: log in again")
      if (!sameOrigin(request)) {
        return yield* new Forbidden({ code: "origin_refused", detail: "a session is for pages of this server" })
      }
      return token
    })

    return ApiTokens.of({
      open: tokens.length === 0,
      find,
      issue: (token) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const expires = String(now + Duration.toMillis(sessionLasts))
          return `${token.name}.${expires}.${sign(token, expires)}`
        }),
      who,
      caller: (request) =>
        tokens.length === 0
          ? Effect.succeed({ name: null, scope: "write" })
          : Effect.map(who(request), ({ name, scope }) => ({ name, scope })),
      authorise: Effect.fnUntraced(function*(request, scope) {
        if (tokens.length === 0) return
        const token = yield* who(request)
        if (scope === "write" && token.scope !== "write") {
          return yield* new Forbidden({ code: "scope_missing", detail: `token ${token.name} may only read` })
        }
      })
    })
  })
