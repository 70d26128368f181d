/**
 * Waiting for a broadcast to become as wanted: one reader of the event log for all who wait, fanned out by id.
 */
import { Deferred, type Duration, Effect, Option, Schedule, Stream } from "effect"
import type { BroadcastRegistry } from "../BroadcastRegistry.ts"
import type { BroadcastId } from "../BroadcastSpec.ts"
import type { BroadcastNotFound, RegistryUnavailable } from "../Lease.ts"
import type { Snapshot } from "../Snapshot.ts"

type Read = Effect.Effect<Snapshot, BroadcastNotFound | RegistryUnavailable>

/** Gives the wait; its reader lives as long as the scope. */
export const follow = Effect.fnUntraced(function*(registry: BroadcastRegistry["Service"]) {
  const waiting = new Map<BroadcastId, Array<Deferred.Deferred<void>>>()
  const wake = (id: BroadcastId) =>
    Effect.suspend(() => {
      const them = waiting.get(id) ?? []
      waiting.delete(id)
      return Effect.forEach(them, (one) => Deferred.succeed(one, undefined), { discard: true })
    })
  yield* Stream.runForEach(registry.events(), (event) => wake(event.broadcast)).pipe(
    Effect.ignore,
    Effect.repeat(Schedule.spaced("1 second")),
    Effect.forkScoped
  )
  const change = (id: BroadcastId) =>
    Effect.sync(() => {
      const deferred = Deferred.makeUnsafe<void>()
      waiting.set(id, [...waiting.get(id) ?? [], deferred])
      // a hint may be lost with the registry's connection: look again now and then
      return Effect.timeoutOption(Deferred.await(deferred), "5 seconds")
    })
  return (
    id: BroadcastId,
    read: Read,
    isDone: (snapshot: Snapshot) => boolean,
    atMost: Duration.Duration
  ): Read => {
    const wait: Read = Effect.gen(function*() {
      while (true) {
        const next = yield* change(id)
        const snapshot = yield* read
        if (isDone(snapshot)) return snapshot
        yield* next
      }
    })
    return Effect.flatMap(
      Effect.timeoutOption(wait, atMost),
      Option.match({
        onSome: (snapshot) => Effect.succeed(snapshot),
        onNone: () => read
      })
    )
  }
})
