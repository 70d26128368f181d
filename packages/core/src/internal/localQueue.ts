/**
 * A queue of one process: hands out what its store has, waits where it has nothing, and says what came of it.
 */
import { Cause, Clock, Deferred, Duration, Effect, Exit } from "effect"
import { afterDefect, DeliveryLost, type Outcome, type QueueUnavailable } from "../Delivery.ts"
import type { JobQueue } from "../JobQueue.ts"
import type { JobQueueStore, Taken } from "../JobQueueStore.ts"

const isTaken = (taken: Taken | undefined): taken is Taken => taken !== undefined

export const make = (store: JobQueueStore): JobQueue["Service"] => {
  let changed = Deferred.makeUnsafe<void>()
  const tell = Effect.sync(() => {
    const before = changed
    changed = Deferred.makeUnsafe<void>()
    Deferred.doneUnsafe(before, Effect.void)
  })

  /** Hands out the next one, and waits for it where it must: only the wait can be interrupted. */
  const next = (restore: <A>(wait: Effect.Effect<A>) => Effect.Effect<A>): Effect.Effect<Taken, QueueUnavailable> =>
    Effect.suspend(() => {
      const told = Deferred.await(changed)
      const wait = Effect.flatMap(Effect.all([store.due, Clock.currentTimeMillis]), ([due, now]) =>
        restore(
          due === undefined ? told : Effect.raceFirst(told, Effect.sleep(Duration.millis(Math.max(1, due - now))))
        ))
      return Effect.filterOrElse(store.take, isTaken, () => Effect.andThen(wait, next(restore)))
    })

  const came = (exit: Exit.Exit<Outcome>) =>
    Exit.isSuccess(exit) ? exit.value : Cause.hasInterrupts(exit.cause) ? "given back" : afterDefect(exit.cause)

  return {
    backend: store.backend,
    abilities: store.abilities,
    offer: (job, options = {}) => Effect.tap(store.offer(job, options), tell),
    consume: (handle, { concurrency }) => {
      const one = Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(next(restore), ({ delivery, extend, settle }) => {
          const { id } = delivery
          const kept = Effect.asVoid(Effect.filterOrFail(extend, (isOurs) => isOurs, () => new DeliveryLost({ id })))
          return restore(handle({ ...delivery, extend: kept })).pipe(
            Effect.exit,
            Effect.flatMap((exit) => settle(came(exit))),
            Effect.ensuring(tell)
          )
        })
      )
      return Effect.all(Array.from({ length: concurrency }, () => Effect.forever(one)), {
        concurrency: "unbounded"
      }).pipe(Effect.andThen(Effect.never))
    },
    backlog: store.backlog,
    dead: {
      list: ({ cursor, limit = 100 }) => store.dead(Math.min(Math.max(limit, 1), 500), cursor),
      redrive: (id) => Effect.tap(store.redrive(id), tell)
    }
  }
}
