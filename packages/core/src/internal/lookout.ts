/**
 * Looks at the broadcasts of a worker again and again, spread over the second, and does what the look advises.
 */
import { Clock, Duration, Effect } from "effect"
import type { BroadcastId } from "../BroadcastSpec.ts"
import * as EndReason from "../EndReason.ts"
import type { Mountpoints } from "../Mountpoints.ts"
import type { Sources } from "../Sources.ts"
import { look } from "./look.ts"
import type { Owned } from "./owned.ts"
import type { Programs } from "./programs.ts"

const lookEvery = 100
const looksAtOnce = 16

export const lookout = (
  owned: Map<BroadcastId, Owned>,
  mountpoints: Mountpoints["Service"],
  programs: Programs
): Effect.Effect<never, never, Sources | Mountpoints> => {
  const heal = Effect.fnUntraced(function*(o: Owned) {
    const advice = yield* look(o, mountpoints)
    if (o.isDoubted && owned.get(o.claim.id) === o) {
      return yield* Effect.ignore(programs.doubt(o))
    }
    if (owned.get(o.claim.id) !== o || o.doing !== "onAir") {
      return
    }
    if (advice === "reopen") {
      yield* programs.reopen(o)
    } else if (advice !== "nothing") {
      yield* programs.stop(o, advice.end)
    }
  }, (effect, o) =>
    // it ends the broadcast, and not the look at all others
    Effect.catchDefect(effect, (defect) =>
      Effect.andThen(
        Effect.logError(`broadcast ${o.claim.id} ends by a defect`, defect),
        programs.stop(o, EndReason.defect(String(defect)))
      )))

  /** So many at once, each with the next that is due: a fibre per broadcast would cost more than the look. */
  const healAll = (due: ReadonlyArray<Owned>) => {
    const rest = due.values()
    const some = Effect.gen(function*() {
      for (const o of rest) yield* heal(o)
    })
    return Effect.all(Array.from({ length: Math.min(looksAtOnce, due.length) }, () => some), {
      concurrency: "unbounded",
      discard: true
    })
  }

  return Effect.gen(function*() {
    let beat = 0
    while (true) {
      yield* Effect.sleep(Duration.millis(lookEvery))
      const now = yield* Clock.currentTimeMillis
      const slot = beat++ % 10
      const due = [...owned.values()].filter((o, i) => i % 10 === slot || o.hotUntil > now)
      yield* healAll(due)
    }
  })
}
