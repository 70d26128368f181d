// Whatever a relay can open by itself: HLS and files over HTTP, SRT, a file that is looped.
import * as Broadcast from "@headend/core/Broadcast"
import { pull } from "@headend/core/source/Pull"
import * as Sources from "@headend/core/Sources"
import { Config, Effect, Redacted } from "effect"
import * as Station from "./Station.ts"

const sources = Sources.make([pull])
const standIn = Redacted.make("http://127.0.0.1:8000/live/index.m3u8")

export const program = Effect.gen(function*() {
  const url = yield* Config.Redacted("PULL_URL").pipe(Config.withDefault(standIn))
  const broadcast = yield* Broadcast.open(sources, {
    source: { kind: "pull", url, relay: { kind: "ffmpeg", video: "transcode", videoBitrate: 2_000_000 } }
  })
  return yield* Station.follow(broadcast)
}).pipe(Effect.scoped)

if (import.meta.main) program.pipe(Effect.provide(Station.all), Station.run)
