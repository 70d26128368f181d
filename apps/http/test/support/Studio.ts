// An OBS with an owner of its own, and what its tests ask of it.
import type { Snapshot } from "@headend/core/Snapshot"
import * as RealObs from "@headend/integration/RealObs"
import { connect, type ObsSocket } from "@headend/obs/ObsSocket"
import { Context, Effect, Layer, Redacted } from "effect"

export class Studio extends Context.Service<Studio, RealObs.RunningObs>()("test/Studio") {}

export const password = "websocket-password-1"
export const key = "stream-key-secret-1"
export const theirKey = "their-own-key-secret"

export const theirs = {
  streamServiceType: "rtmp_custom",
  streamServiceSettings: { server: "rtmp://127.0.0.1:1/theirs", key: theirKey, use_auth: false }
}

/** Somebody who sits at the OBS does something with it. */
export const byHand = <A, E>(obs: RealObs.RunningObs, use: (socket: ObsSocket) => Effect.Effect<A, E>) =>
  connect({ url: obs.url, password: Redacted.make(obs.password) }).pipe(
    Effect.flatMap(use),
    Effect.scoped,
    Effect.orDie
  )

export const settings = (obs: RealObs.RunningObs) => byHand(obs, (socket) => socket.request("GetStreamServiceSettings"))
export const streams = (obs: RealObs.RunningObs) =>
  byHand(obs, (socket) => Effect.map(socket.request("GetStreamStatus"), (status) => status.outputActive))

/** The OBS as its owner left it: idle, with settings of their own. */
export const tidy = (obs: RealObs.RunningObs) =>
  byHand(obs, (socket) =>
    Effect.andThen(
      socket.request("SetStreamServiceSettings", {
        streamServiceType: "rtmp_common",
        streamServiceSettings: { key: "" }
      }),
      socket.request("SetStreamServiceSettings", theirs)
    ))

export const source = (obs: RealObs.RunningObs, rtmpUrl: string, more: object = {}) => ({
  source: {
    kind: "obs",
    obs: { url: obs.url, password, ...more },
    ingest: { rtmpUrl, app: "live", streamKey: key },
    relay: { kind: "ffmpeg", restart: { first: "200 millis", factor: 1, cap: "200 millis" } }
  }
})

export const hop = (snapshot: Snapshot, name: string) => snapshot.health.hops.find((one) => one.hop === name)
export const onAir = ({ state }: Snapshot) => state === "running"

export const studio = Layer.effect(Studio, RealObs.make({ password }))
