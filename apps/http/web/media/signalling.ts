// The HTTP half of WHIP and WHEP: a POST makes a resource, which is deleted when the scope closes or the page is left.
import { Effect, Schema, type Scope } from "effect"
import { HttpClient, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { learn } from "./ice.ts"

/** The server's no. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  status: Schema.Int,
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** The server does not answer. */
export class Silent extends Schema.TaggedError<Silent>()("Silent", {}) {
  override get message() {
    return "headend does not answer"
  }
}

/** Who may: the session's cookie goes along by itself; a pin or a broadcast's own token is told here. */
export interface Door {
  readonly address: string
  readonly token: string | undefined
}

export interface Resource {
  readonly address: string
  readonly sdp: string
  /** The answer named ICE servers that were not known before. */
  readonly learned: boolean
}

type Sent<A> = Effect.Effect<A, Refused | Silent, HttpClient.HttpClient>

const Problem = Schema.fromJsonString(Schema.Struct({
  code: Schema.optionalKey(Schema.String),
  title: Schema.optionalKey(Schema.String),
  detail: Schema.optionalKey(Schema.String)
}))

const refusal = Effect.fnUntraced(function*(response: HttpClientResponse.HttpClientResponse) {
  const body = yield* Effect.orElseSucceed(response.text, () => "")
  const problem = yield* Effect.option(Schema.decodeEffect(Problem)(body))
  const told = problem._tag === "Some" ? problem.value : {}
  return yield* new Refused({
    status: response.status,
    reason: told.detail ?? told.title ?? `headend answered with ${response.status}`
  })
})

const send = (door: Door, request: HttpClientRequest.HttpClientRequest): Sent<HttpClientResponse.HttpClientResponse> =>
  HttpClient.execute(
    door.token === undefined ? request : HttpClientRequest.bearerToken(request, door.token)
  ).pipe(
    Effect.timeout("15 seconds"),
    Effect.mapError(() => new Silent()),
    Effect.tap((response) => (response.status >= 200 && response.status < 300 ? Effect.void : refusal(response)))
  )

const withSdp = (request: HttpClientRequest.HttpClientRequest, sdp: string) =>
  HttpClientRequest.bodyText(request, sdp, "application/sdp")

const remove = (door: Door, address: string): void => {
  const headers = door.token === undefined ? {} : { authorization: `Bearer ${door.token}` }
  void fetch(address, { method: "DELETE", headers, keepalive: true }).catch(() => undefined)
}

/** Deletes it at the end, also when the page is left in the middle of it. */
const undone = (door: Door, address: string): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const leave = () => remove(door, address)
      addEventListener("pagehide", leave)
      return leave
    }),
    (leave) =>
      Effect.sync(() => {
        removeEventListener("pagehide", leave)
        leave()
      })
  )

/** Makes a resource: with an offer, which is answered; or without, and the server offers. */
export const open = (door: Door, offer?: string) =>
  Effect.uninterruptible(Effect.gen(function*() {
    const request = HttpClientRequest.post(door.address)
    const response = yield* send(door, offer === undefined ? request : withSdp(request, offer))
    const location = response.headers["location"]
    if (location === undefined) return yield* new Refused({ status: 0, reason: "the answer names no resource" })
    const address = new URL(location, door.address).href
    yield* undone(door, address)
    const sdp = yield* Effect.mapError(response.text, () => new Silent())
    return { address, sdp, learned: learn(response.headers["link"]) } satisfies Resource
  }))

/** Gives the answer to the server's offer. */
export const answer = (door: Door, resource: Resource, sdp: string): Sent<void> =>
  Effect.asVoid(send(door, withSdp(HttpClientRequest.patch(resource.address), sdp)))
