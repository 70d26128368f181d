/**
 * A browser, or any WHIP client, that publishes into a room of ours. The broadcast waits until one does.
 */
import { Effect } from "effect"
import { Rooms } from "../Rooms.ts"
import * as Source from "../Source.ts"
import { follow } from "./following.ts"
import { ForwardersHeld } from "./forwarding.ts"
import { planForwarding } from "./plan.ts"
import { own, RoomHeld, use } from "./room.ts"
import { BrowserWebrtcSource } from "./schemas.ts"

export const browserWebrtc = Source.make({
  kind: "browser_webrtc",
  schema: BrowserWebrtcSource,
  feeds: ["audio", "video", "data"],
  holds: [RoomHeld, ForwardersHeld],
  open: Effect.fnUntraced(function*(spec, opening) {
    const room = spec.room === undefined ? yield* own(opening) : yield* use(spec.room, opening)
    const watch = yield* Rooms.use((rooms) => rooms.watch(room))
    return yield* follow({
      room,
      watch,
      wanted: "any",
      waitFor: undefined,
      options: spec.forward ?? {},
      opening,
      publish: { whip: `/whip/${opening.broadcast}`, rtmp: null }
    })
  }),
  plan: (spec, planning) =>
    planForwarding({
      planning,
      room: spec.room,
      wanted: "any",
      options: spec.forward ?? {}
    }),
  cost: () => 0.1
})
