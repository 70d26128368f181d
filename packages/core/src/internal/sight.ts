/**
 * Whether this worker reaches Janus. Asked on every scan, and when a look at a mountpoint got no answer; once it is lost,
 * its return is waited for, and nobody asks.
 */
import { Effect, Option } from "effect"
import type { Mountpoints } from "../Mountpoints.ts"
import type { Deadline } from "./deadline.ts"

const patience = "50 millis"

export interface Sight {
  /** Since when it is lost, in milliseconds of the monotonic clock. */
  readonly lostAt: () => number | undefined
  readonly check: Effect.Effect<void>
}

/** As long as the scope; `returned` is called each time it was lost and is back. */
export const make = Effect.fnUntraced(function*(options: {
  readonly mountpoints: Mountpoints["Service"]
  readonly deadline: Deadline
  readonly returned: () => void
}) {
  const { deadline, mountpoints, returned } = options
  const scope = yield* Effect.scope
  let lostAt: number | undefined
  const back = Effect.map(mountpoints.available, () => {
    lostAt = undefined
    returned()
  })
  const check = Effect.suspend(() =>
    lostAt !== undefined ? Effect.void : Effect.flatMap(Effect.timeoutOption(mountpoints.available, patience), (up) => {
      if (Option.isSome(up) || lostAt !== undefined) return Effect.void
      lostAt = deadline.now()
      return Effect.asVoid(Effect.forkIn(back, scope))
    })
  )
  return { lostAt: () => lostAt, check } satisfies Sight
})
