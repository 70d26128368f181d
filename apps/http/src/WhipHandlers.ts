/**
 * WHIP: a publisher's offer for a broadcast goes into that broadcast's room. Its own token opens it, or an API token.
 */
import { Api } from "@headend/api/Api"
import { Conflict } from "@headend/api/Problem"
import { Broadcasts } from "@headend/core/Broadcasts"
import { Installation } from "@headend/core/Installation"
import { Keyring } from "@headend/core/Keyring"
import type { Snapshot } from "@headend/core/Snapshot"
import { accessOf, pin } from "@headend/core/source/room"
import { BrowserWebrtcSource } from "@headend/core/source/schemas"
import { JanusWhip } from "@headend/janus/JanusWhip"
import { Effect, Redacted, Schema } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { ApiTokens, bearer, same } from "./ApiTokens.ts"
import * as Body from "./Body.ts"
import { IceServers } from "./IceServers.ts"
import { created, find, openTo, patchRefused, preflight, publishRefused, whenReady } from "./Signalling.ts"

const isBrowserWebrtc = Schema.is(BrowserWebrtcSource)

export const layer = HttpApiBuilder.group(
  Api,
  "whip",
  Effect.fnUntraced(function*(handlers) {
    const broadcasts = yield* Broadcasts
    const tokens = yield* ApiTokens
    const whip = yield* JanusWhip
    const keyring = yield* Keyring
    const { instance } = yield* Installation
    const servers = yield* IceServers

    const letIn = (request: HttpServerRequest.HttpServerRequest, own: Redacted.Redacted | undefined) => {
      const given = bearer(request)
      if (own !== undefined && given !== undefined && same(Redacted.value(own), given)) return Effect.void
      if (!tokens.open) return tokens.authorise(request, "write")
      return own === undefined ? openTo(request) : Effect.asVoid(tokens.who(request))
    }

    /** The room of the broadcast: the one that its specification names, or its own, whose pin only we know. */
    const roomOf = (source: BrowserWebrtcSource, { id, room, run }: Snapshot, keyId: string) =>
      source.room === undefined
        ? Effect.map(
          Effect.provideService(pin({ instance, broadcast: id, run }, keyId), Keyring, keyring),
          (secret) => ({ id: room!.id, pin: secret })
        )
        : Effect.succeed(accessOf(source.room))

    const publish = Effect.fnUntraced(function*(id: string, request: HttpServerRequest.HttpServerRequest) {
      const entry = yield* find(broadcasts, id)
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
      const snapshot = yield* whenReady(broadcasts, entry, ({ room }) => room !== null)
      const room = yield* roomOf(source, snapshot, entry.keyId)
      const session = yield* whip.publish({ room, offer, display: "whip" })
      return created({
        path: `/whip/${encodeURIComponent(id)}/${session.resourceId}`,
        sdp: session.answer,
        etag: session.etag
      }, servers)
    }, Effect.catchTags(publishRefused))

    const trickle = Effect.fnUntraced(function*(resource: string, request: HttpServerRequest.HttpServerRequest) {
      yield* Body.expect(request, "application/trickle-ice-sdpfrag")
      yield* whip.trickle(resource, yield* Body.text(request), request.headers["if-match"])
      return HttpServerResponse.empty()
    }, Effect.catchTags(patchRefused))

    return handlers
      .handleRaw("publish", ({ params, request }) => publish(params.id, request))
      .handleRaw("trickle", ({ params, request }) => trickle(params.resource, request))
      .handle("end", ({ params }) =>
        whip.remove(params.resource).pipe(
          Effect.as(HttpServerResponse.empty({ status: 200 })),
          Effect.catchTags({ ResourceMissing: patchRefused.ResourceMissing })
        ))
      .handle("preflight", () => preflight(servers))
      .handle("preflightResource", () => preflight(servers))
  })
)
