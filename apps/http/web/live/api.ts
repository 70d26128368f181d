// The API for this page: the typed client on `fetch`, and its failures in words.
import { type Client, make } from "@headend/api/Client"
import { Context, Effect, Layer, ManagedRuntime } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { change } from "./Page.ts"

export class Api extends Context.Service<Api, Client>()("@headend/http/web/Api") {
  static readonly layer = Layer.effect(Api, Effect.suspend(() => make({ baseUrl: location.origin }))).pipe(
    Layer.provideMerge(FetchHttpClient.layer),
    // Nobody here reads traces, and an address to play from another origin would have to allow their headers.
    Layer.provideMerge(Layer.succeed(HttpClient.TracerPropagationEnabled, false))
  )
}

/** Runs everything on this page that talks to the server. */
export const runtime = ManagedRuntime.make(Api.layer)

/** A failure that can be shown. */
export interface Failed {
  readonly message: string
  /** Of single fields, where the server names them; the path as `source.camera.url`. */
  readonly fields: ReadonlyArray<{ readonly path: string; readonly message: string }>
}

const text = (error: object, key: string): string | undefined => {
  const value = key in error ? (error as Record<string, unknown>)[key] : undefined
  return typeof value === "string" && value !== "" ? value : undefined
}

const fieldsOf = (error: object): Failed["fields"] => {
  const errors = "errors" in error ? error.errors : undefined
  return Array.isArray(errors)
    ? errors.map(({ message, path }) => ({
      path: Array.isArray(path) ? path.join(".") : "",
      message: String(message)
    }))
    : []
}

/** Any error of a call, in words. */
export const inWords = (error: unknown): Failed => {
  if (typeof error !== "object" || error === null) return { message: String(error), fields: [] }
  switch (text(error, "_tag")) {
    case "HttpClientError":
    case "TimeoutError":
      return { message: "headend does not answer", fields: [] }
    case "SchemaError":
      return { message: "headend answered something that this page does not know; reload it", fields: [] }
    default:
      return {
        message: text(error, "detail") ?? text(error, "message") ?? text(error, "title") ?? "it failed",
        fields: fieldsOf(error)
      }
  }
}

/** An answer that takes longer never comes: the server, or the way to it, is frozen. */
const patience = "10 seconds"

export const answered = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.timeout(effect, patience)

/** Asks for the token when the server wants one. */
export const guarded = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.tapError(effect, (error) =>
    Effect.sync(() => {
      if (typeof error === "object" && error !== null && text(error, "_tag") === "Unauthenticated") {
        change(() => ({ access: "needed" }))
      }
    }))
