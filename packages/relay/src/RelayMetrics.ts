/**
 * Metrics of the relays of this process. Starts and exits are counted where they happen. The figures of each broadcast are
 * read when somebody asks, into whatever registry is there then: given a fresh one, what has ended leaves nothing behind.
 */
import * as Measure from "@headend/core/Measure"
import type { Relay } from "@headend/core/Relay"
import type { RelayFailure } from "@headend/core/RelayFailure"
import { Relays } from "@headend/core/Relays"
import { Effect } from "effect"

const ofRelay = { broadcast: "its id", kind: "`ffmpeg`, `gstreamer`" }

/** What relays count, and their figures. */
export const measures = {
  starts: Measure.counter("relay_starts_total", {
    means: "Processes of relays that were started.",
    labels: { kind: ofRelay.kind }
  }),
  exits: Measure.counter("relay_exits_total", {
    means: "Processes of relays that ended.",
    labels: {
      kind: ofRelay.kind,
      class:
        "whose fault it was: `world`, `outage` (nobody publishes), `caller`, `absent`, `done` (a file at its end), "
        + "`none` (`ended_on_request`)",
      reason: "the code below"
    }
  }),
  up: Measure.gauge("relay_up", {
    means: "1 while media flows through it. This and the next: relays of this process, gone with the relay.",
    labels: ofRelay
  }),
  restarts: Measure.gauge("relay_restarts", {
    means: "How often a relay that had media was started again in this process.",
    labels: ofRelay
  }),
  fps: Measure.gauge("relay_fps", {
    means: "Frames per second of the last second, all video tracks together.",
    labels: ofRelay
  }),
  bitrate: Measure.gauge("relay_bitrate_bits_per_second", {
    means: "What it sent in the last second, without RTP headers.",
    labels: ofRelay
  }),
  speed: Measure.gauge("relay_speed", {
    means: "Seconds of media per second; below 0.9 for long it cannot keep up.",
    labels: ofRelay
  }),
  frames: Measure.gauge("relay_frames", { means: "Frames since the process began.", labels: ofRelay }),
  dropped: Measure.gauge("relay_dropped_frames", { means: "Of them dropped. FFmpeg only.", labels: ofRelay }),
  duplicated: Measure.gauge("relay_duplicated_frames", { means: "Of them sent twice. FFmpeg only.", labels: ofRelay }),
  cpu: Measure.gauge("relay_cpu_percent", { means: "Percent of one core in the last second.", labels: ofRelay }),
  memory: Measure.gauge("relay_memory_bytes", { means: "Resident memory.", labels: ofRelay })
}

/** Counts a process that was started. */
export const started = (kind: Relay["kind"]): Effect.Effect<void> => measures.starts.update(1, { kind })

/** `undefined`: it was ended because nobody wants it any more. */
export const ended = (kind: Relay["kind"], failure: RelayFailure | undefined): Effect.Effect<void> => {
  const { code, fault } = failure?.failure ?? { code: "ended_on_request", fault: "none" }
  return measures.exits.update(1, { kind, class: fault, reason: code })
}

/** Each with the figure of the progress that it shows, and a factor to the base unit. */
const figures = [
  [measures.fps, "fps", 1],
  [measures.bitrate, "bitrateKbps", 1_000],
  [measures.speed, "speed", 1],
  [measures.frames, "frames", 1],
  [measures.dropped, "drops", 1],
  [measures.duplicated, "dups", 1],
  [measures.cpu, "cpuPercent", 1],
  [measures.memory, "memoryMb", 1_048_576]
] as const

/** Reads the figures of all relays of this process into the registry that is provided. */
export const read: Effect.Effect<void, never, Relays> = Effect.gen(function*() {
  const { running } = yield* Relays
  for (const one of yield* running) {
    const labels = { broadcast: one.broadcast, kind: one.kind }
    const progress = one.status.progress ?? {}
    yield* measures.up.update(one.status.fed.length > 0 ? 1 : 0, labels)
    yield* measures.restarts.update(one.restarts, labels)
    for (const [measure, figure, factor] of figures) {
      const value = progress[figure]
      if (value !== undefined) yield* measure.update(value * factor, labels)
    }
  }
})
