/**
 * What all relayed kinds share: a mountpoint, and a relay into it that is followed until it is lost. Where somebody has
 * to publish first (`ingesting.ts`), the feed stays open and waits.
 */
import { Effect, Redacted } from "effect"
import { everyTrack, type Feed } from "../Feed.ts"
import type { Reading } from "../Health.ts"
import type { LedgerFenced } from "../Holding.ts"
import type { PlaceFailure } from "../Place.ts"
import type { Relay } from "../Relay.ts"
import { classes, type RelayFailure } from "../RelayFailure.ts"
import { type RelayInput, type RelayRefusal, type RelayRequest, Relays, type RelayStatus } from "../Relays.ts"
import { noFacts, type SourceFacts } from "../Snapshot.ts"
import type { Opening, Planning } from "../Source.ts"
import type { FieldError } from "../SpecInvalid.ts"
import { type PlacedTrack, standard, type Track } from "../Track.ts"
import type { Presence } from "./presence.ts"

export interface Relaying {
  readonly input: RelayInput
  readonly options: Relay | undefined
}

/** What one opening keeps for the next. */
interface Kept {
  readonly restarts: number
  readonly lastError: string | null
  /** The last relay was lost by silence: what the next one brings at first may be what the server had kept. */
  readonly isDoubted: boolean
}

const ffmpeg: Relay = { kind: "ffmpeg" }
const idle: RelayStatus = { pid: null, fed: [], progress: null, warnings: [], codecs: [] }
/** The mountpoint's tracks, each with its choice of the source's. */
const withChoices = (media: ReadonlyArray<PlacedTrack>, asked: ReadonlyArray<Track>) => {
  const unnamed = asked.filter((one) => one.mid === undefined)
  return media.map((track) => {
    const position = media.filter((one) => one.type === track.type).indexOf(track)
    const choice = asked.find((one) => one.mid === track.mid && one.type === track.type)
      ?? unnamed.filter((one) => one.type === track.type)[position]
    return { ...track, sourceIndex: choice?.sourceIndex }
  })
}

/**
 * The feed of a relay: its `lost` starts one and follows it. With somebody's presence at an ingest, it starts another as
 * long as the only trouble is that nobody publishes.
 */
