/**
 * What scenarios ask again and again: what the world holds, what was told, what a hop says.
 */
import { assert } from "@effect/vitest"
import type { BroadcastEvent } from "@headend/core/BroadcastEvent"
import { Broadcasts } from "@headend/core/Broadcasts"
import type { HopName } from "@headend/core/Failure"
import type { PublishedTrack } from "@headend/core/Room"
import type { Snapshot } from "@headend/core/Snapshot"
import { World } from "@headend/testing/World"
import { Effect, Stream } from "effect"
import { step } from "./station.ts"

/** A publisher's tracks, `audio:opus`, `video:h264`, `data`; their mids are 0, 1, … */
export const tracks = (...list: ReadonlyArray<string>): ReadonlyArray<PublishedTrack> =>
  list.map((one, i) => {
    const [type, codec = null] = one.split(":")
    return { mid: String(i), type: type as PublishedTrack["type"], codec }
  })

/** What the media server holds. */
export const held = (world: World["Service"]) => ({
  mountpoints: world.mountpoints().map((one) => one.id),
  rooms: world.rooms().map((one) => one.id),
  forwarders: world.forwarders().length
})

/** Where what is forwarded comes from and goes to: `0>a`, `1>v`. */
export const wiring = (world: World["Service"]): ReadonlyArray<string> =>
  world.forwarders().map(({ forward }) => `${forward.sourceMid}>${forward.mid}`)

/** Nothing of ours is left: the media server holds this, and no more. */
export const assertLeft = (
  world: World["Service"],
  foreign: { readonly mountpoints?: ReadonlyArray<number>; readonly rooms?: ReadonlyArray<number> } = {}
) =>
  assert.deepStrictEqual(held(world), {
    mountpoints: [...foreign.mountpoints ?? []],
    rooms: [...foreign.rooms ?? []],
    forwarders: 0
  })

export const hop = (snapshot: Snapshot, name: HopName) => snapshot.health.hops.find((one) => one.hop === name)

/** Everything that is told from now on. */
export const record = Effect.gen(function*() {
  const broadcasts = yield* Broadcasts
  const events: Array<BroadcastEvent> = []
  const from = yield* broadcasts.position
  yield* broadcasts.changes(from).pipe(
    Stream.runForEach((event) => Effect.sync(() => void events.push(event))),
    Effect.forkScoped
  )
  return {
    events,
    states: (id: string) =>
      events.flatMap((event) => event._tag === "BroadcastStateChanged" && event.broadcast === id ? [event.to] : []),
    resources: (id: string) =>
      events.flatMap((event) =>
        event._tag.startsWith("Resource") && event.broadcast === id && "kind" in event
          ? [`${event._tag} ${event.kind} ${event.id}`]
          : []
      )
  }
})

/** Lets time pass until it is so; dies after a virtual minute. */
export const untilSo = Effect.fnUntraced(function*(what: string, isSo: () => boolean) {
  for (let i = 0; i < 600; i++) {
    if (isSo()) return
    yield* step
  }
  return yield* Effect.die(new Error(`not so after a minute: ${what}`))
})

/** The same, asked of the snapshot. */
export const untilSnapshot = Effect.fnUntraced(function*(id: string, isSo: (snapshot: Snapshot) => boolean) {
  const broadcasts = yield* Broadcasts
  for (let i = 0; i < 600; i++) {
    const snapshot = yield* Effect.orDie(broadcasts.get(id))
    if (isSo(snapshot)) return snapshot
    yield* step
  }
  const snapshot = yield* Effect.orDie(broadcasts.get(id))
  return yield* Effect.die(new Error(`not so after a minute: ${JSON.stringify(snapshot, null, 1)}`))
})
