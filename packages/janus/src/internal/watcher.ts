// Who publishes in a room, as told to one who has joined it and sends nothing.
import type { ServerUnavailable } from "@headend/core/Failure"
import type { PublishedTrack, Publisher, PublisherId, RoomId } from "@headend/core/Room"
import { type Publishers, RoomMissing, type RoomWatch } from "@headend/core/Rooms"
import { Effect, Option, Schema } from "effect"
import { Id, reader } from "./decode.ts"
import { unavailable } from "./exchange.ts"
import type { HandleEvent } from "./janode.ts"

const optional = Schema.optionalKey

const Stream = Schema.Struct({
  type: Schema.String,
  mid: optional(Schema.String),
  codec: optional(Schema.String),
  disabled: optional(Schema.Boolean)
})

const PublisherEntry = Schema.Struct({
  id: Id,
  display: optional(Schema.String),
  /** Janus' own placeholder: it sends nothing. */
  dummy: optional(Schema.Boolean),
  streams: optional(Schema.Array(Stream))
})
type PublisherEntry = typeof PublisherEntry.Type

export const Joined = Schema.Struct({
  videoroom: Schema.Literal("joined"),
  id: Id,
  publishers: optional(Schema.Array(PublisherEntry))
})

const RoomEvent = Schema.Struct({
  videoroom: Schema.String,
  publishers: optional(Schema.Array(PublisherEntry)),
  /** An id, or `ok` for ourselves. */
  unpublished: optional(Id),
  leaving: optional(Id),
  kicked: optional(Id)
})
const decodeEvent = reader(RoomEvent)

const isType = (type: string): type is PublishedTrack["type"] => type === "audio" || type === "video" || type === "data"

const toPublisher = (entry: PublisherEntry): Publisher => ({
  id: entry.id,
  display: entry.display ?? null,
  tracks: (entry.streams ?? []).flatMap(({ codec, disabled, mid, type }) =>
    mid === undefined || disabled === true || !isType(type) ? [] : [{ mid, type, codec: codec ?? null }]
  )
})

export class Watcher implements RoomWatch {
  readonly #room: RoomId
  #publishers: Publishers = []
  /** Why it is over. An error is made when somebody is there to hear it. */
  #ended: (() => ServerUnavailable | RoomMissing) | undefined
  // events that came before the answer to the join was read
  #early: Array<HandleEvent> | undefined = []
  readonly #waiting = new Set<() => void>()

  constructor(room: RoomId) {
    this.#room = room
  }

  /** The answer to the join: who was there. */
  joined(publishers: typeof Joined.Type["publishers"]) {
    const early = this.#early ?? []
    this.#early = undefined
    this.#publishers = (publishers ?? []).filter((entry) => entry.dummy !== true).map(toPublisher)
    for (const event of early) this.hear(event)
  }

  hear = (event: HandleEvent): void => {
    if (event.type === "detached") return this.#end(() => unavailable("our watcher lost its connection"))
    if (this.#early !== undefined) return void this.#early.push(event)
    if (event.type !== "plugin") return
    const told = Option.getOrUndefined(decodeEvent(event.data))
    if (told === undefined) return
    if (told.videoroom === "destroyed") return this.#end(() => new RoomMissing({ id: this.#room }))
    if (told.leaving === "ok") {
      return this.#end(() => unavailable(`our watcher was thrown out of room ${this.#room}`))
    }
    for (const id of [told.unpublished, told.leaving, told.kicked]) if (id !== undefined) this.#remove(id)
    if (told.publishers !== undefined) this.#add(told.publishers)
  }

  /** We took it out of the room. */
  left() {
    this.#end(() => unavailable(`our watcher has left room ${this.#room}`))
  }

  /** It is out of the room, whoever took it out. */
  isOver(): boolean {
    return this.#ended !== undefined
  }

  now = (): Publishers => this.#publishers

  next = (seen: Publishers): Effect.Effect<Publishers, ServerUnavailable | RoomMissing> =>
    Effect.callback((resume) => {
      const look = () => {
        if (this.#ended !== undefined) resume(Effect.fail(this.#ended()))
        else if (this.#publishers !== seen) resume(Effect.succeed(this.#publishers))
        else return false
        this.#waiting.delete(look)
        return true
      }
      if (look()) return
      this.#waiting.add(look)
      return Effect.sync(() => this.#waiting.delete(look))
    })

  #add(entries: ReadonlyArray<PublisherEntry>) {
    const real = entries.filter((entry) => entry.dummy !== true).map(toPublisher)
    if (real.length === 0) return
    const told = new Set(real.map((publisher) => publisher.id))
    this.#change([...this.#publishers.filter((publisher) => !told.has(publisher.id)), ...real])
  }

  #remove(id: PublisherId) {
    if (this.#publishers.some((publisher) => publisher.id === id)) {
      this.#change(this.#publishers.filter((publisher) => publisher.id !== id))
    }
  }

  #change(publishers: Publishers) {
    this.#publishers = publishers
    this.#wake()
  }

  #end(reason: () => ServerUnavailable | RoomMissing) {
    this.#ended ??= reason
    this.#wake()
  }

  #wake() {
    for (const look of this.#waiting) look()
  }
}
