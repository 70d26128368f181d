/**
 * Hooks of RTMP servers: the client of a server waits for our answer, so it comes first; who follows the ingest in this
 * process hears of it at once, and a worker elsewhere is asked to look.
 */
import { Api } from "@headend/api/Api"
import { BadRequest, Forbidden, NotFound } from "@headend/api/Problem"
import { same } from "@headend/app/ApiTokens"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { IngestNews } from "@headend/core/IngestNews"
import { Sources } from "@headend/core/Sources"
import type { Hook, PublisherHook } from "@headend/srs/Hook"
import * as NginxHook from "@headend/srs/NginxHook"
import * as NodeMediaServerHook from "@headend/srs/NodeMediaServerHook"
import * as SrsHook from "@headend/srs/SrsHook"
import { Effect, FiberSet, Redacted, type Schema } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as Answer from "./Answer.ts"
import * as Body from "./Body.ts"
import { HookSettings } from "./HookSettings.ts"
import * as KnownIngests from "./KnownIngests.ts"

interface Asked {
  readonly params: { readonly secret: string }
  readonly request: HttpServerRequest.HttpServerRequest
}

/** A server lets a publisher in when it has our answer: a relay elsewhere that is sent at once would find nobody. */
const afterAnswer = "500 millis"

const nowhere = () => new NotFound({ code: "route_not_found", detail: "there is no such address" })
const refused = () => new Forbidden({ code: "publish_refused", detail: "nobody waits for this stream" })

export const layer = HttpApiBuilder.group(
  Api,
  "hooks",
  Effect.fnUntraced(function*(handlers) {
    const { refuseUnknown, secrets } = yield* HookSettings
    const news = yield* IngestNews
    const registry = yield* BroadcastRegistry
    const known = KnownIngests.make(registry, yield* Sources)
    const after = yield* FiberSet.make<void>()

    /** All are compared, so that the time does not tell which. */
    const isLetIn = (secret: string) => secrets.reduce((isIn, one) => same(Redacted.value(one), secret) || isIn, false)

    /** A worker elsewhere finds out by a new look at the ingest; one that is on air, or waits, already is left alone. */
    const lookElsewhere = (matches: ReadonlyArray<KnownIngests.Match>, what: "published" | "unpublished") => {
      const those = matches.filter(({ snapshot: { state } }) =>
        what === "published" ? state === "waiting" : state === "running" || state === "degraded"
      )
      return Effect.forEach(those, ({ snapshot }) => registry.requestRestart(snapshot.id), { discard: true }).pipe(
        Effect.delay(afterAnswer),
        Effect.ignore
      )
    }

    const tell = Effect.fnUntraced(function*(hook: PublisherHook, what: "published" | "unpublished") {
      const { app, client: publisher, stream } = hook
      const followers = yield* news.tell({ what, app, stream, publisher })
      yield* Effect.logDebug(`${what} at application ${app}: client ${publisher.client} of ${publisher.address}`)
      if (followers > 0) return
      const look = Effect.flatMap(known.find(hook), (matches) => lookElsewhere(matches, what))
      yield* FiberSet.run(after, Effect.ignore(look))
    })

    /** Whether its client may do what it does. */
    const heed = Effect.fnUntraced(function*(hook: Hook) {
      if (hook.what === "other") return true
      if (hook.what !== "unpublished" && refuseUnknown) {
        const matches = yield* Effect.mapError(known.find(hook), Answer.unavailable)
        if (!matches.some(({ mayPublish }) => mayPublish)) {
          const { address, client } = hook.client
          yield* Effect.logWarning(`refused a publisher at application ${hook.app}: client ${client} of ${address}`)
          return false
        }
      }
      if (hook.what !== "asks") yield* tell(hook, hook.what === "unpublished" ? "unpublished" : "published")
      return true
    })

    const receive = Effect.fnUntraced(function*(
      { params, request }: Asked,
      server: string,
      decode: (body: string) => Effect.Effect<Hook, Schema.SchemaError>
    ) {
      if (!isLetIn(params.secret)) return yield* nowhere()
      const body = yield* Body.text(request)
      const hook = yield* Effect.mapError(
        decode(body),
        () => new BadRequest({ code: "invalid_request", detail: `this is no hook of ${server}` })
      )
      return yield* heed(hook)
    })

    const allowed = (asked: Asked, server: string, decode: typeof SrsHook.decode) =>
      Effect.filterOrElse(receive(asked, server, decode), (isAllowed) => isAllowed, () => Effect.fail(refused()))

    return handlers
      .handleRaw("srs", (asked) =>
        Effect.map(
          receive(asked, "SRS", SrsHook.decode),
          (isAllowed) => HttpServerResponse.jsonUnsafe({ code: isAllowed ? 0 : 1 })
        ))
      .handleRaw(
        "nginxRtmp",
        (asked) => Effect.as(allowed(asked, "nginx-rtmp", NginxHook.decode), HttpServerResponse.empty({ status: 204 }))
      )
      .handleRaw("nodeMediaServer", (asked) =>
        Effect.as(
          allowed(asked, "node-media-server", NodeMediaServerHook.decode),
          HttpServerResponse.empty({ status: 200 })
        ))
  })
)
