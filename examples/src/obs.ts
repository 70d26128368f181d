// OBS is told to publish to an RTMP server, and relayed from there. At the end it gets the stream settings back it had.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Broadcast from "@headend/core/Broadcast"
import { obs } from "@headend/core/source/Obs"
import * as Sources from "@headend/core/Sources"
import * as ObsEncoders from "@headend/obs/ObsEncoders"
import { Config, Effect, Layer, Redacted } from "effect"
import * as Station from "./Station.ts"

const sources = Sources.make([obs])

export const program = Effect.gen(function*() {
  const password = yield* Config.Redacted("OBS_PASSWORD").pipe(Config.withDefault(Redacted.make("secret")))
  const ingest = { rtmpUrl: "rtmp://127.0.0.1:1935", app: "live", streamKey: Redacted.make("studio") }
  const broadcast = yield* Broadcast.open(sources, {
    source: { kind: "obs", obs: { host: "127.0.0.1", port: 4455, password }, ingest }
  })
  yield* Effect.logInfo(`viewers watch mountpoint ${broadcast.mountpoint()?.id}`)
  return yield* broadcast.lost // follows OBS and the relay, both
}).pipe(Effect.scoped)

if (import.meta.main) program.pipe(Effect.provide(Layer.merge(Station.all, ObsEncoders.layer())), NodeRuntime.runMain)
