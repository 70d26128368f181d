// Publishing and watching have the same life: connect, let media flow, connect again when it breaks, give up only when
// the server says no or the broadcast is over.
import { Effect } from "effect"
import { current } from "../live/Page.ts"
import { until } from "../live/until.ts"
import { isEnded } from "../model/broadcasts.ts"
import type { Rates } from "./figures.ts"
import { PeerLost } from "./peer.ts"
import type { NoCamera } from "./picture.ts"
import type { Refused, Silent } from "./signalling.ts"

/** Where it stands; for people. */
export type Progress =
  | { readonly phase: "connecting" }
  | { readonly phase: "flowing"; readonly rates: Rates }
  /** Connected, and nothing comes: the broadcast has no media now. */
  | { readonly phase: "waiting" }
  /** The fake Janus took it, and carries nothing. */
  | { readonly phase: "fake" }
  | { readonly phase: "retrying"; readonly why: string }
  /** It will not be tried again. With `key`, it would with the pin or the token. */
  | { readonly phase: "refused"; readonly why: string; readonly key: boolean }

export type Tell = (progress: Progress) => void

export type Broken = PeerLost | Refused | Silent | NoCamera

const noUse = new Set([400, 401, 403, 415, 422])
const isFinal = (error: Broken): boolean =>
  error._tag === "NoCamera" || (error._tag === "Refused" && noUse.has(error.status))

/** The wait before the next try, in milliseconds, after so many that did not connect; hardly any after one that did. */
export const pause = (failures: number): number => (failures === 0 ? 100 : Math.min(4_000, 250 * 2 ** failures))

/** One connection from beginning to end; `flows` is called when its media flows. */
export type Attempt<R> = (flows: () => void) => Effect.Effect<never, Broken, R>

/** Ends this attempt for one with the ICE servers that were learned just now, without counting it as a failure. */
export const another = (flows: () => void): Effect.Effect<never, PeerLost> =>
  Effect.suspend(() => {
    flows()
    return Effect.fail(new PeerLost({ reason: "going through the ICE servers that headend names" }))
  })

/** Keeps it up until interrupted, refused, or the broadcast's run is over. */
export const stay = <R>(id: string, tell: Tell, attempt: Attempt<R>): Effect.Effect<void, never, R> => {
  const run = current().broadcasts.get(id)?.run
  const isOver = () => {
    const known = current().broadcasts.get(id)
    return known === undefined || known.run !== run || isEnded(known)
  }
  const keeping = Effect.gen(function*() {
    let failures = 0
    while (true) {
      if (failures === 0) tell({ phase: "connecting" })
      const error = yield* Effect.flip(attempt(() => {
        failures = 0
      }))
      if (isFinal(error)) {
        const key = error._tag === "Refused" && (error.status === 401 || error.status === 403)
        tell({ phase: "refused", why: error.message, key })
        return yield* Effect.never
      }
      tell({ phase: "retrying", why: error.message })
      yield* Effect.sleep(pause(failures++))
    }
  })
  return Effect.raceFirst(keeping, until(isOver))
}
