/**
 * Which publisher of a room is taken, and which of its tracks goes into which track of the mountpoint.
 */
import type { Forward, Publisher, PublisherId } from "../Room.ts"
import type { Publishers } from "../Rooms.ts"
import {
  type AudioCodec,
  complete,
  type CompleteTrack,
  type PlacedTrack,
  type Track,
  type VideoCodec
} from "../Track.ts"

/** Anybody, or somebody by id or by the name that is displayed. */
export type PublisherChoice = "any" | { readonly id: PublisherId } | { readonly display: string }

/** In words, for evidence and messages. */
export const describe = (wanted: PublisherChoice) =>
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

/** What was asked for each track: under its mid, else by its place among those of its type. */
const pair = (media: ReadonlyArray<PlacedTrack>, asked: ReadonlyArray<CompleteTrack>) => {
  const byMid = (track: PlacedTrack) => asked.find((one) => one.mid === track.mid && one.type === track.type)
  const rest = asked.filter((one) => !media.some((track) => byMid(track) === one))
  return media.map((track) => {
    const named = byMid(track)
    if (named !== undefined) return named
    const next = rest.findIndex((one) => one.type === track.type)
    return next < 0 ? undefined : rest.splice(next, 1)[0]
  })
}

/**
 * Each track of the mountpoint with the publisher's track for it: the one that was asked for, else the first that nobody
 * asked for and whose codec fits. A codec that does not fit gives no picture.
 */
export const match = (
  media: ReadonlyArray<PlacedTrack>,
  asked: ReadonlyArray<Track>,
  publisher: Publisher
): { readonly forwards: ReadonlyArray<Forward>; readonly missing: ReadonlyArray<string> } => {
  const asks = pair(media, complete(asked))
  const askedFor = asks.map((ask, i) => {
    const offered = publisher.tracks.filter((one) => one.type === media[i]!.type)
    return ask?.sourceMid !== undefined
      ? offered.find((one) => one.mid === ask.sourceMid)
      : ask?.sourceIndex !== undefined
      ? offered[ask.sourceIndex]
      : undefined
  })
  const taken = new Set(askedFor.flatMap((source) => (source === undefined ? [] : [source.mid])))
  const forwards: Array<Forward> = []
  const missing: Array<string> = []
  media.forEach((track, i) => {
    const ask = asks[i]
    const free = publisher.tracks.filter((one) => one.type === track.type && !taken.has(one.mid))
    const suits = (codec: string | null) => codec === null || track.codec === null || codec === track.codec
    const source = ask?.sourceMid !== undefined || ask?.sourceIndex !== undefined
      ? askedFor[i]
      : free.find((one) => suits(one.codec)) ?? free[0]
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
