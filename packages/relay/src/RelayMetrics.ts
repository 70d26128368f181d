/**
 * Metrics of the relays of this process. Starts and exits are counted where they happen. The figures of each broadcast are
 * read when somebody asks, into whatever registry is there then: given a fresh one, what has ended leaves nothing behind.
 */
import type { Relay } from "@headend/core/Relay"
import type { RelayFailure } from "@headend/core/RelayFailure"
import { Relays } from "@headend/core/Relays"
import { Effect, Metric } from "effect"

const starts = Metric.counter("relay_starts_total", {
  description: "Processes of relays that were started.",
  incremental: true
})
const exits = Metric.counter("relay_exits_total", {
  description: "Processes of relays that ended, by class (whose fault it was) and reason.",
  incremental: true
})

export const started = (kind: Relay["kind"]): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(starts, { kind }), 1)

/** `undefined`: it was ended because nobody wants it any more. */
export const ended = (kind: Relay["kind"], failure: RelayFailure | undefined): Effect.Effect<void> => {
  const { code, fault } = failure?.failure ?? { code: "ended_on_request", fault: "none" }
  return Metric.update(Metric.withAttributes(exits, { kind, class: fault, reason: code }), 1)
}

const gauge = (name: string, description: string) => Metric.gauge(`relay_${name}`, { description })

/** Each with the figure of the progress that it shows, and a factor to the base unit. */
const gauges = [
  [gauge("fps", "Frames per second of the last second, all video tracks together."), "fps", 1],
  [gauge("bitrate_bits_per_second", "What it sent in the last second, without RTP headers."), "bitrateKbps", 1_000],
  [gauge("speed", "Seconds of media per second; below 1 it cannot keep up. FFmpeg only."), "speed", 1],
  [gauge("frames", "Frames since the process began."), "frames", 1],
  [gauge("dropped_frames", "Of them dropped. FFmpeg only."), "drops", 1],
  [gauge("duplicated_frames", "Of them sent twice. FFmpeg only."), "dups", 1],
  [gauge("cpu_percent", "Percent of one core in the last second."), "cpuPercent", 1],
  [gauge("memory_bytes", "Resident memory."), "memoryMb", 1_048_576]
] as const

const restarts = gauge("restarts", "How often a relay that had media was started again in this process.")
const up = gauge("up", "1 while media flows through it.")

/** Reads the figures of all relays of this process into the registry that is provided. */
export const read: Effect.Effect<void, never, Relays> = Effect.gen(function*() {
  const { running } = yield* Relays
  for (const one of yield* running) {
    const labels = { broadcast: one.broadcast, kind: one.kind }
    const progress = one.status.progress ?? {}
    yield* Metric.update(Metric.withAttributes(up, labels), one.status.fed.length > 0 ? 1 : 0)
    yield* Metric.update(Metric.withAttributes(restarts, labels), one.restarts)
    for (const [metric, figure, factor] of gauges) {
      const value = progress[figure]
      if (value !== undefined) yield* Metric.update(Metric.withAttributes(metric, labels), value * factor)
    }
  }
})
