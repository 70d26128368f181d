// Publishes over WHIP from this browser.
import { Effect } from "effect"
import type { HttpClient } from "effect/http"
import { current } from "../live/Page.ts"
import { isJanusFake } from "../model/health.ts"
import { rates, read } from "./figures.ts"
import { acquire, connected, described, lost, PeerLost, step } from "./peer.ts"
import type { Picture } from "./picture.ts"
import { another, type Attempt, stay, type Tell } from "./session.ts"
import { type Door, open } from "./signalling.ts"

/** So many looks in a row, a second apart, that find the broadcast waiting for a publisher: it does not see us. */
const UNSEEN = 6
/** The same after it did see us: Janus was away, and is back without us. */
const UNSEEN_AGAIN = 2

const publisher = (id: string) =>
  current().broadcasts.get(id)?.health.hops.find(({ hop }) => hop === "publisher")?.status

const watchOver = (id: string, peer: RTCPeerConnection, tell: Tell) =>
  Effect.gen(function*() {
    let before = yield* step(() => read(peer, "outbound"))
    let unseen = 0
    let allowed = UNSEEN
    while (true) {
      yield* Effect.sleep("1 second")
      const after = yield* step(() => read(peer, "outbound"))
      tell({ phase: "flowing", rates: rates(before, after) })
      before = after
      const status = publisher(id)
      if (status === "ok") allowed = UNSEEN_AGAIN
      unseen = status === "waiting" ? unseen + 1 : 0
      if (unseen >= allowed) return yield* new PeerLost({ reason: "the media server sees no publisher" })
    }
  })

/** Publishes the picture until interrupted, connecting again by itself. */
export const publish = (id: string, door: Door, picture: Picture, tell: Tell) => {
  const attempt: Attempt<HttpClient.HttpClient> = (flows) =>
    Effect.scoped(Effect.gen(function*() {
      const peer = yield* acquire
      for (const track of picture.stream.getTracks()) {
        peer.addTransceiver(track, { direction: "sendonly", streams: [picture.stream] })
      }
      const resource = yield* open(door, yield* described(peer))
      if (resource.learned) return yield* another(flows)
      if (isJanusFake(current().health)) {
        flows()
        tell({ phase: "fake" })
        return yield* Effect.never
      }
      yield* step(() => peer.setRemoteDescription({ type: "answer", sdp: resource.sdp }))
      yield* connected(peer, "10 seconds")
      flows()
      tell({ phase: "waiting" })
      return yield* Effect.raceFirst(lost(peer), watchOver(id, peer, tell))
    }))
  return stay(id, tell, attempt)
}
