// A room of our own, for whoever comes with a browser. Which tracks the mountpoint has, the publisher decides.
import * as Broadcast from "@headend/core/Broadcast"
import { browserWebrtc } from "@headend/core/source/BrowserWebrtc"
import * as Sources from "@headend/core/Sources"
import { Effect } from "effect"
import * as Station from "./Station.ts"

const sources = Sources.make([browserWebrtc])

export const program = Effect.gen(function*() {
  const broadcast = yield* Broadcast.open(sources, {
    id: "lobby",
    source: { kind: "browser_webrtc", room: { id: 1234, ifMissing: "create" } }
  })
  // the HTTP app answers WHIP here; without it, publish into the room by Janus' own API
  yield* Effect.logInfo(`publish into room 1234, or to ${broadcast.feed.facts().publish.whip}`)
  return yield* Station.follow(broadcast)
}).pipe(Effect.scoped)

if (import.meta.main) program.pipe(Effect.provide(Station.janus), Station.run)
