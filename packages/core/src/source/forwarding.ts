/**
 * What `videoroom` and `browser_webrtc` share: a publisher of a room, forwarded into the mountpoint for as long as it
 * sends, and again when it is back.
 */
import { Clock, Duration, Effect, Schema } from "effect"
import type { Failure, ServerUnavailable, Unauthorized } from "../Failure.ts"
import { everyTrack, type Feed } from "../Feed.ts"
import { Forwarders, type ForwardFailed } from "../Forwarders.ts"
import type { Hop, Reading } from "../Health.ts"
import * as Holding from "../Holding.ts"
import { Keyring } from "../Keyring.ts"
import { Owner } from "../Mark.ts"
import type { PlaceFailure } from "../Place.ts"
import { type Forward, type Forwarder, type ForwardOptions, type Publisher, PublisherId, RoomId } from "../Room.ts"
import type { OpenRoom, Publishers, RoomAccess, RoomMissing, RoomWatch } from "../Rooms.ts"
import { noFacts, type SourceFacts } from "../Snapshot.ts"
import type { Opening } from "../Source.ts"
import type { AudioCodec, PlacedTrack, Track, VideoCodec } from "../Track.ts"

/** Nobody published for as long as the first one was to be waited for. */
export class PublisherAbsent extends Schema.TaggedError<PublisherAbsent>()("PublisherAbsent", {
  room: RoomId,
  wanted: Schema.String
}) {
  override get message() {
    return `${this.wanted} did not publish in room ${this.room} in time`
  }
  get failure(): Failure {
    return { code: "publisher_absent", hop: "publisher", fault: "caller" }
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

export type PublisherChoice = "any" | { readonly id: PublisherId } | { readonly display: string }

const describe = (wanted: PublisherChoice) =>
  wanted === "any" ? "anybody" : "id" in wanted ? `publisher ${wanted.id}` : `"${wanted.display}"`

/** The publisher to take: the wanted one; once there was one, the same id, else the same name, else the only one. */
export const choose = (
  publishers: Publishers,
  wanted: PublisherChoice,
  last: Publisher | undefined
): Publisher | undefined => {
  if (last !== undefined) {
    return publishers.find((one) => one.id === last.id)
      ?? (last.display === null ? undefined : publishers.find((one) => one.display === last.display))
      ?? (publishers.length === 1 ? publishers[0] : undefined)
  }
  if (wanted === "any") return publishers[0]
  return publishers.find((one) => ("id" in wanted ? one.id === wanted.id : one.display === wanted.display))
}

/** Each track of the mountpoint with the publisher's track for it. A codec that does not fit gives no picture. */
export const match = (
  media: ReadonlyArray<PlacedTrack>,
  asked: ReadonlyArray<Track>,
  publisher: Publisher
): { readonly forwards: ReadonlyArray<Forward>; readonly missing: ReadonlyArray<string> } => {
  const taken = new Set<string>()
  const forwards: Array<Forward> = []
  const missing: Array<string> = []
  media.forEach((track, i) => {
    const ask = asked.find((one) => one.mid === track.mid) ?? asked[i]
    const offered = publisher.tracks.filter((one) => one.type === track.type)
    const suits = (codec: string | null) => codec === null || track.codec === null || codec === track.codec
    const source = ask?.sourceMid !== undefined
      ? offered.find((one) => one.mid === ask.sourceMid)
      : ask?.sourceIndex !== undefined
      ? offered[ask.sourceIndex]
      : offered.find((one) => !taken.has(one.mid) && suits(one.codec)) ?? offered.find((one) => !taken.has(one.mid))
    if (source === undefined) {
      missing.push(`no ${track.type} for track ${track.mid}`)
    } else if (!suits(source.codec)) {
      missing.push(`track ${track.mid} takes ${track.codec}, the publisher sends ${source.codec}`)
    } else {
      taken.add(source.mid)
      forwards.push({
        sourceMid: source.mid,
        mid: track.mid,
        type: track.type,
        host: track.host,
        port: track.port,
        rtcpPort: track.rtcpPort,
        pt: track.pt
      })
    }
  })
  return { forwards, missing }
}

/** The tracks of a mountpoint for what this publisher sends: one of each type. */
export const tracksOf = (publisher: Publisher): ReadonlyArray<Track> => {
  const first = (type: "audio" | "video" | "data") => publisher.tracks.find((one) => one.type === type)
  const audio = first("audio")
  const video = first("video")
  const data = first("data")
  return [
    // Janus names only codecs that the schemas know
    ...(audio === undefined ? [] : [{ type: "audio" as const, codec: (audio.codec ?? "opus") as AudioCodec }]),
    ...(video === undefined ? [] : [{ type: "video" as const, codec: (video.codec ?? "h264") as VideoCodec }]),
    ...(data === undefined ? [] : [{ type: "data" as const }])
  ]
}

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

/** The feed of a room: its `lost` is the loop that waits, forwards, and waits again. */
export const follow = Effect.fnUntraced(function*(
  { opening, options, publish, room, wanted, waitFor, watch }: Forwarding
) {
  const port = yield* Forwarders
  const ledger = yield* Holding.Ledger
  const keyring = yield* Keyring
  yield* opening.place.early
  const sealed = room.secret === undefined || room.owner !== undefined
    ? undefined
    : yield* keyring.seal(room.secret)
  const until = waitFor === undefined ? undefined : (yield* Clock.currentTimeMillis) + Duration.toMillis(waitFor)
  let last: Publisher | undefined
  let publisher: Reading = { status: "waiting", evidence: `waiting for ${describe(wanted)}` }
  let forwarder: Reading = { status: "unknown" }
  let fed: ReadonlyArray<string> = []
  let facts: SourceFacts = { ...noFacts, room: { id: room.id, created: room.created }, publish }
  const run = (forwarders: ReadonlyArray<Forwarder>) => {
    fed = forwarders.map((one) => one.mid)
    facts = { ...facts, forwarders }
  }

  const forward = Effect.fnUntraced(function*(chosen: Publisher) {
    const mountpoint = yield* Effect.provideService(opening.place.with(tracksOf(chosen)), Holding.Ledger, ledger)
    const { forwards, missing } = match(mountpoint.media, opening.place.asked, chosen)
    const who = `${chosen.display ?? "publisher"} (${chosen.id})`
    last = chosen
    if (forwards.length === 0) {
      publisher = { status: "waiting", evidence: `${who}: ${missing.join("; ")}` }
      return
    }
    yield* ledger.hold(ForwardersHeld, {
      room: room.id,
      ...(room.owner === undefined ? {} : { owner: room.owner }),
      ...(sealed === undefined ? {} : { secret: sealed }),
      targets: mountpoint.media.map(({ host, port }) => ({ host, port }))
    })
    const running = yield* port.ensure(room, chosen.id, forwards, options)
    run(running)
    publisher = { status: "ok", evidence: missing.length === 0 ? who : `${who}; ${missing.join("; ")}` }
    forwarder = { status: "ok", evidence: running.length }
  })

  const gone = (evidence: string) => {
    run([])
    publisher = { status: "waiting", evidence, next: "forwards again when it is back" }
    forwarder = { status: "unknown" }
  }

  const next = (seen: Publishers): Effect.Effect<Publishers, FollowFailure> => {
    const wait = watch.next(seen)
    if (until === undefined || last !== undefined || opening.onAirBefore) return wait
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
