// The frontend publishes and plays by itself; headend makes a mountpoint that plays a file, and takes it down again.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Broadcast from "@headend/core/Broadcast"
import { frontendOwned } from "@headend/core/source/FrontendOwned"
import * as Sources from "@headend/core/Sources"
import { Effect } from "effect"
import * as Station from "./Station.ts"

const sources = Sources.make([frontendOwned])

export const program = Effect.gen(function*() {
  const broadcast = yield* Broadcast.open(sources, {
    mountpoint: { create: { type: "live", id: 9002, filename: "/var/lib/janus/jingle.opus" } },
    source: { kind: "frontend_owned" }
  })
  yield* Effect.logInfo(broadcast.feed.facts().note)
  return yield* broadcast.lost
}).pipe(Effect.scoped)

if (import.meta.main) program.pipe(Effect.provide(Station.janus), NodeRuntime.runMain)
