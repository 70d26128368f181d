/**
 * The figures of relays as they change. They are no events: the log does not keep them, and nobody resumes them. Once a
 * second the snapshots of what is on air are read, once for everybody who listens, and not at all while nobody does.
 */
import type { Figures } from "@headend/api/Events"
import { Broadcasts } from "@headend/core/Broadcasts"
import type { Query } from "@headend/core/Lease"
import type { RegistryUnavailable } from "@headend/core/RegistryFailure"
import { type Duration, Effect, Schedule, type Scope, Stream } from "effect"

type One = Figures["items"][number]

const every: Duration.Input = "1 second"

/** Those that have changed since they were told last; the first time all of them. */
const changed = (before: ReadonlyMap<string, string>, all: ReadonlyArray<One>) => {
  const texts = new Map(all.map((one) => [one.broadcast, JSON.stringify(one)]))
  return [texts, [all.filter(({ broadcast }) => before.get(broadcast) !== texts.get(broadcast))]] as const
}

/** Shared by all who listen; the first element comes at once. */
export const make: Effect.Effect<
  Stream.Stream<ReadonlyArray<One>, RegistryUnavailable>,
  never,
  Broadcasts | Scope.Scope
> = Effect.gen(function*() {
  const broadcasts = yield* Broadcasts
  const pages = (query: Query): Effect.Effect<ReadonlyArray<One>, RegistryUnavailable> =>
    Effect.flatMap(broadcasts.list(query), ({ items, next }) => {
      const found = items.flatMap(({ id, relay, run }) =>
        relay?.progress == null ? [] : [{ broadcast: id, run, progress: relay.progress }]
      )
      return next === null
        ? Effect.succeed(found)
        : Effect.map(pages({ ...query, cursor: next }), (more) => [...found, ...more])
    })
  const read = Effect.map(
    Effect.all([pages({ state: "running", limit: 500 }), pages({ state: "degraded", limit: 500 })]),
    (lists) => lists.flat()
  )
  return yield* Stream.fromEffectSchedule(read, Schedule.spaced(every)).pipe(
    Stream.mapAccum(() => new Map<string, string>() as ReadonlyMap<string, string>, changed),
    // who comes later gets what has changed since, and the snapshots have the rest
    Stream.share({ capacity: 4, strategy: "sliding" })
  )
})
