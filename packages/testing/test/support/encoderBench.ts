/**
 * The contract suite of encoders on the fakes of the world.
 */
import { Encoders } from "@headend/core/Encoders"
import { EncoderBench } from "@headend/testing/EncoderBench"
import * as World from "@headend/testing/World"
import { Effect, Layer, Redacted } from "effect"

const to = (server: string) => ({ server, key: Redacted.make("a key") })

const bench = Effect.gen(function*() {
  const world = yield* World.World
  const encoders = yield* Encoders
  const url = "ws://obs.example:4455"
  const obs = world.obs(url)
  world.obs("ws://nobody.example:4455").isAway = true
  const ingests = {
    open: to("rtmp://open.example/live"),
    away: to("rtmp://away.example/live"),
    denies: to("rtmp://denies.example/live"),
    silent: to("rtmp://silent.example/live")
  }
  for (const does of ["open", "away", "denies", "silent"] as const) yield* world.ingest(ingests[does].server, does)
  return EncoderBench.of({
    fresh: Effect.sync(() => {
      obs.isAway = false
      obs.become({ streaming: false, reconnecting: false, starting: false })
      obs.settings = JSON.stringify({ server: "rtmp://elsewhere.example/app", key: "their own" })
      return { url, password: Redacted.make("hush") }
    }),
    nobody: { url: "ws://nobody.example:4455", password: undefined },
    ingests,
    settings: Effect.sync(() => obs.settings),
    isStreaming: Effect.sync(() => obs.streaming),
    isAlive: Effect.succeed(true),
    stopByHand: Effect.sync(() => obs.become({ streaming: false })),
    hangUp: Effect.sync(() => obs.become({ starting: false })),
    kill: Effect.sync(() => {
      obs.isAway = true
      obs.cut({ dies: true })
    }),
    restart: Effect.sync(() => {
      obs.isAway = false
    }),
    another: Effect.succeed(encoders)
  })
})

export const layer = Layer.provideMerge(Layer.effect(EncoderBench, bench), World.layer)
