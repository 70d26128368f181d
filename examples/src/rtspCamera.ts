// An RTSP camera on air, recovered for as long as it takes: what `open` gives up, a schedule opens anew.
import * as Broadcast from "@headend/core/Broadcast"
import { rtspCamera } from "@headend/core/source/RtspCamera"
import * as Sources from "@headend/core/Sources"
import { Config, Effect, Redacted, Schedule } from "effect"
import * as Station from "./Station.ts"

const sources = Sources.make([rtspCamera])
const backoff = Schedule.jittered(Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("30 seconds")]))

export const program = Effect.gen(function*() {
  const url = yield* Config.Redacted("CAMERA_URL").pipe(Config.withDefault(Redacted.make("rtsp://127.0.0.1:8554/cam")))
  const onAir = Effect.flatMap(
    Broadcast.open(sources, {
      mountpoint: { create: { type: "rtp", id: 9003, media: [{ type: "video", codec: "h264" }] } },
      source: { kind: "rtsp_camera", camera: { url, transport: "tcp" }, relay: { kind: "ffmpeg", video: "auto" } }
    }),
    Station.follow
  )
  return yield* Effect.scoped(onAir).pipe(
    Effect.tapError((error) => Effect.logWarning(error.message)),
    // a wrong password or a bad option is the caller's to mend: it is not tried again
    Effect.retry({ schedule: backoff, while: (error) => error.failure.fault !== "caller" })
  )
})

if (import.meta.main) program.pipe(Effect.provide(Station.all), Station.run)
