/**
 * Mountpoints on the media server.
 *
 * A mountpoint outlives the process that made it. It carries our mark, by which a later owner of the same run finds it
 * again. One without our mark belongs to someone else and is never changed or destroyed by us.
 */
import { Context, type Effect, Schema } from "effect"
import { type Failure, failureOf, type ServerUnavailable, type Superseded, type Unauthorized } from "./Failure.ts"
import type { Mark, Owner } from "./Mark.ts"
import {
  type Adopted,
  type Mountpoint,
  MountpointId,
  type MountpointReading,
  type MountpointSpec,
  type Target
} from "./Mountpoint.ts"
import type { PlanStep } from "./Plan.ts"
import type { PlacedTrack } from "./Track.ts"

export class Mountpoints extends Context.Service<Mountpoints, {
  /**
   * Makes the mountpoint, or takes back the one that an earlier owner of this run made: its secret is swapped for the
   * epoch's. Safe to repeat. One bounded request at a time, uninterruptible while it is under way, never a retry.
   *
   * `formerly`: its tracks as they were before the server lost it. Where the server is to choose a port, the former one is
   * asked for, and another taken when somebody has it by now: who sends there goes on if nothing has changed.
   */
  readonly ensure: (
    spec: MountpointSpec & { readonly id: MountpointId },
    mark: Mark,
    formerly?: ReadonlyArray<PlacedTrack>
  ) => Effect.Effect<
    Mountpoint,
    MountpointTaken | MountpointRefused | MountpointInvalid | Superseded | Unauthorized | ServerUnavailable
  >

  /** Finds one to use that somebody else made. */
  readonly find: (
    adopted: Adopted
  ) => Effect.Effect<Mountpoint, MountpointMissing | MountpointUnreadable | MountpointInvalid | ServerUnavailable>

  /** Waits until the media server can be asked; at once when it can. A broadcast whose server is away waits here. */
  readonly available: Effect.Effect<void>

  /** How fresh its media is. */
  readonly read: (id: MountpointId) => Effect.Effect<MountpointReading, MountpointMissing | ServerUnavailable>

  /** The mark it carries: `null` for none of ours. The epoch in it is the last word on who owns the broadcast. */
  readonly mark: (
    id: MountpointId
  ) => Effect.Effect<Mark | null, MountpointMissing | MountpointInvalid | ServerUnavailable>

  /**
   * Raises the epoch in the mark of one that carries this owner's, before it is destroyed in another's stead: who made it,
   * if it lives, sees that and ends what it sends. One that is not there, is another's, or has a higher epoch is left.
   */
  readonly fence: (id: MountpointId, mark: Mark) => Effect.Effect<void, ServerUnavailable | Unauthorized>

  /** Destroys it if it carries this owner's mark. One that is not there, or is another's, is left: that is done. */
  readonly destroy: (id: MountpointId, owner: Owner) => Effect.Effect<void, ServerUnavailable | Unauthorized>

  /** The RTP ports of one that carries this owner's mark; none when it is not there, or is another's. */
  readonly targets: (id: MountpointId, owner: Owner) => Effect.Effect<ReadonlyArray<Target>, ServerUnavailable>

  /** All that carry a mark of this installation, for the sweep. */
  readonly marked: (
    instance: string
  ) => Effect.Effect<
    ReadonlyArray<{ readonly id: MountpointId; readonly mark: Mark }>,
    ServerUnavailable | Unauthorized
  >

  /** What `ensure` would ask of the server, redacted; touches nothing. */
  readonly plan: (
    spec: MountpointSpec & { readonly id: MountpointId },
    mark: Mark
  ) => Effect.Effect<ReadonlyArray<PlanStep>>
}>()("@headend/core/Mountpoints") {}

/** The id is taken by someone else. Choose another, or adopt the one that is there. */
export class MountpointTaken extends Schema.TaggedError<MountpointTaken>()("MountpointTaken", { id: MountpointId }) {
  override get message() {
    return `mountpoint ${this.id} exists already and is not ours: choose another id, or adopt it`
  }
  get failure(): Failure {
    return failureOf("mountpoint_taken")
  }
}

/** There is no such mountpoint. An adopted one is waited for. */
export class MountpointMissing extends Schema.TaggedError<MountpointMissing>()("MountpointMissing", {
  id: MountpointId
}) {
  override get message() {
    return `there is no mountpoint ${this.id}`
  }
  get failure(): Failure {
    return failureOf("mountpoint_missing")
  }
}

/** It was put back on other ports than before: who sends there has to be told. */
export class MountpointMoved extends Schema.TaggedError<MountpointMoved>()("MountpointMoved", { id: MountpointId }) {
  override get message() {
    return `mountpoint ${this.id} has other ports than before`
  }
  get failure(): Failure {
    return failureOf("mountpoint_moved")
  }
}

/** Its ports are hidden (another secret is needed), and the specification does not name them. */
export class MountpointUnreadable extends Schema.TaggedError<MountpointUnreadable>()("MountpointUnreadable", {
  id: MountpointId,
  reason: Schema.String
}) {
  override get message() {
    return `mountpoint ${this.id} cannot be used: ${this.reason}`
  }
  get failure(): Failure {
    return failureOf("mountpoint_unreadable")
  }
}

/** The server would not make it: no port left, a port in use, an unknown interface. Janus does not say which. */
export class MountpointRefused extends Schema.TaggedError<MountpointRefused>()("MountpointRefused", {
  id: MountpointId,
  reason: Schema.String
}) {
  override get message() {
    return `mountpoint ${this.id} was refused: ${this.reason}`
  }
  get failure(): Failure {
    return failureOf("mountpoint_refused")
  }
}

/** The server cannot make it, now or later: a field that it does not take, or an id of a kind that it does not use. */
export class MountpointInvalid extends Schema.TaggedError<MountpointInvalid>()("MountpointInvalid", {
  id: MountpointId,
  reason: Schema.String
}) {
  override get message() {
    return `mountpoint ${this.id} is not possible on this server: ${this.reason}`
  }
  get failure(): Failure {
    return failureOf("mountpoint_invalid")
  }
}
