// What the ports of one process share about rooms: which are ours and how their secrets are found, and who of the
// people in them is ours. Rooms have no `info`; their marks are read from `list`, one request for all who ask at once.
import type { ServerUnavailable, Unauthorized } from "@headend/core/Failure"
import { Keyring } from "@headend/core/Keyring"
import { fromDescription, type Marked, type Owner, ownerOf, sameOwner } from "@headend/core/Mark"
import type { PublisherId, RoomId } from "@headend/core/Room"
import type { RoomAccess } from "@headend/core/Rooms"
import { Context, Deferred, Effect, Exit, Layer, Option, type Redacted } from "effect"
import { JanusConnection } from "../JanusConnection.ts"
import { isUnauthorized, unauthorized, unexpected } from "../JanusError.ts"
import { VideoRoomHandle } from "../VideoRoomHandle.ts"
import { Memory, recall } from "./ownership.ts"

export interface Listed {
  /** Absent for somebody else's. */
  readonly marked: Marked | undefined
  readonly isEmpty: boolean
}

/** All rooms that Janus shows. */
export type List = ReadonlyMap<RoomId, Listed>

/** One of us in a room. */
export interface Member {
  readonly id: PublisherId
  readonly leave: Effect.Effect<void>
}

type Listing = Deferred.Deferred<List, ServerUnavailable | Unauthorized>

export class OwnRooms extends Context.Service<OwnRooms, {
  readonly memory: Memory
  /** A list that was asked for after this call. */
  readonly list: Effect.Effect<List, ServerUnavailable | Unauthorized>
  /** The secret of a room, if one is known. */
  readonly secretOf: (
    access: RoomAccess
  ) => Effect.Effect<Redacted.Redacted | undefined, ServerUnavailable | Unauthorized>
  readonly marked: (
    id: RoomId,
    owner: Owner
  ) => Effect.Effect<Marked | undefined, ServerUnavailable | Unauthorized>
  readonly enter: (room: RoomId, member: Member) => void
  readonly exit: (room: RoomId, member: Member) => void
  readonly members: (room: RoomId) => ReadonlyArray<Member>
}>()("@headend/janus/internal/OwnRooms") {}

const make = Effect.gen(function*() {
  const connection = yield* JanusConnection
  const videoroom = yield* VideoRoomHandle
  const keyring = yield* Keyring
  const memory = new Memory(connection.epoch)
  const inside = new Map<RoomId, Set<Member>>()

  const ask = Effect.map(
    Effect.catchTag(
      videoroom.list,
      "JanusRefused",
      (error) => Effect.fail(isUnauthorized(error) ? unauthorized("the list of rooms", error) : unexpected(error))
    ),
    (rooms): List =>
      new Map(rooms.map(({ description, num_participants, room }) => [room, {
        marked: Option.getOrUndefined(fromDescription(description)),
        isEmpty: num_participants === 0
      }]))
  )

  let running: Listing | undefined
  let next: Listing | undefined
  // the first who asks waits for a list that is under way, then asks for all who came meanwhile
  const list = Effect.suspend(() => {
    if (next !== undefined) return Deferred.await(next)
    const mine: Listing = Deferred.makeUnsafe()
    next = mine
    const before = running === undefined ? Effect.void : Effect.exit(Deferred.await(running))
    return Effect.uninterruptible(
      Effect.flatMap(
        Effect.andThen(
          before,
          Effect.suspend(() => {
            next = undefined
            running = mine
            return Effect.exit(ask)
          })
        ),
        (exit) => {
          if (running === mine) running = undefined
          Deferred.doneUnsafe(mine, exit)
          return Exit.isSuccess(exit) ? Effect.succeed(exit.value) : Effect.failCause(exit.cause)
        }
      )
    )
  })

  const marked = (id: RoomId, owner: Owner) =>
    Effect.map(list, (rooms) => {
      const found = rooms.get(id)?.marked
      return found !== undefined && sameOwner(ownerOf(found.mark), owner) ? found : undefined
    })

  const secretOf = (access: RoomAccess) =>
    Effect.suspend(() => {
      if (access.secret !== undefined) return Effect.succeed(access.secret)
      const { id, owner } = access
      if (owner === undefined) return Effect.undefined
      const owned = memory.of(id, owner)
      if (owned !== undefined) return Effect.succeed(owned.secret)
      return Effect.flatMap(marked(id, owner), (found) =>
        found === undefined ? Effect.undefined : recall(keyring, "room", id, found))
    })

  return OwnRooms.of({
    memory,
    list,
    marked,
    secretOf,
    enter: (room, member) => {
      const members = inside.get(room)
      if (members === undefined) inside.set(room, new Set([member]))
      else members.add(member)
    },
    exit: (room, member) => {
      const members = inside.get(room)
      if (members?.delete(member) === true && members.size === 0) inside.delete(room)
    },
    members: (room) => [...(inside.get(room) ?? [])]
  })
})

/** Built once, whoever of the ports asks first. */
export const layer: Layer.Layer<OwnRooms, never, VideoRoomHandle | JanusConnection | Keyring> = Layer.effect(
  OwnRooms,
  make
)
