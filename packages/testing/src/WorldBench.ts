/**
 * The bench of the contract suites on the fakes of the world: for what is built around the ports, without a media server.
 */
import type { Forwarders } from "@headend/core/Forwarders"
import type { Mountpoints } from "@headend/core/Mountpoints"
import type { Rooms } from "@headend/core/Rooms"
import { Effect, Layer, Redacted } from "effect"
import { MediaBench, type Ports } from "./MediaBench.ts"
import * as World from "./World.ts"

const bench = Effect.gen(function*() {
  const world = yield* World.World
  const ports = yield* Effect.context<Ports>()
  const roomOf = (id: string | number) => world.rooms().find((one) => one.id === id)
  let joined = 0
  return MediaBench.of({
    makeMountpoint: Effect.fnUntraced(function*(id, secret) {
      yield* world.foreignMountpoint({
        id,
        type: "rtp",
        ...(secret === undefined ? {} : { secret }),
        media: [{ type: "audio", mid: "a" }, { type: "video", mid: "v" }]
      })
      return world.mountpoints().find((one) => one.id === id)?.tracks ?? []
    }),
    makeRoom: (id, { pin, secret } = {}) =>
      world.foreignRoom(id, {
        ...(secret === undefined ? {} : { secret: Redacted.value(secret) }),
        ...(pin === undefined ? {} : { pin: Redacted.value(pin) })
      }),
    destroyRoom: (id) => world.destroyRoom(id),
    mountpoints: Effect.sync(() => world.mountpoints().map((one) => one.id)),
    rooms: Effect.sync(() => world.rooms().map((one) => one.id)),
    publish: ({ id: room }, options) =>
      Effect.acquireRelease(world.publish(room, options), ({ id }) => world.leave(room, id)).pipe(
        Effect.map(({ id }) => ({ id, leave: world.leave(room, id) }))
      ),
    join: ({ id: room }) => {
      const guests = (more: number) => Effect.suspend(() => world.guests(room, (roomOf(room)?.guests ?? 0) + more))
      let isThere = true
      const leave = Effect.suspend(() => {
        const was = isThere
        isThere = false
        return was ? guests(-1) : Effect.void
      })
      return Effect.as(Effect.acquireRelease(guests(1), () => leave), { id: `guest-${++joined}`, leave })
    },
    forwarders: (room) =>
      Effect.sync(() =>
        [...roomOf(room)?.forwarders.values() ?? []].map(({ forward: { host, port }, publisher, streamId }) => ({
          host,
          port,
          publisher,
          streamId
        }))
      ),
    restart: Effect.andThen(world.kill, world.restart),
    another: Effect.succeed(ports)
  })
})

/** The fakes, and the bench. */
export const layer = Layer.provideMerge(
  Layer.effect(MediaBench, bench),
  World.layer
) satisfies Layer.Layer<Mountpoints | Rooms | Forwarders | MediaBench>
