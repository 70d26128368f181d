/**
 * How a worker comes by its broadcasts: it looks around on every scan, claims its part of what nobody owns, and gives what
 * it has to others when it has lost sight of Janus.
 */
import { Duration, Effect } from "effect"
import type { BroadcastRegistry } from "../BroadcastRegistry.ts"
import type { BroadcastId } from "../BroadcastSpec.ts"
import type { Claim, Timings, WorkerId } from "../Lease.ts"
import type { Deadline } from "./deadline.ts"
import * as Figures from "./figures.ts"
import { Neighbours } from "./neighbours.ts"
import type { Owned } from "./owned.ts"
import type { Programs } from "./programs.ts"
import type { Sight } from "./sight.ts"

const claimsAtOnce = 64
/** Without Janus for so long, what it has is given to somebody who reaches it. */
const withoutJanus = Duration.toMillis("1 minute")
/** What has waited for so long is taken by nobody who reaches Janus. */
const leftOver = Duration.toMillis("15 seconds")

export const make = <R>(options: {
  readonly worker: WorkerId
  readonly capacity: number
  readonly timings: Timings
  readonly deadline: Deadline
  readonly registry: BroadcastRegistry["Service"]
  readonly sight: Sight
  readonly owned: Map<BroadcastId, Owned>
  readonly programs: Programs
  /** Begins with what was claimed. */
  readonly take: (claim: Claim) => Effect.Effect<void, never, R>
}) => {
  const { capacity, deadline, owned, programs, registry, sight, take, worker } = options
  const neighbours = new Neighbours(worker, capacity, options.timings, deadline.now())
  let draining = false
  let passOnAfter = 0

  const load = () => {
    let used = 0
    for (const o of owned.values()) used += o.claim.cost
    return { broadcasts: owned.size, used, capacity, draining }
  }

  const claim = (max: number) =>
    Effect.suspend(() =>
      Effect.tap(
        registry.claim(
          { id: worker, capacity, used: load().used, draining, reachesJanus: sight.lostAt() === undefined },
          draining ? 0 : max,
          neighbours.largest(deadline.now())
        ),
        (claims) => {
          neighbours.took(claims.length)
          return Effect.forEach(claims, (one) => Effect.andThen(Figures.claimed(one), take(one)), { discard: true })
        }
      )
    )

  /** Claims its part of what nobody owns; whether there may be more for it. */
  const place = Effect.gen(function*() {
    if (draining) return false
    if (neighbours.alone) {
      while ((yield* claim(claimsAtOnce)).length === claimsAtOnce);
      return false
    }
    yield* Effect.sleep(neighbours.delay(load().used))
    const fleet = yield* registry.fleet
    neighbours.see(fleet, deadline.now())
    // without Janus it takes what nobody took who reaches it: better than nobody
    const waits = sight.lostAt() === undefined || !neighbours.someReachJanus ? 0 : leftOver
    if ((fleet.oldestUnplacedMs ?? 0) < waits) return false
    const share = Math.min(claimsAtOnce, neighbours.share(fleet.unplaced, deadline.now()))
    return share > 0 && (yield* claim(share)).length === share && share < fleet.unplaced
  })

  /** Gives what it has, as far as they have room, to those who reach Janus, when it has not for a minute. */
  const passOn = Effect.suspend(() => {
    const now = deadline.now()
    const lostAt = sight.lostAt()
    if (lostAt === undefined || now - lostAt < withoutJanus || now < passOnAfter) return Effect.void
    let { room } = neighbours
    const some = neighbours.someReachJanus ? [...owned.values()].filter(({ claim }) => (room -= claim.cost) >= 0) : []
    if (some.length === 0) return Effect.void
    // until they say how much room is left
    passOnAfter = now + 4 * Duration.toMillis(options.timings.scanEvery)
    return Effect.andThen(
      Effect.logWarning(`worker ${worker} cannot reach Janus: hands over ${some.length} broadcasts to who can`),
      programs.passOn(some)
    )
  })

  /** On every scan: what Janus and the others do, and what the registry is told of this worker. */
  const lookAround = Effect.gen(function*() {
    yield* sight.check
    neighbours.scan()
    yield* claim(0)
    neighbours.see(yield* registry.fleet, deadline.now())
    yield* Figures.load(load())
    yield* passOn
  })

  /** Takes nothing any more. */
  const drain = () => void (draining = true)

  return {
    load,
    claim,
    place,
    lookAround,
    drain,
    isAlone: () => neighbours.alone,
    isSolitary: () => neighbours.isSolitary(deadline.now())
  }
}
