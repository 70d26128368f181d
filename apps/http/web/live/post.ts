// Sends a body as it was typed: the server says which fields do not fit, where a typed client would refuse to send it.
import { Data, Effect, Schema } from "effect"
import { HttpClient, type HttpClientError, HttpClientRequest } from "effect/http"
import { guarded } from "./api.ts"

/** The server's problem document, as it came. */
export class Refused extends Data.TaggedError("Refused")<{ readonly detail: string; readonly errors: unknown }> {}

const Problem = Schema.Struct({
  code: Schema.optionalKey(Schema.String),
  detail: Schema.optionalKey(Schema.String),
  title: Schema.optionalKey(Schema.String),
  errors: Schema.optionalKey(Schema.Unknown)
})

/** Signed out: `guarded` asks for the token. */
export class Unauthenticated extends Data.TaggedError("Unauthenticated")<{ readonly detail: string }> {}

export const post = <A, I>(
  path: string,
  body: unknown,
  answer: Schema.Codec<A, I>,
  headers: Readonly<Record<string, string>> = {}
): Effect.Effect<
  A,
  Refused | Unauthenticated | HttpClientError.HttpClientError | Schema.SchemaError,
  HttpClient.HttpClient
> =>
  guarded(Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    const request = HttpClientRequest.post(`${location.origin}${path}`).pipe(
      HttpClientRequest.setHeaders(headers),
      HttpClientRequest.bodyJsonUnsafe(body)
    )
    const response = yield* client.execute(request)
    const json = yield* response.json
    if (response.status < 300) return yield* Schema.decodeUnknownEffect(answer)(json)
    const { detail, errors, title } = yield* Schema.decodeUnknownEffect(Problem)(json)
    const said = detail ?? title ?? `headend answered ${response.status}`
    if (response.status === 401) return yield* new Unauthenticated({ detail: said })
    return yield* new Refused({ detail: said, errors })
  }))
