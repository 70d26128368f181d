// What OBS' stream is doing, from its events and from what a poll says; and whoever waits for a change of it.
import type { EncoderStatus } from "@headend/core/Encoder"
import { Effect } from "effect"
import type { Answer, StreamState } from "../ObsProtocol.ts"

/** `starting` is not seen in any answer of OBS: only its events tell of it. */
export type Phase = "idle" | "starting" | "live" | "reconnecting" | "stopping"

const phases: Readonly<Record<StreamState, Phase>> = {
  OBS_WEBSOCKET_OUTPUT_STARTING: "starting",
  OBS_WEBSOCKET_OUTPUT_STARTED: "live",
  OBS_WEBSOCKET_OUTPUT_STOPPING: "stopping",
  OBS_WEBSOCKET_OUTPUT_STOPPED: "idle",
  OBS_WEBSOCKET_OUTPUT_RECONNECTING: "reconnecting",
  OBS_WEBSOCKET_OUTPUT_RECONNECTED: "live"
}

/** For so long after STOPPED an answer may be older than it. */
const lateMillis = 1_000

type StreamAnswer = Answer<"GetStreamStatus">
type StatsAnswer = Answer<"GetStats">

export class Stream {
  phase: Phase = "idle"
  /** Somebody asked it to stop; it did not stop by itself. */
  wasAsked = false
  status: EncoderStatus
  private stoppedAt: number | undefined
  private polledAt: number | undefined
  private readonly waiting = new Set<() => void>()

  constructor(status: EncoderStatus) {
    this.status = status
  }

  /** `now`: milliseconds, by the clock of `polled`. */
  on(state: StreamState, now: number): void {
    if (state === "OBS_WEBSOCKET_OUTPUT_STOPPED") this.stoppedAt = now
    if (state === "OBS_WEBSOCKET_OUTPUT_STOPPING") this.wasAsked = true
    if (state === "OBS_WEBSOCKET_OUTPUT_STARTING") this.wasAsked = false
    this.become(phases[state])
  }

  /** What OBS answers when it is asked. While it starts it answers that it is idle. */
  polled(stream: StreamAnswer, stats: StatsAnswer | undefined, now: number): void {
    const { outputActive, outputBytes, outputReconnecting } = stream
    // an answer may still say that it is active when the event has said that it is not any more
    const isLate = this.stoppedAt !== undefined && now - this.stoppedAt < lateMillis
    if (outputActive) {
      if (this.phase !== "stopping" && !(isLate && this.phase === "idle")) {
        this.become(outputReconnecting ? "reconnecting" : "live")
      }
    } else if (this.phase === "live" || this.phase === "reconnecting") this.become("idle")
    const since = this.polledAt === undefined ? 0 : now - this.polledAt
    const more = outputBytes - this.status.bytes
    this.polledAt = now
    this.status = {
      ...this.status,
      bytes: outputBytes,
      bitrateKbps: since > 0 && more >= 0 && outputActive ? Math.round(more * 8 / since) : null,
      congestion: stream.outputCongestion ?? 0,
      totalFrames: Math.round(stream.outputTotalFrames),
      skippedFrames: Math.round(stream.outputSkippedFrames),
      ...(stats === undefined ? {} : {
        fps: stats.activeFps,
        renderMs: stats.averageFrameRenderTime,
        renderedFrames: Math.round(stats.renderTotalFrames),
        renderSkippedFrames: Math.round(stats.renderSkippedFrames),
        cpuPercent: stats.cpuUsage,
        memoryMb: stats.memoryUsage
      })
    }
  }

  private become(phase: Phase): void {
    if (phase === this.phase) return
    this.phase = phase
    this.status = {
      ...this.status,
      streaming: phase === "live" || phase === "reconnecting",
      reconnecting: phase === "reconnecting"
    }
    for (const look of this.waiting) look()
  }

  /** Waits until it is in one of these phases, and says which. */
  until(...wanted: ReadonlyArray<Phase>): Effect.Effect<Phase> {
    return Effect.callback((resume) => {
      const look = () => {
        if (!wanted.includes(this.phase)) return
        this.waiting.delete(look)
        resume(Effect.succeed(this.phase))
      }
      this.waiting.add(look)
      look()
      return Effect.sync(() => this.waiting.delete(look))
    })
  }
}
