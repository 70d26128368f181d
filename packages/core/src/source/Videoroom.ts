/**
 * A publisher in a VideoRoom room, forwarded into the mountpoint. When it leaves, the broadcast waits, and forwards again
 * when it is back.
 */
import { Duration, Effect } from "effect"
import { Rooms } from "../Rooms.ts"
import * as Source from "../Source.ts"
import { follow } from "./following.ts"
import { ForwardersHeld } from "./forwarding.ts"
import { planForwarding } from "./plan.ts"
import { RoomHeld, use } from "./room.ts"
import { VideoroomSource } from "./schemas.ts"

export const videoroom = Source.make({
  kind: "videoroom",
  schema: VideoroomSource,
  feeds: ["audio", "video", "data"],
  holds: [RoomHeld, ForwardersHeld],
  open: Effect.fnUntraced(function*(spec, opening) {
    const room = yield* use(spec.room, opening)
    const watch = yield* Rooms.use((rooms) => rooms.watch(room))
    return yield* follow({
      room,
      watch,
      wanted: spec.publisher ?? "any",
      waitFor: spec.waitForPublisher ?? Duration.seconds(30),
      options: spec.forward ?? {},
      opening,
      publish: { whip: null, rtmp: null }
    })
  }),
  plan: (spec, planning) =>
    planForwarding({
      planning,
      room: spec.room,
      wanted: spec.publisher ?? "any",
      options: spec.forward ?? {}
    }),
  cost: () => 0.1
})
