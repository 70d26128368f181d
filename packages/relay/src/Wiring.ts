/**
 * Which of a source's streams feeds which track, and whether it is copied or transcoded. Pure, and the same for every
 * program that relays.
 */
import type { Relay } from "@headend/core/Relay"
import type { RelayTrack } from "@headend/core/Relays"
import { Data, Result } from "effect"

/** A stream of a source, as far as it is known. */
export interface SourceStream {
  readonly type: "audio" | "video"
  readonly codec: string
  readonly profile: string | undefined
  readonly pixelFormat: string | undefined
  readonly hasBFrames: boolean
  readonly fps: number | undefined
  readonly sampleRate: number | undefined
  readonly channels: number | undefined
  /** Its payload type at a camera, where no other stream of its type has the same. */
  readonly payload?: number | undefined
  /** Its number inside the container, where that has one: the PID of a transport stream. */
  readonly id?: number | undefined
}

/** What a source carries, in its own order. */
export type Streams = ReadonlyArray<SourceStream>

/** A stream of the source, and the track that it goes to. */
export interface Output {
  readonly track: RelayTrack
  /** Position of the source's stream among those of its type, from 0. */
  readonly position: number
  readonly stream: SourceStream
  readonly copies: boolean
}

export interface Wiring {
  readonly outputs: ReadonlyArray<Output>
  /** Tracks that get nothing, and why; what the sender could do better. */
  readonly warnings: ReadonlyArray<string>
  /** What the source carries as far as that is known: what it was wired from. */
  readonly streams: Streams
}

/** It cannot be done: for want of streams, or because RTP of that codec cannot be made. */
export class Unwirable extends Data.TaggedError("Unwirable")<{
  readonly why: "source" | "codec"
  readonly reason: string
}> {}

/** What is assumed of an RTMP source before it was probed: what every encoder sends unless told otherwise. */
export const assumed: Streams = [
  {
    type: "video",
    codec: "h264",
    profile: "High",
    pixelFormat: "yuv420p",
    hasBFrames: false,
    fps: undefined,
    sampleRate: undefined,
    channels: undefined
  },
  {
    type: "audio",
    codec: "aac",
    profile: undefined,
    pixelFormat: undefined,
    hasBFrames: false,
    fps: undefined,
    sampleRate: undefined,
    channels: undefined
  }
]

/** What a test pattern generates: raw, so that nothing is ever copied. */
export const generated = (fps: number): Streams =>
  assumed.map((one) => ({ ...one, codec: one.type === "video" ? "rawvideo" : "pcm_f64le", fps }))

/** A track's codec under the name that FFmpeg has for it. */
const names: Partial<Record<string, string>> = {
  h264: "h264",
  h265: "hevc",
  vp8: "vp8",
  vp9: "vp9",
  opus: "opus",
  pcmu: "pcm_mulaw",
  pcma: "pcm_alaw",
  g722: "adpcm_g722"
}

/** Profiles of H.264 that browsers decode. */
const profiles = ["Baseline", "Constrained Baseline", "Main", "High", "Constrained High", "Progressive High"]

/** Why this stream cannot go out as it is; nothing when it can. WebRTC receivers do not put frames in order. */
export const objection = (stream: SourceStream, track: RelayTrack): string | undefined => {
  if (stream.codec !== names[track.codec ?? ""]) return `it is ${stream.codec}, the track takes ${track.codec}`
  if (stream.type === "audio") {
    const { channels, sampleRate } = stream
    const mono8 = track.codec === "pcmu" || track.codec === "pcma"
    return mono8 && (channels !== 1 || sampleRate !== 8_000) ? "it is not 8 kHz mono" : undefined
  }
  if (stream.hasBFrames) return "it has B-frames"
  if (stream.codec !== "h264") return undefined
  if (stream.pixelFormat !== undefined && !/^yuvj?420p$/.test(stream.pixelFormat)) {
    return `its pixels are ${stream.pixelFormat}`
  }
  return stream.profile !== undefined && !profiles.includes(stream.profile)
    ? `its profile is ${stream.profile}`
    : undefined
}

/** What the sender could do better: a picture that is transcoded, or that browsers show out of order. */
const remarkOn = (stream: SourceStream, track: RelayTrack, copies: boolean): string | undefined => {
  const against = objection(stream, track)
  // a codec that the mountpoint does not take was somebody's choice
  return against === undefined || stream.codec !== names[track.codec ?? ""]
    ? undefined
    : `the video is ${copies ? "copied, though" : "transcoded, since"} ${against}`
}

/** Wires tracks and streams together. */
export const wire = (
  tracks: ReadonlyArray<RelayTrack>,
  streams: Streams,
  options: Relay
): Result.Result<Wiring, Unwirable> => {
  const outputs: Array<Output> = []
  const warnings: Array<string> = []
  for (const track of tracks) {
    if (track.type === "data") {
      warnings.push(`track ${track.mid}: a relay sends no data`)
      continue
    }
    const offered = streams.filter((one) => one.type === track.type)
    const position = track.sourceIndex ?? tracks.filter((one) => one.type === track.type).indexOf(track)
    const stream = offered[position]
    if (stream === undefined) {
      warnings.push(`no ${track.type} ${position === 0 ? "" : `number ${position + 1} `}for track ${track.mid}`)
      continue
    }
    if (names[track.codec ?? ""] === undefined) {
      return Result.fail(
        new Unwirable({ why: "codec", reason: `a relay cannot send ${track.codec} (track ${track.mid})` })
      )
    }
    const wanted = options[track.type] ?? "auto"
    const against = objection(stream, track)
    if (wanted === "copy" && stream.codec !== names[track.codec ?? ""]) {
      return Result.fail(new Unwirable({ why: "source", reason: `cannot copy for track ${track.mid}: ${against}` }))
    }
    const copies = wanted === "copy" || (wanted === "auto" && against === undefined)
    const remark = track.type === "video" && wanted !== "transcode" ? remarkOn(stream, track, copies) : undefined
    if (remark !== undefined) warnings.push(remark)
    outputs.push({ track, position, stream, copies })
  }
  return outputs.length > 0
    ? Result.succeed({ outputs, warnings, streams })
    : Result.fail(new Unwirable({ why: "source", reason: warnings.join("; ") || "the mountpoint has no tracks" }))
}

/** With a pipeline of one's own: what it sends to which track is its own business. */
export const chosen = (tracks: ReadonlyArray<RelayTrack>, mids: ReadonlyArray<string>): Wiring => {
  const outputs = tracks.flatMap((track): ReadonlyArray<Output> => {
    const stream = assumed.find(({ type }) => type === track.type)
    return stream === undefined || !mids.includes(track.mid) ? [] : [{ track, position: 0, stream, copies: true }]
  })
  const warnings = tracks.filter(({ mid }) => !mids.includes(mid)).map(({ mid }) => `the pipeline has no {${mid}}`)
  return { outputs, warnings, streams: [] }
}

/** The same streams are sent in the same way. */
export const isSame = (a: Wiring, b: Wiring): boolean =>
  a.outputs.length === b.outputs.length
  && a.outputs.every((one, i) => {
    const other = b.outputs[i]!
    return one.track.mid === other.track.mid && one.position === other.position && one.copies === other.copies
  })
