/**
 * How an encoder is, from what it told last. What breaks the stream is bad; what announces that it may break is evidence
 * of a hop that is well. Counters begin anew when it starts or reconnects: a smaller one is a new beginning.
 */
import type { EncoderStatus } from "../Encoder.ts"
import type { Reading } from "../Health.ts"

/** So many in a row without a byte more, and it sends nothing. */
const polls = 3
/** A way to the ingest fuller than this, for as long, loses frames next. */
const congested = 0.5
/** Of the frames of the window. */
const tooMany = 0.1
const window = 6

const grown = (before: number, after: number) => (after >= before ? after - before : after)

/** One encoder, over time. */
export class EncoderHealth {
  private seen: ReadonlyArray<EncoderStatus> = []

  /** Looks at what it tells now; the same object is no news. */
  reading(status: EncoderStatus): Reading {
    const last = this.seen.at(-1)
    if (last !== status) {
      const isFresh = last === undefined || last.streaming !== status.streaming
        || last.reconnecting !== status.reconnecting
      this.seen = isFresh ? [status] : [...this.seen, status].slice(-window)
    }
    if (!status.streaming) return { status: "bad", evidence: "does not stream" }
    if (status.reconnecting) {
      return { status: "bad", evidence: "has lost the ingest", next: "OBS connects again by itself" }
    }
    return this.trouble() ?? { status: "ok", evidence: words(status) }
  }

  private trouble(): Reading | undefined {
    const { seen } = this
    const [first, status] = [seen[0], seen.at(-1)]
    if (first === undefined || status === undefined || seen.length <= polls) return undefined
    const lately = seen.slice(-1 - polls)
    if (lately.every((one) => one.bytes === status.bytes)) return { status: "bad", evidence: "sends nothing" }
    if (lately.every((one) => one.congestion > congested)) {
      return { status: "bad", evidence: `its way to the ingest is congested (${percent(status.congestion)})` }
    }
    const skipped = grown(first.skippedFrames, status.skippedFrames) / grown(first.totalFrames, status.totalFrames)
    return skipped > tooMany
      ? { status: "bad", evidence: `leaves out ${percent(skipped)} of the frames: the network does not take them` }
      : undefined
  }
}

const percent = (part: number) => `${Math.round(part * 100)} %`

/** It draws more slowly than it should: the stream breaks next. */
const isSlow = ({ fps, renderMs }: EncoderStatus) => renderMs !== null && fps !== null && fps > 0 && renderMs > 33

const words = (status: EncoderStatus): string =>
  [
    status.bitrateKbps === null ? "streams" : `${Math.round(status.bitrateKbps)} kbit/s`,
    ...(isSlow(status) ? [`its machine is too slow: ${Math.round(status.renderMs ?? 0)} ms to draw a frame`] : []),
    ...status.warnings
  ].join("; ")
