/**
 * What all relayed kinds share: a mountpoint, and a relay into it that is followed until it is lost. Where nobody
 * publishes yet, the feed stays open and waits.
 */
import { Clock, Effect, Redacted } from "effect"
import { everyTrack, type Feed } from "../Feed.ts"
import type { Reading } from "../Health.ts"
import type { PlaceFailure } from "../Place.ts"
import { concat, type Plan } from "../Plan.ts"
import type { Relay } from "../Relay.ts"
import { type RelayFailure, SourceNotFound } from "../RelayFailure.ts"
import { type RelayInput, type RelayRefusal, type RelayRequest, Relays, type RelayStatus } from "../Relays.ts"
import { noFacts, type SourceFacts } from "../Snapshot.ts"
import type { Opening, Planning } from "../Source.ts"
import type { FieldError } from "../SpecInvalid.ts"
import { type PlacedTrack, standard, type Track } from "../Track.ts"

export interface Relaying {
  readonly input: RelayInput
  readonly options: Relay | undefined
  /** Somebody publishes to a server between us and them: as long as nobody does, the broadcast waits. */
  readonly ingest?: { readonly publishUrl: string }
}

/** What one opening keeps for the next. */
interface Kept {
  readonly restarts: number
  readonly lastError: string | null
}

const ffmpeg: Relay = { kind: "ffmpeg" }
/** A server that says nothing for so long has nobody who publishes: milliseconds. */
const silentAfter = 3_000

/** A server gives what it kept of a publisher who is frozen, and no more: that ends sooner. Milliseconds. */
const shortRun = 8_000

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

/** The feed of a relay: its `lost` starts one, follows it, and starts another as long as nobody publishes. */
export const follow = Effect.fnUntraced(function*({ ingest, input, options = ffmpeg }: Relaying, opening: Opening) {
  const relays = yield* Relays
  const mountpoint = yield* opening.place.with(standard)
  const request: RelayRequest = {
    broadcast: opening.broadcast,
    input,
    options,
    tracks: withChoices(mountpoint.media, opening.place.asked),
    srtp: opening.place.srtp
  }
  let kept = (opening.memory.kept as Kept | undefined) ?? { restarts: 0, lastError: null } // nobody else writes it
  const keep = (next: Kept) => {
    kept = next
    opening.memory.kept = next
  }
  const nothing: RelayStatus = { pid: null, fed: [], progress: null, warnings: [], codecs: [] }
  let now = () => nothing
  let wait: Reading | undefined
  let why: string | undefined

  const started = Effect.scoped(Effect.flatMap(relays.acquire(request), (relay) => {
    now = relay.now
    return relay.lost
  }))
  const saysWaiting = Effect.andThen(
    Effect.sleep(silentAfter),
    Effect.suspend(() => {
      if (now().fed.length === 0) wait = { status: "waiting", evidence: why ?? "nobody publishes yet" }
      return Effect.never
    })
  )
  const lost: Effect.Effect<never, RelayFailure> = Effect.gen(function*() {
    for (let tries = 0;; tries++) {
      const startedAt = yield* Clock.currentTimeMillis
      const error = yield* Effect.flip(ingest === undefined ? started : Effect.raceFirst(started, saysWaiting))
      now = () => nothing
      const lasted = (yield* Clock.currentTimeMillis) - startedAt
      const isAbsent = error._tag === "SourceAbsent" || (error._tag === "SourceFrozen" && lasted < shortRun)
      if (ingest === undefined || !isAbsent) {
        keep({ restarts: kept.restarts + 1, lastError: error.message })
        return yield* (error._tag === "SourceNotFound" && opening.onAirBefore
          ? new SourceNotFound({ hop: error.hop, reason: error.reason, wasThere: true })
          : error)
      }
      why = error.message
      wait = { status: "waiting", evidence: error.message, next: "looks again every few seconds" }
      keep({ ...kept, lastError: error.message })
      yield* Effect.sleep(Math.min(1_000 * 1.5 ** tries, 3_000))
    }
  })

  const ingestReading = (): Reading => {
    if (now().fed.length === 0) return wait ?? { status: "unknown" }
    wait = undefined
    return { status: "ok", evidence: "somebody publishes" }
  }
  const relayReading = (): Reading => {
    const { fed, pid, progress, warnings } = now()
    if (fed.length === 0) return { status: "unknown", ...(pid === null ? {} : { evidence: "no media yet" }) }
    const evidence = warnings.length > 0 ? warnings.join("; ") : progress?.["fps"]
    return { status: "ok", ...(evidence === undefined ? {} : { evidence }) }
  }

  let facts: SourceFacts = noFacts
  let factsOf: readonly unknown[] = []
  const feed: Feed<RelayFailure | PlaceFailure> = {
    lost,
    hops: [
      ...(ingest === undefined ? [] : [{ name: "ingest" as const, read: ingestReading }]),
      { name: "relay", read: relayReading }
    ],
    facts: () => {
      const status = now()
      if (factsOf[0] === status && factsOf[1] === kept) return facts
      factsOf = [status, kept]
      return (facts = {
        ...noFacts,
        ingest: ingest === undefined ? null : {
          publishUrl: ingest.publishUrl,
          live: status.fed.length > 0 ? true : wait === undefined ? null : false,
          codecs: status.codecs
        },
        relay: {
          kind: options.kind,
          pid: status.pid,
          restarts: kept.restarts,
          progress: status.progress,
          lastError: kept.lastError
        },
        publish: { whip: null, rtmp: ingest?.publishUrl ?? null }
      })
    },
    fed: () => now().fed,
    outlivesMountpoint: true,
    proof: everyTrack(() => now().fed)
  }
  return feed
})

export const plan = Effect.fnUntraced(function*({ ingest, input, options = ffmpeg }: Relaying, planning: Planning) {
  const relays = yield* Relays
  const media = planning.mountpoint?.media ?? []
  const tracks = withChoices(media, planning.tracks ?? [])
  const asked = yield* relays.plan({ broadcast: planning.broadcast, input, options, tracks, srtp: undefined })
  const wait: Plan = {
    steps: [{ hop: "ingest", does: `wait until somebody publishes to ${ingest?.publishUrl}` }],
    warnings: []
  }
  return concat(ingest === undefined ? { steps: [], warnings: [] } : wait, asked)
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
