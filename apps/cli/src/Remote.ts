/**
 * The app over HTTP: the typed client, and what its problems mean for the one who typed the command.
 */
import { type Client, make } from "@headend/api/Client"
import { EndReason } from "@headend/core/EndReason"
import { FieldError } from "@headend/core/SpecInvalid"
import { Context, Effect, Layer, Option, Redacted, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { codes, CommandFailed } from "./ExitCode.ts"
import { fields, type Specification } from "./Specification.ts"
import { unanswered } from "./Unanswered.ts"

export class Remote extends Context.Service<Remote, {
  readonly url: string
  readonly client: Client
  readonly http: HttpClient.HttpClient
}>()("@headend/cli/Remote") {}

export const layer = (url: string, token: Redacted.Redacted | undefined): Layer.Layer<Remote> =>
  Layer.effect(
    Remote,
    Effect.gen(function*() {
      const client = yield* make({ baseUrl: url, ...(token === undefined ? {} : { token }) })
      const http = (yield* HttpClient.HttpClient).pipe(
        HttpClient.mapRequest(HttpClientRequest.prependUrl(url)),
        HttpClient.mapRequest((request) =>
          token === undefined ? request : HttpClientRequest.bearerToken(request, Redacted.value(token))
        )
      )
      return { url, client, http }
    })
  ).pipe(Layer.provide(FetchHttpClient.layer))

/** A problem document of the app, whatever its class. */
const Problem = Schema.Struct({
  status: Schema.Int,
  title: Schema.String,
  code: Schema.String,
  detail: Schema.optional(Schema.String),
  errors: Schema.optional(Schema.Array(FieldError)),
  endReason: Schema.optional(EndReason)
})
type Problem = typeof Problem.Type

const problemOf = Schema.decodeUnknownOption(Problem)

const exitOf = ({ endReason, status }: Problem): CommandFailed["code"] => {
  if (endReason !== undefined) return endReason.fault === "caller" ? codes.usage : codes.failed
  if (status === 401 || status === 403) return codes.refused
  if (status === 404 || status === 409) return codes.conflict
  return status < 500 ? codes.usage : codes.unreachable
}

/** Nothing was read from a file. */
const nowhere = () => undefined

/** What went wrong as a whole; a detail that tells the fields is left to the lines of the fields. */
const headline = ({ code, detail, errors, title }: Problem): string =>
  code === "spec_invalid"
    ? "the specification cannot be used"
    : errors === undefined || errors.length === 0
    ? detail ?? title
    : "the app does not take this call"

const wordsOf = (problem: Problem, lineOf: Specification["lineOf"]): string =>
  [
    `${headline(problem)} (${problem.code})`,
    ...problem.status === 401 ? ["  give a token in HEADEND_TOKEN, one of the app's HEADEND_API_TOKENS"] : [],
    ...problem.endReason === undefined || problem.endReason.message === problem.detail
      ? []
      : [`  ${problem.endReason.message}`],
    ...fields(problem.errors ?? [], lineOf)
  ].join("\n")

const refusal = (problem: Problem, lineOf: Specification["lineOf"] = nowhere) =>
  new CommandFailed({ code: exitOf(problem), message: wordsOf(problem, lineOf), problem })

/** One call; what comes of it in words, with its exit code. */
export const call = <A, E extends { readonly message: string }, R>(
  use: (client: Client) => Effect.Effect<A, E, R>
): Effect.Effect<A, CommandFailed, R | Remote> =>
  Effect.flatMap(Remote, ({ client, url }) =>
    Effect.mapError(use(client), (error) => {
      const problem = problemOf({ ...error })
      return Option.isSome(problem) ? refusal(problem.value) : unanswered(url, error)
    }))

/**
 * A specification, or a job with one, goes out as it was written: the typed client would refuse kinds that only the app
 * knows, and could not say as well as the app what is wrong with the others.
 */
export const send = <A>(
  answer: Schema.Codec<A, unknown>,
  request: {
    readonly path: string
    readonly body: unknown
    readonly lineOf: Specification["lineOf"]
    readonly headers?: Readonly<Record<string, string>>
    readonly query?: Readonly<Record<string, string>>
  }
): Effect.Effect<{ readonly status: number; readonly body: A }, CommandFailed, Remote> =>
  Effect.gen(function*() {
    const { http } = yield* Remote
    const response = yield* http.execute(
      HttpClientRequest.post(request.path).pipe(
        HttpClientRequest.setHeaders(request.headers ?? {}),
        HttpClientRequest.setUrlParams(request.query ?? {}),
        HttpClientRequest.bodyJsonUnsafe(request.body)
      )
    )
    const json = yield* response.json
    const problem = problemOf(json)
    if (response.status >= 400 && Option.isSome(problem)) return yield* refusal(problem.value, request.lineOf)
    const body = yield* Schema.decodeEffect(answer)(json)
    return { status: response.status, body }
  }).pipe(
    Effect.catchTags({
      HttpClientError: (error) => Effect.flatMap(Remote, ({ url }) => Effect.fail(unanswered(url, error))),
      SchemaError: (error) => Effect.flatMap(Remote, ({ url }) => Effect.fail(unanswered(url, error)))
    })
  )
