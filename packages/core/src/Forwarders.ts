/**
 * Forwarders: a publisher's tracks to the RTP ports of a mountpoint.
 *
 * A forwarder survives its owner as long as the publisher stays, and carries no mark: it is ours when its target is a
 * port of ours. One that already does the right thing is kept, so that a hand-over or a takeover stops no picture.
 */
import { Context, type Effect, Schema } from "effect"
import { type Failure, failureOf, type ServerUnavailable, type Superseded, type Unauthorized } from "./Failure.ts"
import type { Target } from "./Mountpoint.ts"
import type { PlanStep } from "./Plan.ts"
import { type Forward, type Forwarder, type ForwardOptions, PublisherId } from "./Room.ts"
import type { RoomAccess, RoomMissing } from "./Rooms.ts"

export class Forwarders extends Context.Service<Forwarders, {
  /**
   * Sees to it that exactly these forwarders run into their ports: those that fit are kept, others into the same ports
   * are stopped, what is missing is made. Fewer than asked for is a failure, and leaves none behind. `Superseded` when
   * another owner has taken our room over.
   */
  readonly ensure: (
    room: RoomAccess,
    publisher: PublisherId,
    forwards: ReadonlyArray<Forward>,
    options: ForwardOptions
  ) => Effect.Effect<
    ReadonlyArray<Forwarder>,
    ForwardFailed | RoomMissing | Superseded | Unauthorized | ServerUnavailable
  >

  /** Stops every forwarder of the room into one of these ports. A room, publisher or forwarder that is gone is done. */
  readonly stop: (
    room: RoomAccess,
    targets: ReadonlyArray<Target>
  ) => Effect.Effect<void, ServerUnavailable | Unauthorized>

  /** Stops every forwarder into these ports, in whichever room lets us: for the sweep, which knows no rooms. */
  readonly stopEverywhere: (targets: ReadonlyArray<Target>) => Effect.Effect<void, ServerUnavailable | Unauthorized>

  /** What `ensure` would ask of the server, redacted; touches nothing. */
  readonly plan: (
    room: RoomAccess,
    publisher: PublisherId | string,
    forwards: ReadonlyArray<Forward>,
    options: ForwardOptions
  ) => Effect.Effect<ReadonlyArray<PlanStep>>
}>()("@headend/core/Forwarders") {}

/** Not every track could be forwarded: the publisher left, does not send yet, or has no such track. */
export class ForwardFailed extends Schema.TaggedError<ForwardFailed>()("ForwardFailed", {
  publisher: PublisherId,
  reason: Schema.String
}) {
  override get message() {
    return `publisher ${this.publisher} could not be forwarded: ${this.reason}`
  }
  get failure(): Failure {
    return failureOf("forward_failed")
  }
}
