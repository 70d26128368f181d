/**
 * Waiting for a broadcast to become as wanted: one reader of the event log for all who wait, fanned out by id.
 */
import { Deferred, type Duration, Effect, Option, Schedule, Stream } from "effect"
import type { BroadcastRegistry } from "../BroadcastRegistry.ts"
import type { BroadcastId } from "../BroadcastSpec.ts"
import type { BroadcastNotFound, RegistryUnavailable } from "../RegistryFailure.ts"
import type { Snapshot } from "../Snapshot.ts"

type Read = Effect.Effect<Snapshot, BroadcastNotFound | RegistryUnavailable>

/** Gives the wait; its reader lives as long as the scope. */
export const follow = Effect.fnUntraced(function*(registry: BroadcastRegistry["Service"]) {
  const waiting = new Map<BroadcastId, Array<Deferred.Deferred<void>>>()
  const wake = (id: BroadcastId | null) => {
    const them = id === null ? undefined : waiting.get(id)
    if (id === null || them === undefined) return
    waiting.delete(id)
    for (const one of them) Deferred.doneUnsafe(one, Effect.void)
  }
  const wakeAll = Effect.sync(() => [...waiting.keys()].forEach(wake))
  yield* registry.position.pipe(
    // what was said up to here, while nobody listened, is found by looking; what comes after it is heard, however late that is
    Effect.tap(wakeAll),
    Effect.flatMap((position) =>
      Stream.runForEachArray(
        registry.events(position),
        (events) => Effect.sync(() => events.forEach((event) => wake(event.broadcast)))
      )
    ),
    Effect.ignore,
    Effect.andThen(wakeAll),
    Effect.repeat(Schedule.spaced("1 second")),
    Effect.forkScoped
  )
  const change = (id: BroadcastId) => {
    const deferred = Deferred.makeUnsafe<void>()
    const them = waiting.get(id)
    if (them === undefined) waiting.set(id, [deferred])
    else them.push(deferred)
    return Deferred.await(deferred)
  }
  const until = (id: BroadcastId, read: Read, isDone: (snapshot: Snapshot) => boolean): Read =>
    Effect.suspend(() => {
      // listens first, so that nothing is missed between the look and the wait
      const changed = change(id)
      return Effect.filterOrElse(read, isDone, () => Effect.andThen(changed, until(id, read, isDone)))
    })
  return (
    id: BroadcastId,
    read: Read,
    isDone: (snapshot: Snapshot) => boolean,
    atMost: Duration.Duration
  ): Read =>
    Effect.flatMap(
      Effect.timeoutOption(until(id, read, isDone), atMost),
      Option.match({
        onSome: (snapshot) => Effect.succeed(snapshot),
        onNone: () => read
      })
    )
})
