// An encoder publishes to an RTMP server; its stream is copied where its codec fits, and transcoded where it does not.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Broadcast from "@headend/core/Broadcast"
import { publishUrl } from "@headend/core/Ingest"
import { rtmpExternal } from "@headend/core/source/RtmpExternal"
import * as Sources from "@headend/core/Sources"
import { Config, Effect, Redacted } from "effect"
import * as Station from "./Station.ts"

const sources = Sources.make([rtmpExternal])

export const program = Effect.gen(function*() {
  const streamKey = yield* Config.Redacted("STREAM_KEY").pipe(Config.withDefault(Redacted.make("camera-1")))
  const ingest = { rtmpUrl: "rtmp://127.0.0.1:1935", app: "live", streamKey }
  const broadcast = yield* Broadcast.open(sources, { source: { kind: "rtmp_external", ingest } })
  // a Redacted: the log shows no stream key
  yield* Effect.logInfo("publish to", publishUrl(ingest), `and watch mountpoint ${broadcast.mountpoint()?.id}`)
  return yield* broadcast.lost // nobody publishing yet is no failure: the relay waits for it
}).pipe(Effect.scoped)

if (import.meta.main) program.pipe(Effect.provide(Station.all), NodeRuntime.runMain)
