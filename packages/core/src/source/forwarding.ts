/**
 * What is forwarded out of a room, by `videoroom` and `browser_webrtc`, and how that is undone. `following.ts` does it.
 */
import { type Duration, Effect, Schema } from "effect"
import { type Failure, failureOf } from "../Failure.ts"
import { Forwarders } from "../Forwarders.ts"
import * as Holding from "../Holding.ts"
import { Keyring } from "../Keyring.ts"
import { Owner } from "../Mark.ts"
import { type ForwardOptions, RoomId } from "../Room.ts"
import type { OpenRoom, RoomAccess, RoomWatch } from "../Rooms.ts"
import type { SourceFacts } from "../Snapshot.ts"
import type { Opening } from "../Source.ts"
import type { PublisherChoice } from "./choosing.ts"

/** Nobody published for as long as the first one was to be waited for. */
export class PublisherAbsent extends Schema.TaggedError<PublisherAbsent>()("PublisherAbsent", {
  room: RoomId,
  wanted: Schema.String
}) {
  override get message() {
    return `${this.wanted} did not publish in room ${this.room} in time`
  }
  get failure(): Failure {
    return failureOf("publisher_absent")
  }
}

/** Forwarders into our ports, on the ledger: in a room of somebody else's they would go on as long as the publisher. */
export const ForwardersHeld = Holding.make({
  kind: "forwarders",
  schema: Schema.Struct({
    room: RoomId,
    /** The room is ours: its secret is found through its mark. */
    owner: Schema.optionalKey(Owner),
    /** The room's secret, sealed. */
    secret: Schema.optionalKey(Schema.String),
    targets: Schema.Array(Schema.Struct({ host: Schema.String, port: Schema.Int }))
  }),
  key: (held) => String(held.room),
  undo: Effect.fnUntraced(function*({ owner, room, secret, targets }) {
    const forwarders = yield* Forwarders
    const keyring = yield* Keyring
    const left = (error: { readonly message: string }) =>
      new Holding.LeftBehind({ kind: "forwarders", id: String(room), reason: error.message })
    const access: RoomAccess = {
      id: room,
      ...(owner === undefined ? {} : { owner }),
      ...(secret === undefined ? {} : { secret: yield* Effect.mapError(keyring.open(secret), left) })
    }
    yield* Effect.catchTag(forwarders.stop(access, targets), "Unauthorized", (error) => Effect.fail(left(error)))
  })
})

/** Who is forwarded, from which room, and how. */
export interface Forwarding {
  readonly room: OpenRoom
  readonly watch: RoomWatch
  readonly wanted: PublisherChoice
  /** How long the first publisher is waited for; for ever when absent. */
  readonly waitFor: Duration.Duration | undefined
  readonly options: ForwardOptions
  readonly opening: Opening
  /** Where to publish, relative to the HTTP app. */
  readonly publish: SourceFacts["publish"]
}
