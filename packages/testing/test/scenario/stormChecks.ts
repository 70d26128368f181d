/**
 * What must be true in a storm and after it.
 */
import type { BroadcastEvent } from "@headend/core/BroadcastEvent"
import { Broadcasts } from "@headend/core/Broadcasts"
import { isEnded } from "@headend/core/Health"
import { World } from "@headend/testing/World"
import { Effect, Stream } from "effect"
import { countAt } from "./station.ts"
import { foreignMountpoints, foreignRooms } from "./stormSpecs.ts"

/** What is wrong, in words. */
export type Wrong = ReadonlyArray<string>

/** No mountpoint port hears two publishers. */
export const forwarding = Effect.map(World, (world): Wrong => {
  const senders = new Map<string, string>()
  return world.forwarders().flatMap(({ forward: { host, port }, publisher }) => {
    const to = `${host}:${port}`
    const other = senders.get(to)
    senders.set(to, String(publisher))
    return other === undefined || other === String(publisher) ? [] : [`${other} and ${publisher} both send to ${to}`]
  })
})

/** No relay has begun to send to a port while another still did. */
export const relaying = Effect.map(World, (world): Wrong => world.clashes())

export const snapshots = Effect.gen(function*() {
  const broadcasts = yield* Broadcasts
  return (yield* broadcasts.list({ limit: 500 })).items
})

/** With everything well, what is wanted is owned, and on air or waiting for somebody else. */
export const healed = Effect.map(
  snapshots,
  (all): Wrong =>
    all.flatMap(({ health, id, owner, source, state }) =>
      isEnded(state) || (owner !== null && (state === "running" || state === "waiting"))
        ? []
        : [`${id} is ${state}, owned by ${owner?.worker}: ${JSON.stringify(source)}, ${JSON.stringify(health)}`]
    )
)

/** All that was told since. */
export const told = Effect.fnUntraced(function*(from: string) {
  const broadcasts = yield* Broadcasts
  const count = countAt(yield* broadcasts.position) - countAt(from)
  return yield* Stream.runCollect(Stream.take(broadcasts.changes(from), count))
})

/** Epochs rise, runs count up, and once a run is over nothing is told of it any more. */
export const history = (events: ReadonlyArray<BroadcastEvent>): Wrong => {
  const epochs = new Map<string, number>()
  const over = new Set<string>()
  return events.flatMap((event): Wrong => {
    const wrong: Array<string> = []
    const run = `${event.broadcast}/${event.run}`
    if (over.has(run)) wrong.push(`${event._tag} of ${run} after its end`)
    if (event._tag === "OwnerChanged" && event.to !== null) {
      if (event.epoch <= (epochs.get(event.broadcast) ?? 0)) wrong.push(`epoch ${event.epoch} of ${run} again`)
      epochs.set(event.broadcast, event.epoch)
    }
    if (event._tag === "BroadcastStateChanged" && isEnded(event.to)) over.add(run)
    return wrong
  })
}

/** What was left behind on purpose, and is for the sweep. */
export const leftBehind = (events: ReadonlyArray<BroadcastEvent>): ReadonlySet<string> =>
  new Set(events.flatMap((event) => (event._tag === "ResourceLeftBehind" ? [`${event.kind} ${event.id}`] : [])))

/** All have ended. */
export const ended = Effect.map(
  snapshots,
  (all): Wrong =>
    all.flatMap(({ health, id, leftBehind, owner, state }) =>
      isEnded(state) && owner === null
        ? []
        : [
          `${id} is ${state}, owned by ${owner?.worker}, left ${JSON.stringify(leftBehind)}: ${JSON.stringify(health)}`
        ]
    )
)

/** Nothing of ours is left but what is for the sweep, and nothing of anybody else's is missing. */
export const remains = Effect.fnUntraced(function*(left: ReadonlySet<string>) {
  const world = yield* World
  const rooms = world.rooms().map(({ id }) => id)
  const mountpoints = world.mountpoints().map(({ id }) => id)
  return [
    ...world.mountpoints().flatMap(({ id, mark }) =>
      mark === null || left.has(`mountpoint ${id}`) ? [] : [`mountpoint ${id} of ${mark.broadcast}/${mark.run} is left`]
    ),
    ...world.rooms().flatMap(({ id, mark }) =>
      mark === null || left.has(`room ${id}`) ? [] : [`room ${id} of ${mark.broadcast}/${mark.run} is left`]
    ),
    ...world.forwarders().map(({ forward, publisher }) => `a forwarder of ${publisher} to ${forward.port} is left`),
    ...foreignRooms.filter((id) => !rooms.includes(id)).map((id) => `somebody's room ${id} is gone`),
    ...foreignMountpoints.filter((id) => !mountpoints.includes(id)).map((id) => `somebody's mountpoint ${id} is gone`),
    ...rooms.flatMap((id) => (world.watchers(id) === 0 ? [] : [`${world.watchers(id)} watchers are left in ${id}`]))
  ] satisfies Wrong
})
