/**
 * Rooms of the Janus VideoRoom plugin. Like a mountpoint, a room is found again by its id and its mark, and taken over
 * by swapping the secret; its mark is a prefix of its description.
 */
import { Superseded } from "@headend/core/Failure"
import { Keyring } from "@headend/core/Keyring"
import { type Mark, type Marked, type Owner, ownerOf, sameOwner, toDescription } from "@headend/core/Mark"
import type { RoomId, RoomSpec } from "@headend/core/Room"
import {
  type OpenRoom,
  type RoomAccess,
  RoomMissing,
  RoomOccupied,
  RoomRefused,
  Rooms,
  RoomTaken
} from "@headend/core/Rooms"
import { Effect, Layer, Redacted } from "effect"
import { answer } from "./internal/decode.ts"
import * as Ownership from "./internal/ownership.ts"
import * as OwnRooms from "./internal/ownRooms.ts"
import * as Refusal from "./internal/refusal.ts"
import { Joined, Watcher } from "./internal/watcher.ts"
import * as Wire from "./internal/wire.ts"
import { JanusConnection } from "./JanusConnection.ts"
import { isInvalid, isUnauthorized, unauthorized, unexpected, videoroom as codes } from "./JanusError.ts"
import { VideoRoomHandle } from "./VideoRoomHandle.ts"

const decodeJoined = answer("join", Joined)

/** Under what name our watchers join. */
const display = "headend"

const open = (id: RoomId, spec: RoomSpec, mark: Mark): OpenRoom => ({
  id,
  created: true,
  owner: ownerOf(mark),
  ...(spec.pin === undefined ? {} : { pin: spec.pin })
})

