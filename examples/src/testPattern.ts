// A picture with a clock, a flash and a beep each second: to see that everything behind it works.
import * as Broadcast from "@headend/core/Broadcast"
import { testPattern } from "@headend/core/source/TestPattern"
import * as Sources from "@headend/core/Sources"
import { Effect } from "effect"
import * as Station from "./Station.ts"

const sources = Sources.make([testPattern])

export const program = Effect.gen(function*() {
  const broadcast = yield* Broadcast.open(sources, {
    mountpoint: { create: { type: "rtp", id: 9004 } },
    source: { kind: "test_pattern", width: 640, height: 360, fps: 30 }
  })
  return yield* Station.follow(broadcast) // the relay runs here, until it is lost
}).pipe(Effect.scoped)

if (import.meta.main) program.pipe(Effect.provide(Station.all), Station.run)
