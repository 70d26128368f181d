/**
 * What `videoroom` and `browser_webrtc` share: a publisher of a room, forwarded into the mountpoint for as long as it
 * sends, and again when it is back.
 */
import { Clock, Duration, Effect, Schema } from "effect"
import { type Failure, failureOf, type ServerUnavailable, type Unauthorized } from "../Failure.ts"
import { everyTrack, type Feed } from "../Feed.ts"
import { Forwarders, type ForwardFailed } from "../Forwarders.ts"
import type { Hop, Reading } from "../Health.ts"
import * as Holding from "../Holding.ts"
import { Keyring } from "../Keyring.ts"
import { Owner } from "../Mark.ts"
import type { Mountpoint, Target } from "../Mountpoint.ts"
import type { PlaceFailure } from "../Place.ts"
import { type Forwarder, type ForwardOptions, type Publisher, RoomId } from "../Room.ts"
import type { OpenRoom, Publishers, RoomAccess, RoomMissing, RoomWatch } from "../Rooms.ts"
import { noFacts, type SourceFacts } from "../Snapshot.ts"
import type { Opening } from "../Source.ts"
import { choose, describe, match, type PublisherChoice, tracksOf } from "./choosing.ts"

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

const idle: Reading = { status: "unknown", evidence: "nobody to forward" }

/** `2 forwarders: a, v`, by the mountpoint's tracks. */
const told = (running: ReadonlyArray<Forwarder>): string =>
  `${running.length} ${running.length === 1 ? "forwarder" : "forwarders"}: ${running.map(({ mid }) => mid).join(", ")}`

const isSame = (a: Target, b: Target) => a.host === b.host && a.port === b.port

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

type FollowFailure =
  | PublisherAbsent
  | ForwardFailed
  | RoomMissing
  | Unauthorized
  | ServerUnavailable
  | PlaceFailure

/** What one opening keeps for the next. */
interface Kept {
  /** Whom it forwarded last: the same one is taken again. */
  readonly publisher: Publisher | undefined
}

/** The feed of a room: its `lost` is the loop that waits, forwards, and waits again. */
export const follow = Effect.fnUntraced(function*(
  { opening, options, publish, room, wanted, waitFor, watch }: Forwarding
) {
  const port = yield* Forwarders
  const ledger = yield* Holding.Ledger
  const keyring = yield* Keyring
  const sealed = room.secret === undefined || room.owner !== undefined
    ? undefined
    : yield* keyring.seal(room.secret)
  const until = waitFor === undefined ? undefined : (yield* Clock.currentTimeMillis) + Duration.toMillis(waitFor)
  const kept = opening.memory.kept as Kept | undefined // nobody else writes it
  let last = kept?.publisher
  let isAnybodyThere = last !== undefined
  let publisher: Reading = { status: "waiting", evidence: `waiting for ${describe(wanted)}` }
  let forwarder = idle
  let fed: ReadonlyArray<string> = []
  let facts: SourceFacts = { ...noFacts, room: { id: room.id, created: room.created }, publish }
  const run = (forwarders: ReadonlyArray<Forwarder>) => {
    fed = forwarders.map((one) => one.mid)
    facts = { ...facts, forwarders }
  }

  const heldFor = (mountpoint: Mountpoint) => ({
    room: room.id,
    ...(room.owner === undefined ? {} : { owner: room.owner }),
    ...(sealed === undefined ? {} : { secret: sealed }),
    targets: mountpoint.media.map(({ host, port }) => ({ host, port }))
  })

  const early = yield* opening.place.early()
  const before = (yield* ledger.held(ForwardersHeld)).filter((line) => line.room === room.id)
  if (early !== undefined && before.length > 0) {
    // It was made anew, with other ports: what still goes to the old ones would go there for ever.
    const held = heldFor(early)
    const old = before.flatMap((line) => line.targets).filter((one) => !held.targets.some((to) => isSame(one, to)))
    if (old.length > 0) {
      if (watch.now().length > 0) yield* port.stop(room, old)
      yield* ledger.hold(ForwardersHeld, held)
    }
  }

  const forward = Effect.fnUntraced(function*(chosen: Publisher) {
    const mountpoint = yield* Effect.provideService(opening.place.with(tracksOf(chosen)), Holding.Ledger, ledger)
    const { forwards, missing } = match(mountpoint.media, opening.place.asked, chosen)
    const who = `${chosen.display ?? "publisher"} (${chosen.id})`
    isAnybodyThere = true
    // what was forwarded before, and does not fit any more
    const unfed = mountpoint.media.filter((track) => !forwards.some((one) => one.mid === track.mid))
    if (unfed.length > 0 && (last !== undefined || before.length > 0)) yield* port.stop(room, unfed)
    if (forwards.length === 0) {
      run([])
      forwarder = idle
      publisher = { status: "waiting", evidence: `${who}: ${missing.join("; ")}` }
      return
    }
    const held = heldFor(mountpoint)
    yield* ledger.hold(ForwardersHeld, held)
    const running = yield* Effect.tapErrorTag(
      port.ensure(room, chosen.id, forwards, options),
      "Unauthorized",
      // refused before anything was made
      () => (last === undefined && before.length === 0 ? ledger.strike(ForwardersHeld, held) : Effect.void)
    )
    last = chosen
    opening.memory.kept = { publisher: chosen } satisfies Kept
    run(running)
    publisher = { status: "ok", evidence: missing.length === 0 ? who : `${who}; ${missing.join("; ")}` }
    forwarder = { status: "ok", evidence: told(running) }
  })

  const gone = (evidence: string) => {
    run([])
    publisher = { status: "waiting", evidence, next: "forwards again when it is back" }
    forwarder = idle
  }

  const next = (seen: Publishers): Effect.Effect<Publishers, FollowFailure> => {
    const wait = watch.next(seen)
    if (until === undefined || isAnybodyThere || opening.onAirBefore) return wait
    return Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.timeoutOrElse(wait, {
        duration: Duration.millis(Math.max(0, until - now)),
        orElse: () => Effect.fail(new PublisherAbsent({ room: room.id, wanted: describe(wanted) }))
      }))
  }

  const lost: Effect.Effect<never, FollowFailure> = Effect.gen(function*() {
    let seen = watch.now()
    let served: Publisher | undefined
    while (true) {
      const chosen = choose(seen, wanted, last)
      if (chosen === undefined) {
        if (served !== undefined) gone(`${served.display ?? "publisher"} (${served.id}) has left`)
        served = undefined
      } else if (chosen !== served) {
        const tried = yield* Effect.result(forward(chosen))
        if (tried._tag === "Success") served = chosen
        // it left while it was being forwarded: the list says so already
        else if (tried.failure._tag !== "ForwardFailed" || watch.now() === seen) return yield* tried.failure
      }
      seen = yield* next(seen)
    }
  })

  const hops: ReadonlyArray<Hop> = [
    { name: "publisher", read: () => publisher },
    { name: "forwarder", read: () => forwarder }
  ]
  const feed: Feed<FollowFailure> = {
    lost,
    hops,
    facts: () => facts,
    fed: () => fed,
    proof: everyTrack(() => fed)
  }
  return feed
})
