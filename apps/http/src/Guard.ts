/**
 * Around every answer: without tokens, only this machine's own pages and programs get one (a page elsewhere could
 * otherwise reach us through the user's browser, by DNS rebinding or a forged form); whatever goes wrong is told as a
 * problem document; and every request is counted.
 */
import { Api } from "@headend/api/Api"
import { BadRequest, Forbidden, InternalError, MethodNotAllowed, NotFound } from "@headend/api/Problem"
import { ApiTokens } from "@headend/app/ApiTokens"
import { isLoopback } from "@headend/app/Settings"
import * as Measure from "@headend/core/Measure"
import { fieldErrors } from "@headend/core/SpecInvalid"
import { Cause, Context, Effect, Layer } from "effect"
import {
  HttpMiddleware,
  HttpRouter,
  HttpServerError,
  HttpServerRequest,
  HttpServerRespondable,
  HttpServerResponse
} from "effect/http"
import { HttpApi, HttpApiError } from "effect/http-api"

/** The host without its port. */
const hostname = (host: string) => host.replace(/:\d+$/, "")

/** Whether the page that asks, if one does, is served by this machine. */
export const fromThisMachine = (request: HttpServerRequest.HttpServerRequest): boolean => {
  const { origin } = request.headers
  return origin === undefined ||
    (/^https?:\/\//.test(origin) && isLoopback(hostname(origin.replace(/^https?:\/\//, ""))))
}

/** WHIP and WHEP are made for pages of other origins; they look at the origin themselves. */
const signalling = (url: string) => /^\/(whip|whep)\//.test(url)

const strange = (request: HttpServerRequest.HttpServerRequest): Forbidden | undefined => {
  const { host = "", origin } = request.headers
  // whoever watches the process calls it by the address it has there
  if (/^\/(livez|readyz)$/.test(request.url)) return undefined
  if (!isLoopback(hostname(host))) {
    return new Forbidden({
      code: "host_refused",
      detail: "without API tokens only this machine is served: call it by localhost or 127.0.0.1"
    })
  }
  if (!signalling(request.url) && origin !== undefined && origin.replace(/^https?:\/\//, "") !== host) {
    return new Forbidden({
      code: "origin_refused",
      detail: "without API tokens only pages of this server may call it"
    })
  }
  return undefined
}

const endpoints: Array<{ readonly method: string; readonly path: RegExp }> = []
HttpApi.reflect(Api, {
  onGroup: () => undefined,
  onEndpoint: ({ endpoint: { method, path } }) =>
    endpoints.push({ method, path: new RegExp(`^${path.replaceAll(/:[^/]+/g, "[^/]+")}$`) })
})

/** What the path of this URL can be asked for; nothing when there is no such path. */
const methodsOf = (url: string): ReadonlyArray<string> => {
  const path = url.split("?")[0]!
  const known = endpoints.filter((one) => one.path.test(path)).map(({ method }) => method)
  return known.includes("GET") ? ["HEAD", ...known] : known
}

/** A failure that no handler has turned into an answer; nothing for an interruption. */
const problemOf = (cause: Cause.Cause<unknown>) => {
  if (Cause.hasInterruptsOnly(cause)) return undefined
  const error = Cause.squash(cause)
  if (HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound") {
    const { method, url } = error.reason.request
    const allowed = methodsOf(url)
    if (allowed.length > 0) {
      return new MethodNotAllowed({
        code: "method_not_allowed",
        detail: `${url.split("?")[0]} takes ${allowed.join(", ")}, not ${method}`
      })
    }
    return new NotFound({ code: "route_not_found", detail: `there is no ${method} ${url.split("?")[0]}` })
  }
  if (HttpApiError.HttpApiSchemaError.is(error) && error.kind !== "Body" && error.kind !== "ResponseHeaders") {
    const errors = fieldErrors(error.cause.issue).map((one) => ({
      message: one.message,
      path: [error.kind.toLowerCase(), ...one.path]
    }))
    return new BadRequest({
      code: "invalid_request",
      detail: errors.map(({ message, path }) => `${path.join(".")}: ${message}`).join("; "),
      errors
    })
  }
  return new InternalError({ code: "internal", detail: "a defect; the log says more" })
}

const rescue = <E>(cause: Cause.Cause<E>): Effect.Effect<HttpServerResponse.HttpServerResponse, E> => {
  const problem = problemOf(cause)
  if (problem === undefined) return Effect.failCause(cause)
  const told = HttpServerRespondable.toResponse(problem)
  return problem.status === 500 ? Effect.andThen(Effect.logError("a request met a defect", cause), told) : told
}

export const measures = {
  requests: Measure.counter("http_requests_total", {
    means: "HTTP requests answered.",
    labels: { method: "`GET`, …", route: "the path of the route, `none` without one", status: "`200`, …" }
  })
}

/** By the path of the route, not of the request: ids do not become labels, and those of sessions are secrets. */
const count = (method: string, status: number) =>
  Effect.withFiber<void>((fiber) => {
    const found = Context.getOrUndefined(fiber.context as Context.Context<never>, HttpRouter.RouteContext)
    const route = found?.route.path ?? "none"
    return Effect.andThen(
      measures.requests.update(1, { method, route, status: String(status) }),
      Effect.logDebug(`${method} ${route} ${status}`)
    )
  })

/** A span has the address of its request, and these addresses are secrets: no span for them. Nor for probes. */
export const untraced: Layer.Layer<never> = Layer.succeed(
  HttpMiddleware.TracerDisabledWhen,
  ({ url }) => /^\/(hooks\/|(whip|whep)\/[^/]+\/|(livez|readyz|metrics)([?]|$))/.test(url)
)

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

const complete = (request: HttpServerRequest.HttpServerRequest, response: HttpServerResponse.HttpServerResponse) => {
  const told = HttpServerResponse.setHeaders(response, {
    ...(response.status === 405 ? { allow: methodsOf(request.url).join(", ") } : {}),
    "x-content-type-options": "nosniff",
    // problems, too, are for scripts to read
    ...(signalling(request.url)
      ? { "access-control-allow-origin": "*", "access-control-expose-headers": "Location, ETag, Link" }
      : {})
  })
  if (told.status === 401) return HttpServerResponse.setHeader(told, "www-authenticate", "Bearer")
  return told.status === 503 ? HttpServerResponse.setHeader(told, "retry-after", "1") : told
}

export const layer: Layer.Layer<never, never, HttpRouter.HttpRouter | ApiTokens> = HttpRouter.use((router) =>
  Effect.flatMap(
    ApiTokens,
    (tokens) =>
      router.addGlobalMiddleware((effect) =>
        Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
          const refused = tokens.open ? strange(request) : undefined
          const answered = refused === undefined
            ? Effect.catchCause(effect, rescue)
            : HttpServerRespondable.toResponse(refused)
          return Effect.tap(
            Effect.map(answered, (response) => complete(request, response)),
            (response) => count(methods.has(request.method) ? request.method : "other", response.status)
          )
        })
      )
  )
)
