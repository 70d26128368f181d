/**
 * The HTTP API of SRS, as far as headend uses it. It says in the body's `code` what went wrong, often with status 200;
 * lists come in pages, and an address without the slash at its end is only redirected.
 */
import { ServerUnavailable, Unauthorized } from "@headend/core/Failure"
import { Effect, Redacted, Schema } from "effect"
import { HttpClient, type HttpClientError, HttpClientRequest, HttpClientResponse } from "effect/http"

/** Where the API is, and who asks, where it wants to know (`http_api.auth`). */
export interface SrsAddress {
  /** `http://host:1985`. */
  readonly url: string
  readonly username?: string | undefined
  readonly password?: Redacted.Redacted | undefined
}

const Codec = Schema.optionalKey(Schema.NullOr(Schema.Struct({ codec: Schema.optionalKey(Schema.String) })))

/** A stream as SRS lists it. */
export const SrsStream = Schema.Struct({
  /** The key, without parameters. */
  name: Schema.String,
  app: Schema.String,
  /** Video frames so far: 0 at first, and counted in steps of some seconds. */
  frames: Schema.optionalKey(Schema.Finite),
  publish: Schema.Struct({ active: Schema.Boolean, cid: Schema.optionalKey(Schema.String) }),
  /** Known two or three seconds after the start. */
  video: Codec,
  audio: Codec
})
export type SrsStream = typeof SrsStream.Type

const SrsClient = Schema.Struct({ id: Schema.String, ip: Schema.optionalKey(Schema.String) })

const Answer = Schema.Struct({ code: Schema.Int })
const StreamsPage = Schema.Struct({ code: Schema.Int, streams: Schema.optionalKey(Schema.Array(SrsStream)) })
const ClientAnswer = Schema.Struct({ code: Schema.Int, client: Schema.optionalKey(SrsClient) })

const within = "3 seconds"
const perPage = 100
const pagesAtMost = 100
/** Asked for a client that has left. */
const NO_SUCH_CLIENT = 2049

const unavailable = (reason: string, cause?: unknown) =>
  new ServerUnavailable({ server: "srs", reason, ...(cause === undefined ? {} : { cause }) })

const noSrs = "its answer is not that of an SRS"

const reasonOf = (error: HttpClientError.HttpClientError): string =>
  error.reason._tag === "TransportError" ? "it cannot be reached" : noSrs

/** One request, and its answer, whatever its code. */
const ask = Effect.fnUntraced(function*<A, I>(
  client: HttpClient.HttpClient,
  address: SrsAddress,
  method: "GET" | "DELETE",
  path: string,
  schema: Schema.Codec<A, I>
): Effect.fn.Return<A, ServerUnavailable | Unauthorized> {
  const request = HttpClientRequest.make(method)(`${address.url.replace(/\/+$/, "")}${path}`).pipe(
    HttpClientRequest.acceptJson,
    (plain) =>
      address.username === undefined
        ? plain
        : HttpClientRequest.basicAuth(plain, address.username, address.password ?? "")
  )
  const answer = Effect.gen(function*() {
    const response = yield* client.execute(request)
    if (response.status === 401 || response.status === 403) {
      return yield* new Unauthorized({ server: "srs", reason: "another user or password for its HTTP API" })
    }
    if (response.status !== 200) return yield* unavailable(`status ${response.status} from its HTTP API`)
    return yield* HttpClientResponse.schemaBodyJson(schema)(response)
  })
  return yield* answer.pipe(
    Effect.timeoutOrElse({ duration: within, orElse: () => Effect.fail(unavailable("no answer in time")) }),
    Effect.catchTags({
      HttpClientError: (error) => Effect.fail(unavailable(reasonOf(error), error)),
      SchemaError: (error) => Effect.fail(unavailable(noSrs, error))
    })
  )
})

/** All streams that it knows; one that ended may be among them for a moment, with `publish.active` false. */
export const streams = Effect.fnUntraced(function*(client: HttpClient.HttpClient, address: SrsAddress) {
  const all: Array<SrsStream> = []
  for (let page = 0; page < pagesAtMost; page++) {
    const path = `/api/v1/streams/?start=${all.length}&count=${perPage}`
    const { code, streams: some = [] } = yield* ask(client, address, "GET", path, StreamsPage)
    if (code !== 0) return yield* unavailable(`code ${code} for its list of streams`)
    all.push(...some)
    if (some.length < perPage) break
  }
  return all as ReadonlyArray<SrsStream>
})

/** The network address of a client; null when it has left. */
export const addressOf = Effect.fnUntraced(function*(client: HttpClient.HttpClient, address: SrsAddress, id: string) {
  const answer = yield* ask(client, address, "GET", `/api/v1/clients/${encodeURIComponent(id)}`, ClientAnswer)
  return answer.client?.ip ?? null
})

/** Ends the connection of a client; whether there was one. */
export const kick = Effect.fnUntraced(function*(client: HttpClient.HttpClient, address: SrsAddress, id: string) {
  const { code } = yield* ask(client, address, "DELETE", `/api/v1/clients/${encodeURIComponent(id)}`, Answer)
  if (code !== 0 && code !== NO_SUCH_CLIENT) return yield* unavailable(`code ${code} for the end of a client`)
  return code === 0
})
