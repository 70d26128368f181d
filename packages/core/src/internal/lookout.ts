/**
 * Looks at the broadcasts of a worker again and again, and does what the look advises. What has just changed is looked at
 * ten times a second, what is on air once; of what Janus tells nothing new is to be had while it is away.
 */
import { Clock, Effect } from "effect"
import type { BroadcastId } from "../BroadcastSpec.ts"
import * as EndReason from "../EndReason.ts"
import type { Mountpoints } from "../Mountpoints.ts"
import type { Sources } from "../Sources.ts"
import { type Agenda, beat } from "./agenda.ts"
import { limit, look } from "./look.ts"
import type { Owned } from "./owned.ts"
import type { Programs } from "./programs.ts"
import type { Sight } from "./sight.ts"

const looksAtOnce = 16
/** Milliseconds between two looks: on air, and while Janus is away. Its limits are looked at within a minute. */
const lookEvery = 1_000
const lookEveryWithoutJanus = 5_000
const lookAtLeastEvery = 60_000

export const lookout = (options: {
  readonly owned: ReadonlyMap<BroadcastId, Owned>
  readonly agenda: Agenda
  readonly mountpoints: Mountpoints["Service"]
  readonly sight: Sight
  readonly programs: Programs
  /** What its relays said is told with the look. */
  readonly tellLogs: (o: Owned) => Effect.Effect<void>
}): Effect.Effect<never, never, Sources | Mountpoints> => {
  const { agenda, mountpoints, owned, programs, sight, tellLogs } = options
  const isOwned = (o: Owned) => owned.get(o.claim.id) === o

  /** In milliseconds from now; nothing is awaited of one that is neither on air nor doubted. */
  const next = (o: Owned, now: number): number => {
    if (o.isDoubted) return lookEvery
    if (o.doing !== "onAir") return Number.POSITIVE_INFINITY
    const until = limit(o)
    const ends = until === undefined ? Number.POSITIVE_INFINITY : Math.min(until.at - now, lookAtLeastEvery)
    if (o.feed === undefined) return ends
    const usual = sight.lostAt() === undefined ? lookEvery : lookEveryWithoutJanus
    return Math.min(o.hotUntil > now ? beat : usual, ends)
  }

  const act = Effect.fnUntraced(function*(o: Owned) {
    const advice = yield* look(o, mountpoints, sight)
    if (!isOwned(o)) return
    if (o.isDoubted) return yield* Effect.ignore(programs.doubt(o))
    if (o.doing !== "onAir") return
    yield* tellLogs(o)
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

  const heal = (o: Owned) =>
    Effect.andThen(
      act(o),
      Effect.map(Clock.currentTimeMillis, (now) => {
        if (isOwned(o)) agenda.plan(o, next(o, now))
      })
    )

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

  return Effect.forever(Effect.flatMap(agenda.due, healAll))
}
