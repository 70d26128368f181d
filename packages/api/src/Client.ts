/**
 * A typed client of the API, for browsers and Node: it needs an `HttpClient`, such as `FetchHttpClient.layer`.
 */
import { type Effect, Redacted } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { Api } from "./Api.ts"

export interface Options {
  /** Where the app is, `http://127.0.0.1:8080`; nothing in a page that the app itself serves. */
  readonly baseUrl?: string
  /** An API token; nothing where none are set, or where the session cookie is used. */
  readonly token?: Redacted.Redacted
}

/** The calls by group: `client.broadcasts.start({ payload: { source: { kind: "browser_webrtc" } } })`. */
export type Client = Effect.Success<ReturnType<typeof make>>

export const make = (options: Options = {}) =>
  HttpApiClient.make(Api, {
    ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
    transformClient: (client) =>
      options.token === undefined
        ? client
        : HttpClient.mapRequest(client, HttpClientRequest.bearerToken(Redacted.value(options.token)))
  })
