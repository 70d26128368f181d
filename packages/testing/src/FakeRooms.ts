/**
 * Rooms in memory: the port's promises, kept by a fake media server.
 */
import { ServerUnavailable, Superseded, Unauthorized } from "@headend/core/Failure"
import { type Mark, ownerOf, sameOwner } from "@headend/core/Mark"
import type { RoomId } from "@headend/core/Room"
import {
  type OpenRoom,
  type Publishers,
  type RoomAccess,
  RoomMissing,
  RoomOccupied,
  Rooms,
  RoomTaken,
  type RoomWatch
} from "@headend/core/Rooms"
import { Deferred, Effect, Redacted } from "effect"
import { ask, call, type Fakes } from "./internal/call.ts"
import type { FakeRoom } from "./internal/mediaModel.ts"

/** What opens a room of ours: like a derived secret, it holds for one epoch. */
export interface OurRoom extends OpenRoom {
  readonly epoch: number
}

const open = (id: RoomId, mark: Mark): OurRoom => ({ id, owner: ownerOf(mark), created: true, epoch: mark.epoch })

export const make = (fakes: Fakes): Rooms["Service"] => {
  const { media } = fakes

  const take = Effect.fnUntraced(function*(one: FakeRoom, mark: Mark) {
    if (one.mark === null || !sameOwner(one.mark, ownerOf(mark))) return yield* new RoomTaken({ id: one.id })
    const { epoch } = one.mark
    if (epoch > mark.epoch) return yield* new Superseded({ resource: `room ${one.id}`, epoch })
    one.mark = mark
    return open(one.id, mark)
  })

  const watch = (id: FakeRoom["id"]): RoomWatch & { readonly close: () => void } => {
    const { losses } = media
    let changed = Deferred.makeUnsafe<void>()
    const close = media.watch(id, () => {
      Deferred.doneUnsafe(changed, Effect.void)
      changed = Deferred.makeUnsafe<void>()
    })
    const nobody: Publishers = []
    const now = () => media.rooms.get(id)?.publishers ?? nobody
    const next = (seen: Publishers): Effect.Effect<Publishers, ServerUnavailable | RoomMissing> =>
      Effect.suspend(() => {
        if (media.isAway || media.losses !== losses) {
          return Effect.fail(new ServerUnavailable({ server: "janus", reason: "the connection is lost" }))
        }
        if (!media.rooms.has(id)) return Effect.fail(new RoomMissing({ id }))
        const list = now()
        return list === seen ? Effect.andThen(Deferred.await(changed), next(seen)) : Effect.succeed(list)
      })
    return { now, next, close }
  }

  const enter = Effect.fnUntraced(function*(access: RoomAccess) {
    const room = media.rooms.get(access.id)
    if (room === undefined) return yield* new RoomMissing({ id: access.id })
    if (room.pin !== null && (access.pin === undefined || Redacted.value(access.pin) !== room.pin)) {
      return yield* new Unauthorized({ server: "janus", reason: `room ${access.id}: wrong pin` })
    }
    return watch(access.id)
  })

  return Rooms.of({
    ensure: (id, spec, mark) =>
      call(
        fakes,
        "rooms.ensure",
        id,
        Effect.fnUntraced(function*() {
          const there = media.rooms.get(id)
          if (there !== undefined) return yield* take(there, mark)
          media.addRoom(id, mark, {
            ...(spec.secret === undefined ? {} : { secret: Redacted.value(spec.secret) }),
            ...(spec.pin === undefined ? {} : { pin: Redacted.value(spec.pin) })
          }, spec)
          return open(id, mark)
        })
      ),
    find: (access) =>
      call(
        fakes,
        "rooms.find",
        access.id,
        Effect.fnUntraced(function*() {
          if (!media.rooms.has(access.id)) return yield* new RoomMissing({ id: access.id })
          return { ...access, created: false }
        })
      ),
    watch: (access) =>
      // not `acquireRelease`, whose finalizer keeps how it was acquired for as long as the broadcast lasts
      call(fakes, "rooms.watch", access.id, () => enter(access)).pipe(
        Effect.tap(({ close }) => Effect.addFinalizer(() => Effect.sync(close))),
        Effect.uninterruptible,
        Effect.map(({ next, now }): RoomWatch => ({ now, next }))
      ),
    destroy: (id, owner) =>
      call(fakes, "rooms.destroy", id, (now) =>
        Effect.suspend(() => {
          const room = media.rooms.get(id)
          if (room === undefined || room.mark === null || !sameOwner(room.mark, owner)) return Effect.void
          const others = room.guests + room.publishers.length
          if (others > 0) return Effect.fail(new RoomOccupied({ id, others }))
          media.removeRoom(id, now)
          return Effect.void
        })),
    marked: (instance) =>
      ask(
        fakes,
        () =>
          Effect.succeed([...media.rooms.values()].flatMap((one) =>
            one.mark?.instance === instance ? [{ id: one.id, mark: one.mark }] : []
          ))
      ),
    plan: (id) => Effect.succeed([{ hop: "publisher" as const, does: `create room ${id}` }])
  })
}
