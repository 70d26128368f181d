/**
 * WHIP: a publisher's offer for a broadcast goes into that broadcast's room. Its own token opens it, or an API token.
 */
import { Api } from "@headend/api/Api"
import { BadRequest, Conflict } from "@headend/api/Problem"
import { ApiTokens, bearer, same } from "@headend/app/ApiTokens"
import { Broadcasts } from "@headend/core/Broadcasts"
import { Installation } from "@headend/core/Installation"
import { Keyring } from "@headend/core/Keyring"
import type { Secret } from "@headend/core/Secret"
import type { Snapshot } from "@headend/core/Snapshot"
import { accessOf, pin } from "@headend/core/source/room"
import { BrowserWebrtcSource } from "@headend/core/source/schemas"
import { Sources } from "@headend/core/Sources"
import { JanusWhip } from "@headend/janus/JanusWhip"
import { Effect, Option, Redacted, Schema } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as Answer from "./Answer.ts"
import * as Body from "./Body.ts"
import { IceServers } from "./IceServers.ts"
import * as Offer from "./Offer.ts"
import * as Publishing from "./Publishing.ts"
import * as Resource from "./Resource.ts"
import {
  type Address,
  created,
  find,
  matching,
  openTo,
  patchRefused,
  preflight,
  publishRefused,
  stillWanted,
  whenReady
} from "./Signalling.ts"

const isBrowserWebrtc = Schema.is(BrowserWebrtcSource)

export const layer = HttpApiBuilder.group(
  Api,
  "whip",
  Effect.fnUntraced(function*(handlers) {
    const broadcasts = yield* Broadcasts
    const sources = yield* Sources
    const tokens = yield* ApiTokens
    const whip = yield* JanusWhip
    const keyring = yield* Keyring
    const { instance } = yield* Installation
    const servers = yield* IceServers
    const publishing = yield* Publishing.follow

    const letIn = Effect.fnUntraced(function*(
      request: HttpServerRequest.HttpServerRequest,
      own: typeof Secret.Type | undefined
    ) {
      const given = bearer(request)
      if (own !== undefined && given !== undefined) {
        // nobody has one that cannot be read
        const token = yield* Effect.option(
          Effect.tapError(sources.resolve(own, "source.token"), ({ message }) => Effect.logWarning(message))
        )
        if (Option.isSome(token) && same(Redacted.value(token.value), given)) return
      }
      if (!tokens.open) return yield* tokens.authorise(request, "write")
      yield* own === undefined ? openTo(request) : tokens.who(request)
    })

    /** The room of the broadcast: the one that its specification names, or its own, whose pin only we know. */
    const roomOf = (source: BrowserWebrtcSource, { id, room, run }: Snapshot, keyId: string) =>
      source.room === undefined
        ? Effect.map(
          Effect.provideService(pin({ instance, broadcast: id, run }, keyId), Keyring, keyring),
          (secret) => ({ id: room!.id, pin: secret })
        )
        : Effect.mapBoth(sources.resolve(source.room, "source.room"), {
          onSuccess: accessOf,
          onFailure: Answer.secretUnavailable
        })

    const gone = (session: string) => Effect.sync(() => publishing.forget(session))

    const publish = Effect.fnUntraced(function*(id: string, request: HttpServerRequest.HttpServerRequest) {
      const entry = yield* Effect.tapErrorTag(
        find(broadcasts, id),
        "NotFound",
        // who may not publish is not told what there is
        () => tokens.authorise(request, "write")
      )
      const { source } = entry.spec
      const own = isBrowserWebrtc(source) ? source.token : undefined
      yield* letIn(request, own)
      if (!isBrowserWebrtc(source)) {
        return yield* new Conflict({
          code: "source_not_whip",
          detail: `broadcast ${id} takes its media from ${source.kind}, not over WHIP`
        })
      }
      yield* Body.expect(request, "application/sdp")
      const offer = yield* Body.text(request)
      if (Offer.isSilent(offer)) {
        return yield* new BadRequest({ code: "invalid_sdp", detail: "the offer sends neither audio nor video" })
      }
      const snapshot = yield* whenReady(broadcasts, entry, ({ room }) => room !== null)
      const room = yield* roomOf(source, snapshot, entry.keyId)
      const session = yield* whip.publish({ room, offer, display: "whip" })
      publishing.add(id, snapshot.run, session.resourceId)
      // it may have been stopped meanwhile, and its room be undone but for this publisher
      yield* stillWanted(broadcasts, snapshot).pipe(
        Effect.onError(() => Effect.andThen(Effect.ignore(whip.remove(session.resourceId)), gone(session.resourceId)))
      )
      return created({
        path: Resource.path("whip", id, session.resourceId),
        sdp: session.answer,
        etag: session.etag
      }, servers)
    }, Effect.catchTags(publishRefused))

    const trickle = Effect.fnUntraced(function*(params: Address, request: HttpServerRequest.HttpServerRequest) {
      const resource = yield* Resource.read("whip", params)
      yield* Body.expect(request, "application/trickle-ice-sdpfrag")
      const body = yield* Body.text(request)
      yield* matching(request.headers["if-match"], (tag) => whip.trickle(resource, body, tag))
      return HttpServerResponse.empty()
    }, Effect.catchTags(patchRefused))

    return handlers
      .handleRaw("publish", ({ params, request }) => publish(params.id, request))
      .handleRaw("trickle", ({ params, request }) => trickle(params, request))
      .handle("end", ({ params }) =>
        Effect.tap(Resource.read("whip", params), gone).pipe(
          Effect.flatMap(whip.remove),
          Effect.as(HttpServerResponse.empty({ status: 200 })),
          Effect.catchTags({ ResourceMissing: patchRefused.ResourceMissing })
        ))
      .handle("preflight", () => preflight(servers))
      .handle("preflightResource", () => preflight(servers))
  })
)
