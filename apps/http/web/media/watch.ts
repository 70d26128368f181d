// Plays over WHEP: our offer first; where the media server takes none (406), its offer and our answer.
import { Effect } from "effect"
import type { HttpClient } from "effect/http"
import { current } from "../live/Page.ts"
import { advanced, rates, read, whyNone } from "./figures.ts"
import { configuration } from "./ice.ts"
import { acquire, connected, described, lost, PeerLost, step } from "./peer.ts"
import { another, type Attempt, stay, type Tell } from "./session.ts"
import { answer, type Door, open, Refused } from "./signalling.ts"

/** No new frame for so long, though the broadcast runs: connect again. Milliseconds. */
const FROZEN = 4_000
/** The same once Janus was away in between: it does not know this connection any more. */
const FROZEN_SINCE = 1_000
/** The first picture may take longer: it needs a keyframe. */
const FIRST = 8_000

/** The media server makes the offers: known after the first 406, so that it costs one request once. */
let serverOffers = false

const NOT_ACCEPTABLE = 406

const offering = Effect.fnUntraced(function*(door: Door, play: (peer: RTCPeerConnection) => void, flows: () => void) {
  const peer = yield* acquire
  play(peer)
  peer.addTransceiver("video", { direction: "recvonly" })
  peer.addTransceiver("audio", { direction: "recvonly" })
  const resource = yield* open(door, yield* described(peer))
  if (resource.learned) return yield* another(flows)
  yield* step(() => peer.setRemoteDescription({ type: "answer", sdp: resource.sdp }))
  return peer
})

const answering = Effect.fnUntraced(function*(door: Door, play: (peer: RTCPeerConnection) => void) {
  const peer = yield* acquire
  play(peer)
  const resource = yield* open(door)
  // Nothing was gathered yet: what was learned just now is in time.
  peer.setConfiguration(configuration())
  yield* step(() => peer.setRemoteDescription({ type: "offer", sdp: resource.sdp }))
  yield* answer(door, resource, yield* described(peer))
  return peer
})

const watchOver = (id: string, peer: RTCPeerConnection, tell: Tell, flows: () => void) =>
  Effect.gen(function*() {
    let before = yield* step(() => read(peer, "inbound"))
    let moved = performance.now() + FIRST - FROZEN
    let allowed = FROZEN
    while (true) {
      yield* Effect.sleep("1 second")
      const after = yield* step(() => read(peer, "inbound"))
      const state = current().broadcasts.get(id)?.state
      if (advanced(before, after)) {
        moved = performance.now()
        allowed = FROZEN
        flows()
        tell({ phase: "flowing", rates: rates(before, after) })
      } else if (state !== "running") {
        // Nothing can come. Once it runs again, the time that is allowed begins.
        moved = performance.now()
        if (state === "recovering") allowed = FROZEN_SINCE
        tell({ phase: "waiting" })
      } else if (performance.now() - moved > allowed) {
        return yield* new PeerLost({ reason: whyNone(after) })
      }
      before = after
    }
  })

/** Plays into the element until interrupted, connecting again by itself. */
export const watch = (id: string, door: Door, video: HTMLVideoElement, tell: Tell) => {
  const play = (peer: RTCPeerConnection) => {
    const stream = new MediaStream()
    peer.addEventListener("track", ({ track }) => {
      stream.addTrack(track)
      video.srcObject = stream
      void video.play().catch(() => undefined)
    })
  }
  const playing = (negotiate: typeof offering | typeof answering, flows: () => void) =>
    Effect.scoped(Effect.gen(function*() {
      const peer = yield* negotiate(door, play, flows)
      yield* connected(peer, "10 seconds")
      return yield* Effect.raceFirst(lost(peer), watchOver(id, peer, tell, flows))
    }))
  const attempt: Attempt<HttpClient.HttpClient> = (flows) =>
    Effect.suspend(() => playing(serverOffers ? answering : offering, flows)).pipe(
      Effect.catchIf(
        (error): error is Refused => error._tag === "Refused" && error.status === NOT_ACCEPTABLE && !serverOffers,
        () => {
          serverOffers = true
          return playing(answering, flows)
        }
      )
    )
  return stay(id, tell, attempt)
}
