/**
 * What a source carries, asked of ffprobe, with a deadline.
 */
import { Clock, Duration, Effect, Schema } from "effect"
import { Guard } from "./Guard.ts"
import { type Ending, NotStarted, start } from "./internal/child.ts"
import type { Streams } from "./Wiring.ts"

/** It says nothing of use: how ffprobe ended, and what it said. */
export class ProbeFailed extends Schema.TaggedError<ProbeFailed>()("ProbeFailed", {
  code: Schema.NullOr(Schema.Int),
  signal: Schema.NullOr(Schema.String),
  /** How long it took. */
  millis: Schema.Finite,
  lines: Schema.Array(Schema.String)
}) {
  override get message() {
    return this.lines.at(-1) ?? "ffprobe says nothing"
  }
}

/** The source gave nothing to look at in time. */
export class ProbeTimeout extends Schema.TaggedError<ProbeTimeout>()("ProbeTimeout", {
  seconds: Schema.Finite,
  lines: Schema.Array(Schema.String)
}) {
  override get message() {
    return `nothing to look at in ${this.seconds} s`
  }
}

/** How it ended, in words. */
export const describe = (error: ProbeFailed | ProbeTimeout | NotStarted): string =>
  error._tag === "ProbeFailed"
    ? error.signal ?? `exit ${error.code}`
    : error._tag === "ProbeTimeout"
    ? `killed: ${error.message}`
    : error.message

const Answer = Schema.fromJsonString(Schema.Struct({
  streams: Schema.Array(Schema.Struct({
    index: Schema.optionalKey(Schema.Int),
    id: Schema.optionalKey(Schema.String),
    codec_type: Schema.optionalKey(Schema.String),
    codec_name: Schema.optionalKey(Schema.String),
    profile: Schema.optionalKey(Schema.String),
    width: Schema.optionalKey(Schema.Int),
    pix_fmt: Schema.optionalKey(Schema.String),
    has_b_frames: Schema.optionalKey(Schema.Int),
    avg_frame_rate: Schema.optionalKey(Schema.String),
    sample_rate: Schema.optionalKey(Schema.String),
    channels: Schema.optionalKey(Schema.Int)
  }))
}))

/** `30000/1001`; 0/0 is unknown, and so is what is far from any camera. */
const rate = (text: string | undefined): number | undefined => {
  const [over = Number.NaN, under = 1] = (text ?? "").split("/").map(Number)
  const value = over / under
  return value > 0 && value <= 240 ? value : undefined
}

/**
 * The payload type of each stream of a camera by its index, out of the session description that ffprobe tells; none where
 * two of a type have the same.
 */
const payloads = (lines: ReadonlyArray<string>): ReadonlyArray<number | undefined> => {
  const media = lines.flatMap((line) => {
    const [, type, payload] = /^m=(audio|video|application|text) \d+(?:\/\d+)? \S+ (\d+)/.exec(line) ?? []
    return payload === undefined ? [] : [{ type, payload: Number(payload) }]
  })
  return media.map((one) =>
    media.filter(({ payload, type }) => type === one.type && payload === one.payload).length > 1
      ? undefined
      : one.payload
  )
}

/** ffprobe's JSON as streams; left out is what is neither audio nor video, and a picture that was announced and did not come. */
export const parse = (
  json: string,
  said: ReadonlyArray<string> = [],
  keepsAnnounced = false
): Effect.Effect<Streams, Schema.SchemaError> =>
  Effect.map(Schema.decodeEffect(Answer)(json), ({ streams }) => {
    const payloadOf = payloads(said)
    return streams.flatMap((one) => {
      const type = one.codec_type
      if ((type !== "audio" && type !== "video") || (one.width === 0 && !keepsAnnounced)) return []
      return [{
        type,
        codec: one.codec_name ?? "unknown",
        profile: one.profile,
        pixelFormat: one.pix_fmt,
        hasBFrames: (one.has_b_frames ?? 0) > 0,
        fps: rate(one.avg_frame_rate),
        sampleRate: one.sample_rate === undefined ? undefined : Number(one.sample_rate),
        channels: one.channels,
        payload: one.index === undefined ? undefined : payloadOf[one.index],
        id: one.id === undefined ? undefined : Number(one.id) // "0x100"
      }]
    })
  })

/** Runs a prober, and reads what it finds; within so long. */
export const run = Effect.fnUntraced(function*(
  program: string,
  args: ReadonlyArray<string>,
  within: Duration.Duration,
  keepsAnnounced = false
): Effect.fn.Return<Streams, ProbeFailed | ProbeTimeout | NotStarted, Guard> {
  const guard = yield* Guard
  const startedAt = yield* Clock.currentTimeMillis
  const said: Array<string> = []
  /** What it said beside its answer. */
  const words = () => said.filter((line) => !/^[\s{}\]]|^[a-z]=/.test(line))
  const ended = Effect.acquireUseRelease(
    start({
      program,
      args,
      onLine: (line) => void (said.length < 2_000 && said.push(line)),
      onSpawn: guard.add,
      onEnd: guard.remove
    }),
    (child) => child.ended,
    (child) => Effect.sync(() => child.signal("SIGKILL"))
  )
  const ending: Ending = yield* Effect.timeoutOrElse(ended, {
    duration: within,
    orElse: () => Effect.fail(new ProbeTimeout({ seconds: Duration.toSeconds(within), lines: words() }))
  })
  const begin = said.indexOf("{")
  const millis = (yield* Clock.currentTimeMillis) - startedAt
  const failed = () => new ProbeFailed({ ...ending, millis, lines: words() })
  if (ending.code !== 0 || begin < 0) return yield* failed()
  // standard error may stand before and after it
  const text = said.slice(begin, said.lastIndexOf("}") + 1).join("\n")
  return yield* Effect.mapError(parse(text, said, keepsAnnounced), failed)
})
