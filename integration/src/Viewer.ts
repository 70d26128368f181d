// A viewer in the real browser. Media is proven by what was decoded: frames that rise and a picture that is not of one
// colour; "connected" proves nothing.
import { Clock, Effect, Schedule, Schema } from "effect"
import type { Page } from "playwright-core"
import type { ViewerFigures } from "../page/Protocol.ts"
import { type BrowserFailed, call } from "./BrowserPage.ts"

/** What should have been seen was not decoded in time. */
export class NotDecoded extends Schema.TaggedError<NotDecoded>()("NotDecoded", {
  expected: Schema.String,
  frames: Schema.Int,
  luma: Schema.Finite,
  connection: Schema.String,
  ended: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return `no ${this.expected}; ${this.frames} frames, luma ${this.luma}, ${this.connection}, ${
      this.ended ?? "not ended"
    }`
  }
}

export interface Viewer {
  readonly page: Page
  /** Whose offer it was: ours or, with WHEP on a Janus before 1.1.4 and with Janus' own API, the server's. */
  readonly offer: "viewer" | "server"
  /** Everything measured at once. */
  readonly figures: Effect.Effect<ViewerFigures, BrowserFailed>
  /** Milliseconds from `watch` or the first POST to the first decoded frame; waits for it, at most 45 s. */
  readonly firstFrame: Effect.Effect<number, BrowserFailed | NotDecoded>
  /** Frames decoded so far. */
  readonly frames: Effect.Effect<number, BrowserFailed>
  /** Frames decoded within the next so many milliseconds. */
  readonly countFrames: (ms: number) => Effect.Effect<number, BrowserFailed>
  /** Standard deviation of the brightness of the picture now; a black one has 0. */
  readonly lumaDeviation: Effect.Effect<number, BrowserFailed>
  /** Energy of the sound so far; it stands still in silence. */
  readonly audioEnergy: Effect.Effect<number, BrowserFailed>
  /** Waits until so many more frames are decoded than now; gives the milliseconds it took. Default limit 45 s. */
  readonly awaitFrames: (more: number, timeoutMs?: number) => Effect.Effect<number, BrowserFailed | NotDecoded>
  /** The proof: 20 more frames within 3 s of each other and a picture with a deviation above 5. Default limit 45 s. */
  readonly awaitPicture: (timeoutMs?: number) => Effect.Effect<ViewerFigures, BrowserFailed | NotDecoded>
  /** Waits until sound is heard, more than what a receiver fills gaps with. Default limit 45 s. */
  readonly awaitSound: (timeoutMs?: number) => Effect.Effect<void, BrowserFailed | NotDecoded>
  /** Ends the view as a well-behaved viewer does: detach, or DELETE. */
  readonly close: Effect.Effect<void, BrowserFailed>
}

const TIMEOUT = 45_000

/** A full tone adds about 0.5 a second; the noise that fills the gap of a lost sender, 0.00002. */
const AUDIBLE = 0.01

/** Looks again and again until the figures satisfy, and fails with the last ones. */
const until = (
  figures: Viewer["figures"],
  expected: string,
  isIt: (figures: ViewerFigures) => boolean,
  timeoutMs: number
): Effect.Effect<ViewerFigures, BrowserFailed | NotDecoded> =>
  Effect.suspend(() => {
    let last: ViewerFigures = { frames: 0, currentTime: 0, luma: 0, audioEnergy: 0, connection: "unknown" }
    const look = figures.pipe(Effect.tap((seen) =>
      Effect.sync(() => {
        last = seen
      })
    ))
    return look.pipe(
      Effect.repeat({ schedule: Schedule.spaced("40 millis"), until: isIt }),
      Effect.timeoutOrElse({
        duration: timeoutMs,
        orElse: () => {
          const { connection, ended, frames, luma } = last
          const reason = ended === undefined ? {} : { ended }
          return Effect.fail(new NotDecoded({ expected, frames, luma, connection, ...reason }))
        }
      })
    )
  })

/** The viewer that this page has begun. */
export const make = (page: Page, offer: Viewer["offer"]): Viewer => {
  const figures = call(page, "figures")
  const frames = Effect.map(figures, (_) => _.frames)

  const firstFrame = until(figures, "first frame", (_) => _.firstFrame !== undefined, TIMEOUT).pipe(
    Effect.map((_) => _.firstFrame ?? Number.NaN)
  )

  const countFrames = Effect.fnUntraced(function*(ms: number) {
    const before = yield* frames
    yield* Effect.sleep(ms)
    return (yield* frames) - before
  })

  const awaitFrames = Effect.fnUntraced(function*(more: number, timeoutMs = TIMEOUT) {
    const start = yield* Clock.currentTimeMillis
    const before = yield* frames
    yield* until(figures, `${more} more frames than ${before}`, (_) => _.frames >= before + more, timeoutMs)
    return (yield* Clock.currentTimeMillis) - start
  })

  const awaitPicture = (timeoutMs = TIMEOUT) =>
    Effect.suspend(() => {
      const seen: Array<{ readonly at: number; readonly frames: number }> = []
      const isPicture = (now: ViewerFigures) => {
        const at = performance.now()
        seen.push({ at, frames: now.frames })
        while (seen.length > 1 && (seen[0]?.at ?? at) < at - 3_000) seen.shift()
        return now.frames - (seen[0]?.frames ?? now.frames) >= 20 && now.luma > 5
      }
      return until(figures, "picture (20 frames within 3 s, not of one colour)", isPicture, timeoutMs)
    })

  const awaitSound = Effect.fnUntraced(function*(timeoutMs = TIMEOUT) {
    const before = (yield* figures).audioEnergy
    yield* until(figures, `sound, energy above ${before}`, (_) => _.audioEnergy > before + AUDIBLE, timeoutMs)
  })

  return {
    page,
    offer,
    figures,
    firstFrame,
    frames,
    countFrames,
    lumaDeviation: Effect.map(figures, (_) => _.luma),
    audioEnergy: Effect.map(figures, (_) => _.audioEnergy),
    awaitFrames,
    awaitPicture,
    awaitSound,
    close: call(page, "closeViewer")
  }
}
