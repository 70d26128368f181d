/**
 * Who publishes over WHIP into which run. When it is to stop, they are sent away: what comes late would keep its room.
 */
import { Broadcasts } from "@headend/core/Broadcasts"
import { isEnded } from "@headend/core/Health"
import { runKey } from "@headend/core/Lease"
import { JanusWhip } from "@headend/janus/JanusWhip"
import { Effect, Schedule, Stream } from "effect"

/** Follows the events as long as the scope lives. */
export const follow = Effect.gen(function*() {
  const broadcasts = yield* Broadcasts
  const whip = yield* JanusWhip
  const sessions = new Map<string, Set<string>>()

  const end = (run: string) =>
    Effect.suspend(() => {
      const them = [...sessions.get(run) ?? []]
      sessions.delete(run)
      return Effect.forEach(them, (id) => Effect.ignore(whip.remove(id)), { concurrency: 16, discard: true })
    })

  yield* broadcasts.changes().pipe(
    Stream.runForEach((event) =>
      event._tag === "BroadcastStateChanged" && (event.to === "stopping" || isEnded(event.to))
        ? end(runKey(event.broadcast, event.run))
        : Effect.void
    ),
    Effect.retry(Schedule.spaced("1 second")),
    Effect.forkScoped
  )

  return {
    add: (broadcast: string, run: number, session: string): void => {
      const key = runKey(broadcast, run)
      const them = sessions.get(key)
      if (them === undefined) sessions.set(key, new Set([session]))
      else them.add(session)
    },
    forget: (session: string): void => sessions.forEach((them) => them.delete(session))
  }
})