const make = Effect.gen(function*() {
  const connection = yield* JanusConnection
  const videoroom = yield* VideoRoomHandle
  const keyring = yield* Keyring
  const rooms = yield* OwnRooms.OwnRooms

  const describe = (spec: RoomSpec, mark: Mark, origin: Ownership.Secret["origin"] | undefined) =>
    toDescription(
      {
        mark,
        ...(origin === undefined ? {} : { secret: origin }),
        ...(spec.permanent === true ? { permanent: true as const } : {})
      },
      spec.description ?? ""
    )

  /** Our own way into a room that is restricted to tokens. */
  const tokenFor = (id: RoomId, spec: RoomSpec, mark: Mark) =>
    spec.allowed === undefined
      ? Effect.undefined
      : Effect.map(
        Effect.orDie(keyring.derive(keyring.keyId, ["watcher", mark.instance, mark.broadcast, mark.run, id])),
        Redacted.value
      )

  /** Somebody has the id already: an earlier owner of this run, or a stranger. */
  const takeBack = Effect.fnUntraced(function*(
    id: RoomId,
    mark: Mark,
    own: Ownership.Secret,
    description: string,
    token: string | undefined
  ) {
    const listed = (yield* rooms.list).get(id)
    if (listed === undefined) {
      return yield* new RoomRefused({ id, reason: "it exists but is not listed: is the VideoRoom admin key right?" })
    }
    const { marked } = listed
    if (marked === undefined || !sameOwner(ownerOf(marked.mark), ownerOf(mark))) return yield* new RoomTaken({ id })
    if (marked.mark.epoch > mark.epoch) {
      return yield* new Superseded({ resource: `room ${id}`, epoch: marked.mark.epoch })
    }
    if (marked.mark.epoch < mark.epoch || !sameSecret(marked, own)) {
      const old = (yield* Ownership.recall(keyring, "room", id, marked)) ?? own.secret
      yield* videoroom.edit(id, old, {
        new_secret: Redacted.value(own.secret),
        new_description: description,
        ...(marked.permanent === true ? { permanent: true } : {})
      }).pipe(Effect.catchTag("JanusRefused", (error) =>
        Effect.fail(
          error.code === codes.unauthorized ? new Superseded({ resource: `room ${id}`, epoch: null }) : error
        )))
      if (token !== undefined) yield* videoroom.allow(id, own.secret, [token])
    }
  })

  const ensure = Effect.fnUntraced(function*(id: RoomId, spec: RoomSpec, mark: Mark) {
    const own = yield* Ownership.choose(keyring, "room", id, mark, spec.secret)
    const token = yield* tokenFor(id, spec, mark)
    const description = describe(spec, mark, own.origin)
    yield* videoroom.create(Wire.room(id, spec, { secret: Redacted.value(own.secret), description, token })).pipe(
      Effect.catchTag("JanusRefused", (error) =>
        error.code === codes.roomExists
          ? Effect.catchTag(takeBack(id, mark, own, description, token), "JanusRefused", (second) =>
            Effect.fail(Refusal.room(id, second)))
          : Effect.fail(Refusal.room(id, error)))
    )
    rooms.memory.keep(id, mark, {
      secret: own.secret,
      permanent: spec.permanent === true,
      ...(token === undefined ? {} : { token })
    })
    return open(id, spec, mark)
  }, Effect.uninterruptible)

  const find = (access: RoomAccess) =>
    videoroom.exists(access.id).pipe(
      Effect.catchTag("JanusRefused", (error) =>
        Effect.fail(isInvalid(error) ? Refusal.invalidRoom(access.id, error) : unexpected(error))),
      Effect.flatMap((exists): Effect.Effect<OpenRoom, RoomMissing> =>
        exists ? Effect.succeed({ ...access, created: false }) : Effect.fail(new RoomMissing({ id: access.id }))
      )
    )

  const watch = Effect.fnUntraced(
    function*(access: RoomAccess) {
      const { id, pin } = access
      const watcher = new Watcher(id)
      const handle = yield* connection.attach("videoroom", watcher.hear)
      const token = rooms.memory.get(id)?.token
      const { data } = yield* handle.request({
        request: "join",
        ptype: "publisher",
        room: id,
        display,
        ...(pin === undefined ? {} : { pin: Redacted.value(pin) }),
        ...(token === undefined ? {} : { token })
      })
      const joined = yield* decodeJoined(data)
      // Janus takes a participant out some time after the handle was detached, but before it answers `leave`
      const leave = Effect.suspend(() => {
        if (watcher.isOver()) return Effect.void
        watcher.left()
        return Effect.ignore(handle.request({ request: "leave" }))
      })
      const member: OwnRooms.Member = { id: joined.id, leave }
      yield* Effect.acquireRelease(
        Effect.sync(() => rooms.enter(id, member)),
        () => {
          rooms.exit(id, member)
          return leave
        }
      )
      watcher.joined(joined.publishers)
      return watcher
    },
    (effect, { id }) =>
      Effect.catchTag(
        effect,
        "JanusRefused",
        (error) => Effect.fail(error.code === codes.noSuchRoom ? new RoomMissing({ id }) : Refusal.room(id, error))
      )
  )

  const empty = Effect.fnUntraced(function*(id: RoomId) {
    const ours = rooms.members(id)
    yield* Effect.forEach(ours, (member) => member.leave, { concurrency: 4, discard: true })
    const known = new Set(ours.map((member) => member.id))
    const others = (yield* videoroom.participants(id)).filter((one) => !known.has(one.id) && one.dummy !== true)
    if (others.length > 0) return yield* new RoomOccupied({ id, others: others.length })
  })

  const undoByMark = Effect.fnUntraced(function*(id: RoomId, owner: Owner) {
    const marked = yield* rooms.marked(id, owner)
    if (marked === undefined) return
    const secret = yield* Ownership.recall(keyring, "room", id, marked)
    yield* empty(id)
    yield* videoroom.destroy(id, secret, marked.permanent === true)
  })

  const destroy = (id: RoomId, owner: Owner) =>
    Effect.suspend(() => {
      const owned = rooms.memory.of(id, owner)
      if (owned === undefined) return undoByMark(id, owner)
      return Effect.andThen(empty(id), videoroom.destroy(id, owned.secret, owned.permanent)).pipe(
        // another owner has swapped the secret since
        Effect.catchTag("JanusRefused", (error) =>
          error.code === codes.unauthorized ? undoByMark(id, owner) : Effect.fail(error))
      )
    }).pipe(
      Effect.catchTag("JanusRefused", (error) => {
        if (error.code === codes.noSuchRoom) {
          return Effect.void
        }
        return Effect.fail(isUnauthorized(error) ? unauthorized(`room ${id}`, error) : unexpected(error))
      }),
      Effect.tap(() =>
        Effect.sync(() => rooms.memory.forget(id))
      ),
      Effect.uninterruptible
    )

  const marked = (instance: string) =>
    Effect.map(
      rooms.list,
      (all) =>
        [...all].flatMap(([id, { marked }]) => marked?.mark.instance === instance ? [{ id, mark: marked.mark }] : [])
    )

  const plan = (id: RoomId, spec: RoomSpec, mark: Mark) =>
    Effect.sync(() => {
      const description = describe(spec, mark, spec.secret === undefined ? { derived: keyring.keyId } : undefined)
      const body = Wire.room(id, spec, { secret: "***", description, token: undefined })
      return [{
        hop: "publisher" as const,
        does: `create room ${id}`,
        server: "janus",
        request: Wire.redact(videoroom.createRequest(body))
      }]
    })

  return Rooms.of({ ensure, find, watch, destroy, marked, plan })
})

// sealed anew each time, so only the kind can be compared; a derived one is the same when its key is
const sameSecret = ({ secret }: Marked, own: Ownership.Secret) => {
  if (secret === undefined) return false
  if ("sealed" in secret || "sealed" in own.origin) return "sealed" in secret && "sealed" in own.origin
  return secret.derived === own.origin.derived
}

/** Rooms of the Janus VideoRoom plugin. */
export const layer: Layer.Layer<Rooms, never, VideoRoomHandle | JanusConnection | Keyring> = Layer.provide(
  Layer.effect(Rooms, make),
  OwnRooms.layer
)
