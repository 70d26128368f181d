/**
 * WHIP (RFC 9725) into rooms: a client's offer becomes a publisher. HTTP is done elsewhere; this is its signalling. A
 * session lives in this process and ends with it, with the peer, and with the connection to Janus.
 */
import type { ServerUnavailable, Unauthorized } from "@headend/core/Failure"
import type { Keyring } from "@headend/core/Keyring"
import type { PublisherId, RoomId } from "@headend/core/Room"
import { type RoomAccess, RoomMissing, type RoomRefused } from "@headend/core/Rooms"
import { Context, Effect, Layer, Redacted, Schema, Scope } from "effect"
import { answer } from "./internal/decode.ts"
import * as OwnRooms from "./internal/ownRooms.ts"
import * as Peers from "./internal/peers.ts"
import * as Refusal from "./internal/refusal.ts"
import * as Sdp from "./internal/sdp.ts"
import { Joined } from "./internal/watcher.ts"
import type { JanusConnection } from "./JanusConnection.ts"
import {
  DescriptionRefused,
  type EtagMismatch,
  type FragmentRefused,
  type ResourceMissing,
  type RestartUnsupported,
  type RoomFull
} from "./SignallingError.ts"
import type { VideoRoomHandle } from "./VideoRoomHandle.ts"

/** Who wants to publish, and into which room. */
export interface WhipRequest {
  readonly room: RoomAccess
  /** The client's SDP. */
  readonly offer: string
  /** The name under which it publishes. */
  readonly display?: string
}

/** A publisher that came over WHIP. */
export interface WhipSession {
  /** The last part of its address. Nobody can guess it. */
  readonly resourceId: string
  readonly publisher: PublisherId
  /** SDP with all candidates of Janus. */
  readonly answer: string
  /** Names the ICE session, quotes included. */
  readonly etag: string
}

export class JanusWhip extends Context.Service<JanusWhip, {
  /** Joins and publishes. */
  readonly publish: (
    request: WhipRequest
  ) => Effect.Effect<
    WhipSession,
    RoomMissing | RoomFull | RoomRefused | Unauthorized | DescriptionRefused | ServerUnavailable
  >
  /** Candidates of the client. `ifMatch` is the header as it came; one that is not the session's `etag` is refused. */
  readonly trickle: (
    resourceId: string,
    fragment: string,
    ifMatch?: string
  ) => Effect.Effect<void, ResourceMissing | EtagMismatch | FragmentRefused | RestartUnsupported | ServerUnavailable>
  /** Ends it; the publisher has left the room when this is done. A second time it is missing. */
  readonly remove: (resourceId: string) => Effect.Effect<void, ResourceMissing>
  /** Ends all of this process in a room. */
  readonly removeAll: (room: RoomId) => Effect.Effect<void>
}>()("@headend/janus/JanusWhip") {}

// said by Janus itself: thrown out, or the room is no more
const Ended = Schema.is(Schema.Union([
  Schema.Struct({ videoroom: Schema.Literal("destroyed") }),
  Schema.Struct({ videoroom: Schema.Literal("event"), leaving: Schema.Literal("ok") })
]))

const decodeJoined = answer("joinandconfigure", Joined)

const make = Effect.gen(function*() {
  const peers = yield* Peers.make("videoroom")
  const rooms = yield* OwnRooms.OwnRooms
  const inRoom = new Map<string, RoomId>()

  const publish = Effect.fnUntraced(function*({ display, offer, room }: WhipRequest) {
    if (!Sdp.isDescription(offer)) return yield* new DescriptionRefused({ reason: "it is no SDP offer" })
    const token = rooms.memory.get(room.id)?.token
    return yield* peers.open(Ended, (handle, peer) =>
      Effect.gen(function*() {
        peer.sendsMedia = /^m=(?:audio|video) /m.test(offer)
        const { data, jsep } = yield* handle.request({
          request: "joinandconfigure",
          ptype: "publisher",
          room: room.id,
          ...(display === undefined ? {} : { display }),
          ...(room.pin === undefined ? {} : { pin: Redacted.value(room.pin) }),
          ...(token === undefined ? {} : { token })
        }, { type: "offer", sdp: offer })
        const joined = yield* decodeJoined(data)
        const sdp = yield* Peers.descriptionOf(jsep, "answer")
        peer.etag = `"${Sdp.ufrag(sdp) ?? peer.id}"`
        peer.mids = Sdp.mids(offer)
        peer.clientUfrag = Sdp.ufrag(offer)
        const member = { id: joined.id, leave: Effect.ignore(peers.remove(peer.id)) }
        rooms.enter(room.id, member)
        inRoom.set(peer.id, room.id)
        peer.onGone = () => {
          rooms.exit(room.id, member)
          inRoom.delete(peer.id)
        }
        // Janus takes a participant out some time after its handle was detached, but before it answers `leave`
        const leave = Effect.ignore(handle.request({ request: "leave" }))
        yield* Scope.addFinalizer(peer.scope, Effect.suspend(() => peer.isLost ? Effect.void : leave))
        const answer = yield* peer.gathered(sdp)
        return { resourceId: peer.id, publisher: joined.id, answer, etag: peer.etag }
      })).pipe(Effect.catchTag("JanusRefused", (error) => Effect.fail(Refusal.ofRoom(room.id, error))))
  })

  return JanusWhip.of({
    publish,
    trickle: (id, fragment, ifMatch) => Refusal.lost(peers.trickle(id, fragment, ifMatch)),
    remove: peers.remove,
    removeAll: (room) =>
      Effect.suspend(() =>
        Effect.forEach(
          [...inRoom].filter(([, id]) => id === room),
          ([id]) => Effect.ignore(peers.remove(id)),
          { concurrency: 16, discard: true }
        )
      )
  })
})

export const layer: Layer.Layer<JanusWhip, never, JanusConnection | VideoRoomHandle | Keyring> = Layer.provide(
  Layer.effect(JanusWhip, make),
  OwnRooms.layer
)
