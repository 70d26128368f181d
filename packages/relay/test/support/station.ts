// The whole managed path on a real Janus, with one worker: broadcasts that recover by themselves.
import * as BroadcastRegistry from "@headend/core/BroadcastRegistry"
import * as Broadcasts from "@headend/core/Broadcasts"
import type { HopName } from "@headend/core/Failure"
import * as Reconciler from "@headend/core/Reconciler"
import type { Snapshot } from "@headend/core/Snapshot"
import * as Sources from "@headend/core/Sources"
import { withRelays } from "@headend/core/StandardSources"
import * as RealJanus from "@headend/integration/RealJanus"
import type * as ProcessRelays from "@headend/relay/ProcessRelays"
import { Effect, Layer, Schedule } from "effect"
import { portsOn, relays } from "./bench.ts"

export const station = (options: Partial<ProcessRelays.Options> = {}) =>
  Layer.merge(Broadcasts.layer, Reconciler.layer({ id: "test", atEnd: "stop" })).pipe(
    Layer.provideMerge(Sources.layer(withRelays)),
    Layer.provideMerge(BroadcastRegistry.layerMemory()),
    Layer.provideMerge(Layer.unwrap(Effect.map(RealJanus.RealJanus, portsOn))),
    Layer.provideMerge(relays(options)),
    Layer.provideMerge(RealJanus.layer())
  )

/** Starts it; stopped, and undone, when the scope closes. */
export const start = (input: { readonly id: string; readonly source: object; readonly mountpoint?: object }) =>
  Effect.acquireRelease(
    Effect.gen(function*() {
      const spec = yield* Sources.Sources.use((sources) => sources.decode(input))
      return yield* Broadcasts.Broadcasts.use((broadcasts) => broadcasts.start(spec))
    }),
    () =>
      Effect.ignore(Broadcasts.Broadcasts.use((broadcasts) =>
        Effect.andThen(
          broadcasts.stop(input.id),
          until(input.id, ({ state }) => state === "stopped" || state === "failed")
        )
      ))
  )

/** Waits until the snapshot is so, at most `seconds`. */
export const until = (id: string, isSo: (snapshot: Snapshot) => boolean, seconds = 60) =>
  Effect.suspend(() => {
    let last: Snapshot | undefined
    const look = Effect.tap(
      Broadcasts.Broadcasts.use((broadcasts) => Effect.orDie(broadcasts.get(id))),
      (seen) => Effect.sync(() => void (last = seen))
    )
    return look.pipe(
      Effect.repeat({ schedule: Schedule.spaced("20 millis"), until: isSo }),
      Effect.timeoutOrElse({
        duration: `${seconds} seconds`,
        orElse: () => Effect.die(new Error(`not so after ${seconds} s: ${JSON.stringify(last, null, 1)}`))
      })
    )
  })

export const hop = (snapshot: Snapshot, name: HopName) => snapshot.health.hops.find((one) => one.hop === name)
