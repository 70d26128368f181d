/**
 * A relay: an FFmpeg or GStreamer process from an input address to RTP ports. What a specification may say about it.
 */
import { Schema } from "effect"
import { between } from "./DurationInput.ts"

/** Less makes no picture that anybody could recognise, and more is a slip of the hand. */
const Bitrate = Schema.Int.check(Schema.isBetween({ minimum: 50_000, maximum: 200_000_000 }))

/** How a relay is started again after it ended; the schedule of DESIGN §5 where nothing is given. */
export const Restart = Schema.Struct({
  first: Schema.optionalKey(between("200 millis", "1 hour")),
  factor: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 1, maximum: 10 }))),
  cap: Schema.optionalKey(between("200 millis", "1 hour")),
  /** After so long on air the schedule begins anew, and the first try is immediate. */
  stableAfter: Schema.optionalKey(between("1 second", "1 day")),
  /** How many restarts in a row; no limit when absent. */
  budget: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)))
})

export type Restart = typeof Restart.Type

/** What the process may use; over it, it is ended and started again. Never more than the operator's settings allow. */
export const RelayLimits = Schema.Struct({
  /** Percent of one core, for five seconds in a row. */
  cpuPercent: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 1, maximum: 10_000 }))),
  /** Resident memory. */
  memoryMb: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })))
})

/** `auto` copies when codec and profile fit the mountpoint, and transcodes otherwise. */
export const Treatment = Schema.Literals(["auto", "copy", "transcode"])

export const Relay = Schema.Struct({
  kind: Schema.Literals(["ffmpeg", "gstreamer"]),
  video: Schema.optionalKey(Treatment),
  audio: Schema.optionalKey(Treatment),
  /** Bit/s of a transcoded video. */
  videoBitrate: Schema.optionalKey(Bitrate),
  /** Of a transcoded video. */
  keyframeInterval: Schema.optionalKey(between("100 millis", "1 minute")),
  restart: Schema.optionalKey(Restart),
  limits: Schema.optionalKey(RelayLimits),
  /**
   * A GStreamer pipeline of one's own, as an argument array; only where the operator allows it. `{v}` as an argument of its
   * own is the sink of track `v` and takes its RTP. Within an argument `{v.pt}` is that track's payload type, and `{url}`,
   * `{username}`, `{password}` are those of the source.
   */
  pipeline: Schema.optionalKey(Schema.Array(Schema.NonEmptyString).check(Schema.isMinLength(1)))
}).check(Schema.makeFilter((relay) =>
  relay.pipeline !== undefined && relay.kind !== "gstreamer"
    ? { path: ["pipeline"], issue: "only a gstreamer relay takes a pipeline" }
    : undefined
))
export type Relay = typeof Relay.Type
