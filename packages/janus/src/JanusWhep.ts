/**
 * WHEP from mountpoints: a viewer's session. Janus 1.1.4 and later take the viewer's offer (`play`); older ones make the
 * offer themselves (`invite`), and the viewer answers (`accept`).
 */
import type { ServerUnavailable, Unauthorized } from "@headend/core/Failure"
import type { MountpointId } from "@headend/core/Mountpoint"
import type { MountpointMissing } from "@headend/core/Mountpoints"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { unavailable } from "./internal/exchange.ts"
import * as Peers from "./internal/peers.ts"
import * as Refusal from "./internal/refusal.ts"
import * as Sdp from "./internal/sdp.ts"
import { JanusConnection } from "./JanusConnection.ts"
import {
  DescriptionRefused,
  type EtagMismatch,
  type FragmentRefused,
  OfferUnsupported,
  type ResourceMissing,
  type RestartUnsupported
} from "./SignallingError.ts"

/** Which mountpoint is to be watched. */
export interface WhepRequest {
  readonly id: MountpointId
  readonly pin?: Redacted.Redacted
}

/** A viewer. */
export interface WhepSession {
  /** The last part of its address. Nobody can guess it. */
  readonly resourceId: string
  /** SDP with all candidates of Janus: its answer to `play`, its offer after `invite`. */
  readonly sdp: string
  /** Names the ICE session, quotes included. */
  readonly etag: string
}

type Refused = MountpointMissing | Unauthorized | DescriptionRefused | ServerUnavailable

export class JanusWhep extends Context.Service<JanusWhep, {
  /** Plays to a viewer who offers. */
  readonly play: (
    request: WhepRequest & { readonly offer: string }
  ) => Effect.Effect<WhepSession, Refused | OfferUnsupported>
  /** Offers to a viewer. */
  readonly invite: (request: WhepRequest) => Effect.Effect<WhepSession, Refused>
  /** The viewer's answer to `invite`: media begins. */
  readonly accept: (
    resourceId: string,
    answer: string
  ) => Effect.Effect<void, ResourceMissing | DescriptionRefused | ServerUnavailable>
  /** Candidates of the viewer. `ifMatch` is the header as it came; one that is not the session's `etag` is refused. */
  readonly trickle: (
    resourceId: string,
    fragment: string,
    ifMatch?: string
  ) => Effect.Effect<void, ResourceMissing | EtagMismatch | FragmentRefused | RestartUnsupported | ServerUnavailable>
  /** Ends it. A second time it is missing. */
  readonly remove: (resourceId: string) => Effect.Effect<void, ResourceMissing>
}>()("@headend/janus/JanusWhep") {}

/** 1.1.4: a viewer may offer. */
const offersFrom = 1104

const Stopped = Schema.is(Schema.Struct({ result: Schema.Struct({ status: Schema.Literal("stopped") }) }))

const make = Effect.gen(function*() {
  const connection = yield* JanusConnection
  const peers = yield* Peers.make("streaming")

  const watch = ({ id, offer, pin }: WhepRequest & { readonly offer?: string }) =>
    peers.open(Stopped, (handle, peer) =>
      Effect.gen(function*() {
        const { jsep } = yield* handle.request(
          { request: "watch", id, ...(pin === undefined ? {} : { pin: Redacted.value(pin) }) },
          offer === undefined ? undefined : { type: "offer", sdp: offer }
        )
        const own = yield* Peers.descriptionOf(jsep, offer === undefined ? "offer" : "answer")
        peer.etag = `"${Sdp.ufrag(own) ?? peer.id}"`
        peer.mids = Sdp.mids(own)
        peer.clientUfrag = offer === undefined ? undefined : Sdp.ufrag(offer)
        const sdp = yield* peer.gathered(own)
        return { resourceId: peer.id, sdp, etag: peer.etag }
      })).pipe(Effect.catchTag("JanusRefused", (error) => Effect.fail(Refusal.ofMountpoint(id, error))))

  const play = Effect.fnUntraced(function*(request: WhepRequest & { readonly offer: string }) {
    const status = connection.current()
    if (status.state !== "up") return yield* unavailable(status.reason)
    if (status.version < offersFrom) return yield* new OfferUnsupported({ version: status.version })
    if (!Sdp.isDescription(request.offer)) return yield* new DescriptionRefused({ reason: "it is no SDP offer" })
    return yield* watch(request)
  })

  const accept = Effect.fnUntraced(
    function*(resourceId: string, answer: string) {
      const { handle, peer } = yield* peers.use(resourceId)
      if (!Sdp.isDescription(answer)) return yield* new DescriptionRefused({ reason: "it is no SDP answer" })
      peer.clientUfrag = Sdp.ufrag(answer)
      yield* handle.request({ request: "start" }, { type: "answer", sdp: answer })
    },
    (effect) =>
      Effect.catchTag(
        effect,
        "JanusRefused",
        (error) => Effect.fail(new DescriptionRefused({ reason: `${error.code} ${error.reason}` }))
      )
  )

  return JanusWhep.of({
    play,
    invite: watch,
    accept,
    trickle: (id, fragment, ifMatch) => Refusal.lost(peers.trickle(id, fragment, ifMatch)),
    remove: peers.remove
  })
})

export const layer: Layer.Layer<JanusWhep, never, JanusConnection> = Layer.effect(JanusWhep, make)
