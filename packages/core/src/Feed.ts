/**
 * A feed: what opening a source gives. Live media, its hops, what is known of it, and how we learn that it is lost.
 */
import type { Effect } from "effect"
import type { Failing } from "./Failure.ts"
import { type Hop, staleAfter } from "./Health.ts"
import type { MountpointReading } from "./Mountpoint.ts"
import type { SourceFacts } from "./Snapshot.ts"

/**
 * What Janus' reading proves: media arrives, or has stopped arriving, or nothing yet. A track's age counts from its
 * creation while no packet has come, so an age proves media only when it is shorter than the track has been fed.
 */
export type Proof = "fresh" | "stale" | "none"

export interface Feed<out E extends Failing = Failing> {
  /**
   * Runs on the broadcast's own fibre for as long as there is something to follow, and never succeeds. It may be a wait
   * for a process to end, or a whole loop that waits for publishers and forwards them.
   */
  readonly lost: Effect.Effect<never, E>
  readonly hops: ReadonlyArray<Hop>
  /** What is known of it now, for the snapshot; the same object while nothing changes. */
  readonly facts: () => SourceFacts
  /** The `mid`s of the mountpoint that are fed now; the same array while nothing changes. */
  readonly fed: () => ReadonlyArray<string>
  /**
   * It sends to ports and holds nothing on the media server: when that has lost the mountpoint, and it is put back on the
   * same ports, the feed goes on.
   */
  readonly outlivesMountpoint?: boolean
  /**
   * It knows that its source has no picture any more, while sound goes on: opening it anew would interrupt the sound, and
   * bring no picture.
   */
  readonly keepsSound?: () => boolean
  /** `fedFor`: milliseconds since what is fed changed last. */
  readonly proof: (reading: MountpointReading, fedFor: number) => Proof
}

/** Every fed track must arrive: a dead video beside living audio is a broken broadcast. */
export const everyTrack = (fed: () => ReadonlyArray<string>): Feed["proof"] => (reading, fedFor) =>
  proofOf(fed(), reading, fedFor)

/** The same, of these tracks. */
export const proofOf = (mids: ReadonlyArray<string>, reading: MountpointReading, fedFor: number): Proof => {
  if (mids.length === 0) return "none"
  const ages = reading.tracks.filter((track) => mids.includes(track.mid)).map((track) => track.ageMs ?? 0)
  if (ages.length === mids.length && ages.every((age) => age < staleAfter && age < fedFor)) return "fresh"
  return fedFor >= staleAfter && ages.some((age) => age >= staleAfter) ? "stale" : "none"
}

type Media = ReadonlyArray<{ readonly mid: string; readonly type: string }>

/** What has stopped as a whole, where the other still arrives. */
export type Part = "sound" | "picture"

export const stopped = (reading: MountpointReading, fed: ReadonlyArray<string>, media: Media): Part | undefined => {
  const old = new Set(reading.tracks.filter(({ ageMs }) => (ageMs ?? 0) >= staleAfter).map(({ mid }) => mid))
  const tracks = media.filter(({ mid }) => fed.includes(mid))
  const sound = tracks.filter(({ type }) => type === "audio").map(({ mid }) => mid)
  const pictures = tracks.filter(({ type }) => type === "video").map(({ mid }) => mid)
  if (pictures.length > 0 && !pictures.some((mid) => old.has(mid))) return "sound"
  const isDark = pictures.length > 0 && pictures.every((mid) => old.has(mid))
  return isDark && sound.length > 0 && !sound.some((mid) => old.has(mid)) ? "picture" : undefined
}

/** What a server kept of earlier pictures, a new relay brings in one burst; what comes after so long is live. Milliseconds. */
export const burst = 3_000

/** Pictures have come that no server can have kept; `fedFor` is for how many milliseconds the relay has sent. */
export const isLive = (
  reading: MountpointReading,
  fed: ReadonlyArray<string>,
  media: Media,
  fedFor: number
): boolean => {
  const pictures = media.filter(({ mid, type }) => type === "video" && fed.includes(mid))
  return pictures.length > 0 && pictures.every(({ mid }) => {
    const age = reading.tracks.find((track) => track.mid === mid)?.ageMs ?? fedFor
    return fedFor - age > burst
  })
}

/** Any track will do: somebody else decides what is sent. */
export const anyTrack: Feed["proof"] = (reading, fedFor) =>
  reading.tracks.some(({ ageMs }) => ageMs !== null && ageMs < staleAfter && ageMs < fedFor) ? "fresh" : "none"
