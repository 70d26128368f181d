/**
 * Rooms on the media server, and who publishes in them.
 *
 * A room outlives the process that made it and carries our mark, like a mountpoint. Other people may be in it: a room
 * with others inside is never destroyed.
 */
import { Context, type Effect, type Redacted, Schema, type Scope } from "effect"
import { type Failure, failureOf, type ServerUnavailable, type Superseded, type Unauthorized } from "./Failure.ts"
import type { Mark, Owner } from "./Mark.ts"
import type { PlanStep } from "./Plan.ts"
import { type Publisher, RoomId, type RoomSpec } from "./Room.ts"

/** How to get into a room. */
export interface RoomAccess {
  readonly id: RoomId
  /** Given for a room of ours: its secret is then found through its mark when it is not given. */
  readonly owner?: Owner
  /** Needed to forward from it. */
  readonly secret?: Redacted.Redacted
  /** Needed to join it. */
  readonly pin?: Redacted.Redacted
}

/** A room that is there, with what is needed to use it. */
export interface OpenRoom extends RoomAccess {
  /** We made it, and destroy it. */
  readonly created: boolean
}

/** Who publishes in a room now. A new list for every change: compare by identity. */
export type Publishers = ReadonlyArray<Publisher>

/** Our watcher in a room. */
export interface RoomWatch {
  /** Who publishes now. */
  readonly now: () => Publishers
  /** Waits until the list is another one than `seen`; fails when the watcher is thrown out or Janus is lost. */
  readonly next: (seen: Publishers) => Effect.Effect<Publishers, ServerUnavailable | RoomMissing>
}

export class Rooms extends Context.Service<Rooms, {
  /** Makes the room, or takes back the one that an earlier owner of this run made. Safe to repeat. */
  readonly ensure: (
    id: RoomId,
    spec: RoomSpec,
    mark: Mark
  ) => Effect.Effect<OpenRoom, RoomTaken | RoomRefused | RoomInvalid | Superseded | Unauthorized | ServerUnavailable>

  /** Finds one to use that somebody else made. */
  readonly find: (access: RoomAccess) => Effect.Effect<OpenRoom, RoomMissing | RoomInvalid | ServerUnavailable>

  /**
   * Joins as a watcher who sends nothing, and follows who publishes. The scope takes the watcher out again.
   */
  readonly watch: (
    access: RoomAccess
  ) => Effect.Effect<RoomWatch, RoomMissing | Unauthorized | RoomRefused | RoomInvalid | ServerUnavailable, Scope.Scope>

  /**
   * Destroys it if it carries this owner's mark and nobody else is in it. One that is not there, or is another's, is
   * left: that is done. With others inside it fails with `RoomOccupied`.
   */
  readonly destroy: (id: RoomId, owner: Owner) => Effect.Effect<void, RoomOccupied | ServerUnavailable | Unauthorized>

  /** All that carry a mark of this installation, for the sweep. */
  readonly marked: (
    instance: string
  ) => Effect.Effect<ReadonlyArray<{ readonly id: RoomId; readonly mark: Mark }>, ServerUnavailable | Unauthorized>

  /** What `ensure` would ask of the server, redacted; touches nothing. */
  readonly plan: (id: RoomId, spec: RoomSpec, mark: Mark) => Effect.Effect<ReadonlyArray<PlanStep>>
}>()("@headend/core/Rooms") {}

/** There is no such room. */
export class RoomMissing extends Schema.TaggedError<RoomMissing>()("RoomMissing", { id: RoomId }) {
  override get message() {
    return `there is no room ${this.id}`
  }
  get failure(): Failure {
    return failureOf("room_missing")
  }
}

/** The id is taken by someone else's room. */
export class RoomTaken extends Schema.TaggedError<RoomTaken>()("RoomTaken", { id: RoomId }) {
  override get message() {
    return `room ${this.id} exists already and is not ours: choose another id, or use it with ifMissing "fail"`
  }
  get failure(): Failure {
    return failureOf("room_taken")
  }
}

/** The server would not let us make or join it: full, or something it does not explain. */
export class RoomRefused extends Schema.TaggedError<RoomRefused>()("RoomRefused", {
  id: RoomId,
  reason: Schema.String
}) {
  override get message() {
    return `room ${this.id} was refused: ${this.reason}`
  }
  get failure(): Failure {
    return failureOf("room_refused")
  }
}

/** The server cannot make or find it, now or later: a field that it does not take, or an id of the wrong kind. */
export class RoomInvalid extends Schema.TaggedError<RoomInvalid>()("RoomInvalid", {
  id: RoomId,
  reason: Schema.String
}) {
  override get message() {
    return `room ${this.id} is not possible on this server: ${this.reason}`
  }
  get failure(): Failure {
    return failureOf("room_invalid")
  }
}

/** Other people are still in a room of ours. It is swept once it is empty. */
export class RoomOccupied extends Schema.TaggedError<RoomOccupied>()("RoomOccupied", {
  id: RoomId,
  others: Schema.Int
}) {
  override get message() {
    return `room ${this.id} still has ${this.others} other people in it`
  }
}
