/**
 * What WHIP and WHEP have in common: who is let in, the answer that names a session, and Janus' refusals as problems.
 */
import * as Problem from "@headend/api/Problem"
import type { Broadcasts } from "@headend/core/Broadcasts"
import type { BroadcastSpec } from "@headend/core/BroadcastSpec"
import type { ServerUnavailable, Unauthorized } from "@headend/core/Failure"
import { isEnded } from "@headend/core/Health"
import type { Entry } from "@headend/core/Lease"
import type { BroadcastNotFound, RegistryUnavailable, SpecUnreadable } from "@headend/core/RegistryFailure"
import type { RoomRefused } from "@headend/core/Rooms"
import type { Snapshot } from "@headend/core/Snapshot"
import type * as Signalling from "@headend/janus/SignallingError"
import { Duration, Effect } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import * as Answer from "./Answer.ts"
import { fromThisMachine } from "./Guard.ts"
import * as IceServers from "./IceServers.ts"

/** How long a client is kept waiting for a room or mountpoint that is being made. */
const patience = Duration.seconds(5)

type Registered = Broadcasts["Service"]

const unreachable = {
  BroadcastNotFound: (error: BroadcastNotFound) => Effect.fail(Answer.notFound(error)),
  RegistryUnavailable: (error: RegistryUnavailable) => Effect.fail(Answer.unavailable(error))
}

/** A broadcast with its specification, secrets in clear. */
export interface Found extends Omit<Entry, "spec"> {
  readonly spec: BroadcastSpec
}

/** The broadcast with its specification, as it is. */
export const find = (broadcasts: Registered, id: string) =>
  broadcasts.entry(id).pipe(
    Effect.flatMap((entry) => Effect.map(entry.spec, (spec): Found => ({ ...entry, spec }))),
    Effect.catchTags({
      ...unreachable,
      SpecUnreadable: (error: SpecUnreadable) =>
        Effect.fail(new Problem.BadGateway({ code: error.failure.code, detail: error.message }))
    })
  )

/** Its snapshot, once `ready` holds of it; or why it will not. */
export const whenReady = Effect.fnUntraced(
  function*(
    broadcasts: Registered,
    { snapshot: before }: Pick<Entry, "snapshot">,
    ready: (snapshot: Snapshot) => boolean
  ) {
    const { id, run } = before
    const now = ready(before) || isEnded(before.state) ? before : yield* broadcasts.await(id, run, ready, patience)
    if (isEnded(now.state) || now.state === "stopping") {
      return yield* new Problem.Conflict({ code: "broadcast_ended", detail: `broadcast ${id} is ${now.state}` })
    }
    if (!ready(now)) {
      return yield* new Problem.Unavailable({ code: "not_ready", detail: `broadcast ${id} is ${now.state}` })
    }
    return now
  },
  Effect.catchTags(unreachable)
)

/** Fails unless this run is the one that is wanted on air. */
export const stillWanted = Effect.fnUntraced(
  function*(broadcasts: Registered, { id, run }: Snapshot) {
    const now = yield* broadcasts.get(id)
    if (now.run !== run || now.state === "stopping" || isEnded(now.state)) {
      return yield* new Problem.Conflict({ code: "broadcast_ended", detail: `broadcast ${id} was stopped meanwhile` })
    }
  },
  Effect.catchTags(unreachable)
)

/** Whose session, and which. */
export interface Address {
  readonly id: string
  readonly resource: string
}

/** Does it under the first entity tag of `If-Match` that fits; the header may list several. */
export const matching = <A, E extends { readonly _tag: string }>(
  header: string | undefined,
  use: (tag: string | undefined) => Effect.Effect<A, E | Signalling.EtagMismatch>
): Effect.Effect<A, E | Signalling.EtagMismatch> => {
  const [first, ...others] = header?.match(/\*|(?:W\/)?"[^"]*"|[^\s,]+/g) ?? []
  return others.reduce(
    (before, tag) => Effect.catchTag(before, "EtagMismatch", () => use(tag)) as typeof before,
    use(first)
  )
}

