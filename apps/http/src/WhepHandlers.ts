/**
 * WHEP: a viewer of a broadcast's mountpoint. The pin opens it, or an API token; without a pin it is open.
 */
import { Api } from "@headend/api/Api"
import { Conflict } from "@headend/api/Problem"
import { ApiTokens, bearer, same } from "@headend/app/ApiTokens"
import { Broadcasts } from "@headend/core/Broadcasts"
import { Sources } from "@headend/core/Sources"
import { JanusWhep } from "@headend/janus/JanusWhep"
import { Effect, Redacted } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as Answer from "./Answer.ts"
import * as Body from "./Body.ts"
import { IceServers } from "./IceServers.ts"
import * as Resource from "./Resource.ts"
import {
  acceptRefused,
  type Address,
  created,
  find,
  type Found,
  matching,
  openTo,
  patchRefused,
  playRefused,
  preflight,
  whenReady
} from "./Signalling.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "whep",
  Effect.fnUntraced(function*(handlers) {
    const broadcasts = yield* Broadcasts
    const sources = yield* Sources
    const tokens = yield* ApiTokens
    const whep = yield* JanusWhep
    const servers = yield* IceServers

    /** The pin to watch with. That of an adopted mountpoint only Janus knows: what the viewer says is handed on. */
    const letIn = Effect.fnUntraced(function*(request: HttpServerRequest.HttpServerRequest, { spec }: Found) {
      const given = bearer(request)
      const asked = spec.mountpoint?.create?.pin
      if (asked === undefined) {
        if (tokens.open) yield* openTo(request)
        const foreign = given !== undefined && spec.mountpoint?.adopt !== undefined && tokens.find(given) === undefined
        return foreign ? Redacted.make(given) : undefined
      }
      const read = Effect.mapError(sources.resolve(asked, "mountpoint.create.pin"), Answer.secretUnavailable)
      // nobody has one that cannot be read; only who is let in by an API token is told so
      const pin = yield* Effect.orElseSucceed(read, () => undefined)
      if (pin !== undefined && given !== undefined && same(Redacted.value(pin), given)) return pin
      yield* tokens.who(request)
      return pin ?? (yield* read)
    })

    const play = Effect.fnUntraced(function*(id: string, request: HttpServerRequest.HttpServerRequest) {
      const entry = yield* Effect.tapErrorTag(
        find(broadcasts, id),
        "NotFound",
        // as with a pin: who may not watch is not told what there is
        () => tokens.open ? Effect.void : tokens.who(request)
      )
      const pin = yield* letIn(request, entry)
      const offer = yield* Body.text(request)
      if (offer !== "") yield* Body.expect(request, "application/sdp")
      const { source } = entry.spec
      if (source.kind === "frontend_owned" && entry.spec.mountpoint === undefined) {
        return yield* new Conflict({ code: "nothing_to_play", detail: `broadcast ${id} has no mountpoint` })
      }
      const { mountpoint } = yield* whenReady(broadcasts, entry, (snapshot) => snapshot.mountpoint !== null)
      const what = { id: mountpoint!.id, ...(pin === undefined ? {} : { pin }) }
      const session = yield* offer === "" ? whep.invite(what) : whep.play({ ...what, offer })
      const path = Resource.path("whep", id, session.resourceId)
      return created({ path, ...session }, servers, "application/sdp, application/trickle-ice-sdpfrag")
    }, Effect.catchTags(playRefused))

    const patch = Effect.fnUntraced(function*(params: Address, request: HttpServerRequest.HttpServerRequest) {
      const resource = yield* Resource.read("whep", params)
      yield* Body.expect(request, "application/sdp", "application/trickle-ice-sdpfrag")
      const body = yield* Body.text(request)
      yield* Body.mediaType(request) === "application/sdp"
        ? whep.accept(resource, body)
        : matching(request.headers["if-match"], (tag) => whep.trickle(resource, body, tag))
      return HttpServerResponse.empty()
    }, Effect.catchTags(acceptRefused))

    return handlers
      .handleRaw("play", ({ params, request }) => play(params.id, request))
      .handleRaw("answer", ({ params, request }) => patch(params, request))
      .handle("end", ({ params }) =>
        Effect.flatMap(Resource.read("whep", params), whep.remove).pipe(
          Effect.as(HttpServerResponse.empty({ status: 200 })),
          Effect.catchTags({ ResourceMissing: patchRefused.ResourceMissing })
        ))
      .handle("preflight", () => preflight(servers))
      .handle("preflightResource", () => preflight(servers))
  })
)
