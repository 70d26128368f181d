// OBS is told to publish to an RTMP server, and relayed from there. At the end it gets the stream settings back it had.
import * as Broadcast from "@headend/core/Broadcast"
import { obs } from "@headend/core/source/Obs"
import * as Sources from "@headend/core/Sources"
import * as ObsEncoders from "@headend/obs/ObsEncoders"
import { Config, Effect, Layer, Redacted } from "effect"
import * as Station from "./Station.ts"

const sources = Sources.make([obs])

export const program = Effect.gen(function*() {
  const url = yield* Config.String("OBS_URL").pipe(Config.withDefault("ws://127.0.0.1:4455"))
  const password = yield* Config.Redacted("OBS_PASSWORD").pipe(Config.withDefault(Redacted.make("secret")))
  const rtmpUrl = yield* Config.String("RTMP_URL").pipe(Config.withDefault("rtmp://127.0.0.1:1935"))
  const ingest = { rtmpUrl, app: "live", streamKey: Redacted.make("studio") }
  const broadcast = yield* Broadcast.open(sources, { source: { kind: "obs", obs: { url, password }, ingest } })
  return yield* Station.follow(broadcast) // follows OBS and the relay, both
}).pipe(Effect.scoped)

if (import.meta.main) program.pipe(Effect.provide(Layer.merge(Station.all, ObsEncoders.layer())), Station.run)
