// Whoever is called "anna" in room 1234 is on air behind mountpoint 9001. When she leaves, the broadcast waits for her.
import * as Broadcast from "@headend/core/Broadcast"
import { videoroom } from "@headend/core/source/Videoroom"
import * as Sources from "@headend/core/Sources"
import { Duration, Effect } from "effect"
import * as Station from "./Station.ts"

const sources = Sources.make([videoroom])

export const program = Effect.gen(function*() {
  const broadcast = yield* Broadcast.open(sources, {
    mountpoint: { create: { type: "rtp", id: 9001, media: [{ type: "audio" }, { type: "video", codec: "h264" }] } },
    source: {
      kind: "videoroom",
      room: { id: 1234, ifMissing: "create" },
      publisher: { display: "anna" },
      waitForPublisher: Duration.hours(1)
    }
  })
  return yield* Station.follow(broadcast) // forwards her tracks; fails when that cannot help any more
}).pipe(Effect.scoped) // forwarders and mountpoint are undone here, after Ctrl-C too

if (import.meta.main) program.pipe(Effect.provide(Station.janus), Station.run)
