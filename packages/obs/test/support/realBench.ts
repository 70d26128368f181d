// The bench of encoders on a real OBS and nginx-rtmp.
import { Encoders } from "@headend/core/Encoders"
import { freePort } from "@headend/integration/Ports"
import * as RealObs from "@headend/integration/RealObs"
import * as RtmpServers from "@headend/integration/RtmpServers"
import * as ObsEncoders from "@headend/obs/ObsEncoders"
import { connect, type ObsSocket } from "@headend/obs/ObsSocket"
import { EncoderBench } from "@headend/testing/EncoderBench"
import { Context, Effect, Layer, Redacted } from "effect"
import { to } from "./ingests.ts"

export const encoders = ObsEncoders.layer({ startMillis: 4_000, pollMillis: 300 })

const common = { streamServiceType: "rtmp_common", streamServiceSettings: { key: "" } }
const theirs = {
  streamServiceType: "rtmp_custom",
  streamServiceSettings: {
    server: "rtmp://elsewhere.example/app",
    key: "their own",
    use_auth: true,
    username: "they",
    password: "theirs"
  }
}

export const layer = Layer.provideMerge(
  Layer.effect(
    EncoderBench,
    Effect.gen(function*() {
      const obs = yield* RealObs.make()
      const nginx = yield* RtmpServers.nginx
      const mute = yield* RtmpServers.silent
      const free = yield* freePort
      const password = Redacted.make(obs.password)
      /** Somebody who sits at it. */
      const byHand = <A, E>(use: (socket: ObsSocket) => Effect.Effect<A, E>) =>
        connect({ url: obs.url, password }).pipe(Effect.flatMap(use), Effect.scoped, Effect.orDie)
      const isStreaming = byHand((socket) =>
        Effect.map(socket.request("GetStreamStatus"), ({ outputActive }) => outputActive)
      )
      const stopByHand = byHand((socket) => socket.request("StopStream"))
      return EncoderBench.of({
        fresh: Effect.gen(function*() {
          if (!(yield* obs.isRunning)) yield* Effect.orDie(obs.restart)
          // it may have stopped a moment ago
          if (yield* isStreaming) yield* Effect.ignoreCause(stopByHand)
          yield* Effect.repeat(Effect.delay(isStreaming, "50 millis"), { until: (is) => !is })
          yield* byHand((socket) =>
            Effect.andThen(
              socket.request("SetStreamServiceSettings", common),
              socket.request("SetStreamServiceSettings", theirs)
            )
          )
          return { url: obs.url, password }
        }),
        nobody: { url: `ws://127.0.0.1:${free}`, password: undefined },
        ingests: {
          open: to(nginx.port, "live"),
          away: to(free, "live"),
          denies: to(nginx.port, "closed"),
          silent: to(mute.port, "live")
        },
        settings: byHand((socket) => socket.request("GetStreamServiceSettings")),
        isStreaming,
        isAlive: obs.isRunning,
        stopByHand,
        hangUp: mute.hangUp,
        kill: Effect.asVoid(obs.kill),
        restart: Effect.orDie(obs.restart),
        another: Effect.map(Layer.build(Layer.fresh(encoders)), (context) => Context.get(context, Encoders))
      })
    })
  ),
  encoders
)