/** Where nothing is asked for: still not for pages of the world, when this server is for this machine only. */
export const openTo = (request: HttpServerRequest.HttpServerRequest) =>
  fromThisMachine(request)
    ? Effect.void
    : Effect.fail(
      new Problem.Forbidden({
        code: "origin_refused",
        detail: "without API tokens only pages of this machine may do this"
      })
    )

/** 201 with the session's address. */
export const created = (
  session: { readonly path: string; readonly sdp: string; readonly etag: string },
  servers: ReadonlyArray<IceServers.IceServer>,
  patches = "application/trickle-ice-sdpfrag"
) =>
  HttpServerResponse.text(session.sdp, {
    status: 201,
    contentType: "application/sdp",
    headers: {
      location: session.path,
      etag: session.etag,
      "cache-control": "no-store",
      "accept-patch": patches,
      ...IceServers.header(servers, true)
    }
  })

/** The answer to a preflight. */
export const preflight = (servers: ReadonlyArray<IceServers.IceServer>) =>
  Effect.succeed(HttpServerResponse.empty({
    headers: {
      "access-control-allow-methods": "POST, PATCH, DELETE, OPTIONS",
      "access-control-allow-headers": "Authorization, Content-Type, If-Match",
      "access-control-max-age": "86400",
      "accept-post": "application/sdp",
      ...IceServers.header(servers, false)
    }
  }))

const notFound = (code: "room_not_found" | "mountpoint_not_found" | "resource_not_found") => (error: Error) =>
  Effect.fail(new Problem.NotFound({ code, detail: error.message }))

const described = {
  Unauthorized: (error: Unauthorized) =>
    Effect.fail(new Problem.Forbidden({ code: "media_server_refused", detail: error.message })),
  DescriptionRefused: (error: Signalling.DescriptionRefused) =>
    Effect.fail(new Problem.BadRequest({ code: "invalid_sdp", detail: error.message })),
  ServerUnavailable: (error: ServerUnavailable) =>
    Effect.fail(new Problem.Unavailable({ code: "server_unavailable", detail: error.message }))
}

/** Why a publisher is not let into a room. */
export const publishRefused = {
  ...described,
  RoomMissing: notFound("room_not_found"),
  RoomFull: (error: Signalling.RoomFull) =>
    Effect.fail(new Problem.Unavailable({ code: "room_full", detail: error.message })),
  RoomRefused: (error: RoomRefused) =>
    Effect.fail(new Problem.BadGateway({ code: error.failure.code, detail: error.message }))
}

/** Janus tells 1.1.2 as 1102. */
const version = (number: number) => [number / 1000, number / 100 % 10, number % 100].map(Math.floor).join(".")

/** Why a viewer gets nothing. */
export const playRefused = {
  ...described,
  MountpointMissing: notFound("mountpoint_not_found"),
  OfferUnsupported: (error: Signalling.OfferUnsupported) =>
    Effect.fail(
      new Problem.NotAcceptable({
        code: "viewer_offer_unsupported",
        detail: `Janus ${version(error.version)} takes no offer of a viewer: ask for one of its own with an empty body`
      })
    )
}

/** Why a session is not changed. */
export const patchRefused = {
  ServerUnavailable: described.ServerUnavailable,
  ResourceMissing: notFound("resource_not_found"),
  FragmentRefused: (error: Signalling.FragmentRefused) =>
    Effect.fail(new Problem.BadRequest({ code: "invalid_fragment", detail: error.message })),
  EtagMismatch: (error: Signalling.EtagMismatch) =>
    Effect.fail(new Problem.PreconditionFailed({ code: "etag_mismatch", detail: error.message })),
  RestartUnsupported: (error: Signalling.RestartUnsupported) =>
    Effect.fail(new Problem.Unprocessable({ code: "ice_restart_unsupported", detail: error.message }))
}

/** Why an answer is not taken. */
export const acceptRefused = { ...patchRefused, DescriptionRefused: described.DescriptionRefused }
