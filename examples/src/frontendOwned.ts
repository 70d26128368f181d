// The frontend publishes and plays by itself; headend makes a mountpoint that plays a file, and takes it down again.
import * as Broadcast from "@headend/core/Broadcast"
import { frontendOwned } from "@headend/core/source/FrontendOwned"
import * as Sources from "@headend/core/Sources"
import { Config, Effect } from "effect"
import * as Station from "./Station.ts"

const sources = Sources.make([frontendOwned])

export const program = Effect.gen(function*() {
  // on the machine that Janus runs on
  const filename = yield* Config.String("OPUS_FILE").pipe(Config.withDefault("/var/lib/janus/jingle.opus"))
  const broadcast = yield* Broadcast.open(sources, {
    mountpoint: { create: { type: "live", id: 9002, filename } },
    source: { kind: "frontend_owned" }
  })
  yield* Effect.logInfo(broadcast.feed.facts().note)
  return yield* Station.follow(broadcast)
}).pipe(Effect.scoped)

if (import.meta.main) program.pipe(Effect.provide(Station.janus), Station.run)
