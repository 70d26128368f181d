/**
 * The room of a source: one that exists and is used, or one of ours, made, on the ledger, and destroyed at the end.
 */
import { Effect, type Redacted, Schema } from "effect"
import * as Holding from "../Holding.ts"
import { Keyring } from "../Keyring.ts"
import { Owner, ownerOf } from "../Mark.ts"
import { generatedId } from "../Place.ts"
import { RoomId, type RoomSpec } from "../Room.ts"
import { type OpenRoom, type RoomAccess, Rooms } from "../Rooms.ts"
import type { Opening } from "../Source.ts"
import * as Tracks from "../Track.ts"
import type { Track } from "../Track.ts"
import type { RoomChoice } from "./schemas.ts"

/** A room of ours, on the ledger. With other people still in it, it is left, and swept once it is empty. */
export const RoomHeld = Holding.make({
  kind: "room",
  schema: Schema.Struct({ id: RoomId, owner: Owner }),
  key: (held) => String(held.id),
  undo: ({ id, owner }) =>
    Effect.catchTag(
      Rooms.use((rooms) => rooms.destroy(id, owner)),
      ["RoomOccupied", "Unauthorized"],
      (error) => Effect.fail(new Holding.LeftBehind({ kind: "room", id: String(id), reason: error.message }))
    )
})

const anyVideo = ["h264", "vp8", "vp9", "av1"] as const

/** What is made, with the codecs of the mountpoint unless the specification names others. */
export const complete = (spec: RoomSpec, tracks: ReadonlyArray<Track>): RoomSpec => {
  const completed = Tracks.complete(tracks)
  const audio = completed.flatMap((track) => (track.type === "audio" ? [track.codec ?? "opus"] : []))
  const video = completed.flatMap((track) => (track.type === "video" ? [track.codec ?? "h264"] : []))
  return {
    ...spec,
    audioCodecs: spec.audioCodecs ?? (audio.length > 0 ? audio : ["opus"]),
    videoCodecs: spec.videoCodecs ?? (video.length > 0 ? video : anyVideo)
  }
}

/** The pin of a room of our own, which nobody but we need to know. */
export const pin = (
  owner: Owner,
  keyId: string
): Effect.Effect<Redacted.Redacted, never, Keyring> =>
  Effect.orDie(Keyring.use((keyring) => keyring.derive(keyId, ["pin", owner.instance, owner.broadcast, owner.run])))

/** What a room of our own is made with. */
export const ownSpec = (broadcast: string, pin: Redacted.Redacted): RoomSpec => ({
  description: broadcast,
  private: true,
  pin
})

/** A room of our own under a generated id: private, with a pin. */
export const own = Effect.fnUntraced(function*(opening: Opening) {
  const secret = yield* pin(opening.mark, opening.keyId)
  const id = generatedId(opening.mark)
  return yield* create(id, ownSpec(opening.broadcast, secret), opening)
})

const create = Effect.fnUntraced(function*(id: RoomId, spec: RoomSpec, opening: Opening) {
  const rooms = yield* Rooms
  const room = yield* Holding.making(
    RoomHeld,
    { id, owner: ownerOf(opening.mark) },
    ["RoomTaken", "RoomRefused", "RoomInvalid", "Unauthorized"],
    rooms.ensure(id, complete(spec, opening.place.known), opening.mark)
  )
  const access: OpenRoom = spec.pin === undefined ? room : { ...room, pin: spec.pin }
  return access
})

/** Secret and pin of the room that a specification names, wherever they are given: beside its id, or in its `spec`. */
const keysOf = (choice: RoomChoice): Pick<RoomSpec, "secret" | "pin"> => {
  const secret = choice.secret ?? choice.spec?.secret
  const pin = choice.pin ?? choice.spec?.pin
  return { ...(secret === undefined ? {} : { secret }), ...(pin === undefined ? {} : { pin }) }
}

/** How to get into the room that a specification names. */
export const accessOf = (choice: RoomChoice): RoomAccess => ({ id: choice.id, ...keysOf(choice) })

/** What is made when the room that a specification names is missing, and may be made. */
export const specOf = (choice: RoomChoice): RoomSpec => ({ ...choice.spec, ...keysOf(choice) })

/** The room that a specification names: used when it exists, made when it may be. */
export const use = Effect.fnUntraced(function*(choice: RoomChoice, opening: Opening) {
  const rooms = yield* Rooms
  const access = accessOf(choice)
  if (choice.ifMissing !== "create") return yield* rooms.find(access)
  return yield* Effect.catchTag(create(choice.id, specOf(choice), opening), "RoomTaken", () => rooms.find(access))
})
