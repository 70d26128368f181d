// A broadcast in a scope of this project's own: on air inside it, undone after it. Its argument is the address of a Janus.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Broadcast from "@headend/core/Broadcast"
import { Mountpoints } from "@headend/core/Mountpoints"
import { testPattern } from "@headend/core/source/TestPattern"
import * as Sources from "@headend/core/Sources"
import { Console, Effect, Schedule } from "effect"
import * as Station from "./Station.ts"

const sources = Sources.make([testPattern])

const program = Effect.gen(function*() {
  const broadcast = yield* Broadcast.open(sources, {
    mountpoint: { create: { type: "rtp", id: 9001 } },
    source: { kind: "test_pattern", width: 320, height: 180 }
  })
  const hops = Effect.sync(() => broadcast.feed.hops.map((hop) => `${hop.name} ${hop.read().status}`).join(", "))
  const told = yield* Effect.raceFirst(
    broadcast.lost,
    Effect.repeat(hops, { schedule: Schedule.spaced("50 millis"), until: (line) => line.includes("relay ok") })
  )
  yield* Console.log(`${told}; mountpoint ${broadcast.mountpoint()?.id}`)
})

const undone = Effect.gen(function*() {
  const mountpoints = yield* Mountpoints
  const left = yield* Effect.flip(mountpoints.find({ id: 9001 }))
  yield* Console.log(`undone: ${left._tag}`)
})

Effect.andThen(Effect.scoped(program), undone).pipe(
  Effect.provide(Station.layer(process.argv[2] ?? "ws://127.0.0.1:8188")),
  NodeRuntime.runMain
)
