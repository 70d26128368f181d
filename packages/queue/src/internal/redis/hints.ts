/**
 * Hints by pub/sub: they make things fast, and nothing depends on them. What is said while the connection is away is not
 * heard; the next scan and the next renewal find it.
 */
import type { Wake } from "@headend/core/Lease"
import type { RegistryUnavailable } from "@headend/core/RegistryFailure"
import { Effect, PubSub, Schedule, type Scope, Stream } from "effect"
import type { Redis } from "ioredis"

interface Hint extends Wake {
  readonly channel: string
}

const read = (channel: string, text: string): Hint => {
  const [what, id] = text.split(" ")
  return { channel, ...(id === undefined ? {} : what === "stop" ? { stop: id } : { restart: id }) }
}

/** `all` is the channel that everybody hears, and the beginning of each worker's own. */
export const make = Effect.fnUntraced(function*(subscriber: Redis, all: string) {
  const hub = yield* PubSub.unbounded<Hint>()
  const listeners = new Map<string, number>()
  subscriber.on("message", (channel, text) => PubSub.publishUnsafe(hub, read(channel, text)))

  const change = (channel: string, by: 1 | -1) =>
    Effect.sync(() => {
      const count = (listeners.get(channel) ?? 0) + by
      listeners.set(channel, count)
      // ioredis subscribes again by itself; what fails now, its next connection does
      if (by === 1 && count === 1) subscriber.subscribe(channel).catch(() => undefined)
      if (count === 0) subscriber.unsubscribe(channel).catch(() => undefined)
    })
  const listening = (channel: string): Effect.Effect<void, never, Scope.Scope> =>
    Effect.acquireRelease(change(channel, 1), () => change(channel, -1))
  yield* listening(all)
  // one that only listens would never notice that nobody speaks any more: what is asked must be answered, or it connects anew
  yield* Effect.ignore(Effect.tryPromise(() => subscriber.ping())).pipe(
    Effect.repeat(Schedule.spaced("5 seconds")),
    Effect.forkScoped
  )

  const of = (worker: string): Stream.Stream<Wake, RegistryUnavailable> =>
    Stream.unwrap(Effect.gen(function*() {
      const own = `${all}:${worker}`
      const subscription = yield* PubSub.subscribe(hub)
      yield* listening(own)
      return Stream.filter(
        Stream.fromSubscription(subscription),
        ({ channel }) => channel === all || channel === own
      )
    }))
  return { of }
})