export const follow = Effect.fnUntraced(function*(
  { input, options = ffmpeg }: Relaying,
  opening: Opening,
  presence?: Presence
) {
  const relays = yield* Relays
  const mountpoint = yield* opening.place.with(standard)
  const request: RelayRequest = {
    broadcast: opening.broadcast,
    input,
    options,
    tracks: withChoices(mountpoint.media, opening.place.asked),
    srtp: opening.place.srtp
  }
  let kept = (opening.memory.kept as Kept | undefined) ?? { restarts: 0, lastError: null, isDoubted: false } // nobody else writes it
  const keep = (next: Kept) => {
    kept = next
    opening.memory.kept = next
  }
  let now = () => idle
  const isFed = () => now().fed.length > 0
  /** What it feeds, once that is known to be live. */
  const fed = () => {
    const status = now()
    if (kept.isDoubted && status.fed.length > 0 && status.isLive !== false) keep({ ...kept, isDoubted: false })
    return kept.isDoubted ? idle.fed : status.fed
  }
  const isLive = () => fed().length > 0

  const started = Effect.scoped(Effect.flatMap(
    Effect.andThen(opening.mayFeed(mountpoint), relays.acquire(request)),
    (relay) => {
      now = relay.now
      return relay.lost
    }
  ))
  /** An RTMP server gives newcomers what it kept of a publisher who is frozen. */
  const doubts = ({ _tag }: RelayFailure) => input.type === "rtmp" && (_tag === "SourceFrozen" || kept.isDoubted)
  const failed = (error: RelayFailure | LedgerFenced): Effect.Effect<never, RelayFailure | LedgerFenced> => {
    if (error._tag === "LedgerFenced") return Effect.fail(error)
    keep({ restarts: kept.restarts + 1, lastError: error.message, isDoubted: doubts(error) })
    const { _tag, hop, reason } = error
    return Effect.fail(
      (_tag === "SourceNotFound" || _tag === "SourceUnsuitable") && opening.onAirBefore
        ? new classes[_tag]({ hop, reason, wasThere: true })
        : error
    )
  }
  /** One relay after another, for as long as the only trouble is that nobody publishes. */
  const whenPublished = Effect.fnUntraced(
    function*(by: Presence): Effect.fn.Return<never, RelayFailure | LedgerFenced> {
      let tries = by.now().live === false ? yield* by.wait("nobody publishes yet", 0) : 0
      while (true) {
        const ended = yield* Effect.raceFirst(Effect.flip(started), by.during(isFed))
        // all that came was what the server had kept of somebody who does not publish any more
        const wasKept = now().isLive === false
        now = () => idle
        if (ended !== "left") {
          const isAbsent = ended._tag === "SourceAbsent" || (ended._tag === "SourceFrozen" && wasKept)
            || (ended._tag === "SourceEnded" && (wasKept || by.now().live === false))
          if (!isAbsent) return yield* failed(ended)
          keep({ ...kept, lastError: ended.message, isDoubted: doubts(ended) })
        }
        tries = yield* by.wait(ended === "left" ? "whoever published has left" : ended.message, tries)
      }
    }
  )
  const lost = presence === undefined ? Effect.flatMap(Effect.flip(started), failed) : whenPublished(presence)

  const relayReading = (): Reading => {
    const { fed, pid, progress, warnings } = now()
    if (!isLive()) return { status: "unknown", evidence: pid === null ? "does not run yet" : "no media yet" }
    const fps = progress?.["fps"]
    const figures = fps === undefined ? `sends ${fed.join(", ")}` : `${fps} fps`
    return { status: "ok", evidence: warnings.length > 0 ? warnings.join("; ") : figures }
  }

  let facts: SourceFacts = noFacts
  let factsOf: readonly unknown[] = []
  const feed: Feed<RelayFailure | PlaceFailure> = {
    lost,
    hops: [
      ...(presence === undefined ? [] : [{ name: "ingest" as const, read: () => presence.reading(isLive()) }]),
      { name: "relay", read: relayReading }
    ],
    facts: () => {
      const status = now()
      const about = presence?.facts(isLive(), status.codecs) ?? null
      if (factsOf[0] === status && factsOf[1] === kept && about === facts.ingest) return facts
      factsOf = [status, kept]
      return (facts = {
        ...noFacts,
        ingest: about,
        relay: {
          kind: options.kind,
          pid: status.pid,
          restarts: kept.restarts,
          progress: status.progress,
          lastError: kept.lastError
        },
        publish: { whip: null, rtmp: presence?.publishUrl ?? null }
      })
    },
    fed,
    outlivesMountpoint: true,
    keepsSound: () => now().isDark === true,
    proof: everyTrack(fed)
  }
  return feed
})

/** What relaying would ask of which program. */
export const plan = Effect.fnUntraced(function*({ input, options = ffmpeg }: Relaying, planning: Planning) {
  const media = planning.mountpoint?.media ?? []
  const tracks = withChoices(media, planning.tracks ?? [])
  return yield* Relays.use((relays) =>
    relays.plan({ broadcast: planning.broadcast, input, options, tracks, srtp: undefined })
  )
})

/** What the operator's settings have against it, each at its field. */
export const check = Effect.fnUntraced(function*(
  { input, options = ffmpeg }: Relaying,
  address: ReadonlyArray<string>
) {
  const refusals = yield* Relays.use((relays) => relays.check(input, options))
  const paths: Record<RelayRefusal["about"], ReadonlyArray<string>> = {
    address: ["source", ...address],
    kind: ["source", "relay", "kind"],
    pipeline: ["source", "relay", "pipeline"]
  }
  return refusals.map(({ about, reason }): FieldError => ({ path: paths[about], message: reason }))
})

/** In units of capacity. */
export const cost = ({ options = ffmpeg }: Relaying): number => (options.video === "transcode" ? 2 : 0.5)

/** An address without what is secret in it: user, password, query, and the last part of an RTMP path. */
export const shown = (url: Redacted.Redacted, hidesKey: boolean): string => {
  const [, scheme, host = "", path = ""] =
    /^([a-z0-9+.-]+:\/\/)(?:[^/@?#]*@)?([^/?#]*)([^?#]*)/i.exec(Redacted.value(url))
      ?? []
  return `${scheme ?? ""}${host}${hidesKey ? path.replace(/[^/]+$/, "***") : path}`
}
