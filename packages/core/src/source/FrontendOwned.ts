/**
 * The frontend brings its own media: headend makes or finds the mountpoint, and says how it is.
 */
import { Effect } from "effect"
import { anyTrack, type Feed } from "../Feed.ts"
import type { Reading } from "../Health.ts"
import * as Plan from "../Plan.ts"
import { noFacts } from "../Snapshot.ts"
import * as Source from "../Source.ts"
import { standard } from "../Track.ts"
import { FrontendOwnedSource } from "./schemas.ts"

const withMountpoint =
  "The frontend sends RTP to the mountpoint's ports, or lets Janus bring the media; viewers watch it."
const withoutMountpoint = "The frontend publishes and plays by Janus' own API; headend has nothing to do."

const arrived: Reading = { status: "ok", evidence: "media arrives" }
const waiting: Reading = { status: "waiting", evidence: "the frontend brings the media" }

export const frontendOwned = Source.make({
  kind: "frontend_owned",
  schema: FrontendOwnedSource,
  feeds: [],
  holds: [],
  open: Effect.fnUntraced(function*(_spec, opening) {
    const mountpoint = opening.place.isNamed ? yield* opening.place.with(standard) : undefined
    const mids = mountpoint?.media.map((track) => track.mid) ?? []
    const facts = { ...noFacts, note: mountpoint === undefined ? withoutMountpoint : withMountpoint }
    let isFed = false
    const feed: Feed<never> = {
      lost: Effect.never,
      hops: [{ name: "publisher", read: () => (isFed ? arrived : waiting) }],
      facts: () => facts,
      fed: () => mids,
      proof: (reading, fedFor) => {
        // one that Janus feeds by itself has no RTP ports, and runs when it is enabled
        const proof = mids.length > 0 ? anyTrack(reading, fedFor) : reading.enabled ? "fresh" : "none"
        isFed = proof === "fresh"
        return proof
      }
    }
    return feed
  }),
  plan: () => Effect.succeed(Plan.empty),
  cost: () => 0.1
})
