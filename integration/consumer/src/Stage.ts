// This project's own code: whoever publishes in the room is on air, for ever. What fails is opened anew a second later;
// as long as Janus is away, `open` waits for it.
import * as Broadcast from "@headend/core/Broadcast"
import { videoroom } from "@headend/core/source/Videoroom"
import * as Sources from "@headend/core/Sources"
import { Duration, Effect, Schedule } from "effect"

const sources = Sources.make([videoroom])

export const onAir = (room: number) =>
  Broadcast.open(sources, {
    id: `stage-${room}`,
    mountpoint: { create: { type: "rtp", id: 9001, media: [{ type: "video", codec: "h264" }] } },
    source: { kind: "videoroom", room: { id: room }, waitForPublisher: Duration.hours(1) }
  }).pipe(
    Effect.flatMap((broadcast) => broadcast.lost),
    Effect.scoped,
    Effect.retry(Schedule.spaced("1 second"))
  )
