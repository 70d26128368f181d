// The bench of encoders on the fake OBS server: our client, the real protocol, no picture.
import { Encoders } from "@headend/core/Encoders"
import { freePort } from "@headend/integration/Ports"
import * as RtmpServers from "@headend/integration/RtmpServers"
import * as ObsEncoders from "@headend/obs/ObsEncoders"
import { EncoderBench } from "@headend/testing/EncoderBench"
import * as FakeObsServer from "@headend/testing/FakeObsServer"
import { Context, Effect, Layer, Redacted } from "effect"
import { to } from "./ingests.ts"

export const encoders = ObsEncoders.layer({ startMillis: 3_000, pollMillis: 100 })

export const layer = Layer.provideMerge(
  Layer.effect(
    EncoderBench,
    Effect.gen(function*() {
      const obs = yield* FakeObsServer.scoped()
      const listening = yield* RtmpServers.silent
      const free = yield* freePort
      obs.switches.serverAway = ({ server }) => server.endsWith("/away")
      obs.switches.denyKey = ({ server }) => server.endsWith("/denies")
      obs.switches.hangInStarting = ({ server }) => server.endsWith("/silent")
      return EncoderBench.of({
        fresh: Effect.promise(async () => {
          await obs.restart()
          obs.service = {
            streamServiceType: "rtmp_custom",
            streamServiceSettings: { server: "rtmp://elsewhere.example/app", key: "their own", use_auth: true }
          }
          return { url: obs.url, password: Redacted.make("hush") }
        }),
        nobody: { url: `ws://127.0.0.1:${free}`, password: undefined },
        ingests: {
          open: to(listening.port, "open"),
          away: to(free, "away"),
          denies: to(listening.port, "denies"),
          silent: to(listening.port, "silent")
        },
        settings: Effect.sync(() => obs.service),
        isStreaming: Effect.sync(() => obs.isStreaming),
        isAlive: Effect.sync(() => obs.isRunning && obs.crashes === 0),
        stopByHand: Effect.sync(() => obs.stopByHand()),
        hangUp: Effect.sync(() => obs.failStart()),
        kill: Effect.promise(() => obs.kill()),
        restart: Effect.promise(() => obs.restart()),
        another: Effect.map(Layer.build(Layer.fresh(encoders)), (context) => Context.get(context, Encoders))
      })
    })
  ),
  encoders
)
