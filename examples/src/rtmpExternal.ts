// An encoder publishes to an RTMP server; its stream is copied where its codec fits, and transcoded where it does not.
import * as Broadcast from "@headend/core/Broadcast"
import { rtmpExternal } from "@headend/core/source/RtmpExternal"
import * as Sources from "@headend/core/Sources"
import { Config, Effect, Redacted } from "effect"
import * as Station from "./Station.ts"

const sources = Sources.make([rtmpExternal])

export const program = Effect.gen(function*() {
  const streamKey = yield* Config.Redacted("STREAM_KEY").pipe(Config.withDefault(Redacted.make("camera-1")))
  const rtmpUrl = yield* Config.String("RTMP_URL").pipe(Config.withDefault("rtmp://127.0.0.1:1935"))
  const ingest = { rtmpUrl, app: "live", streamKey }
  const broadcast = yield* Broadcast.open(sources, { source: { kind: "rtmp_external", ingest } })
  yield* Effect.logInfo(`publish to ${rtmpUrl}/${ingest.app}, with the key of STREAM_KEY`)
  return yield* Station.follow(broadcast) // nobody publishing yet is no failure: the relay waits for it
}).pipe(Effect.scoped)

if (import.meta.main) program.pipe(Effect.provide(Station.all), Station.run)
