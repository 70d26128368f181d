// The stream of a fake OBS: what comes after a start, a stop, a server that dies, and the counters that show it.
import { holds, type Settings, type Switches, type Target } from "./options.ts"

export type State =
  | "STARTING"
  | "STARTED"
  | "STOPPING"
  | "STOPPED"
  | "RECONNECTING"
  | "RECONNECTED"

const fps = 30
const bytesPerFrame = 6_000

/** One run of OBS' stream output. Times are real. */
export class Output {
  active = false
  reconnecting = false
  starting = false
  /** What it published to when it was started last. */
  target: Target | undefined
  #since = 0
  #bytes = 0
  #frames = 0
  #skipped = 0
  #hangs = false
  #timers = new Set<ReturnType<typeof setTimeout>>()
  readonly #settings: Settings
  readonly #switches: Switches
  readonly #tell: (state: State, outputActive: boolean) => void
  readonly #crash: () => void

  constructor(
    settings: Settings,
    switches: Switches,
    tell: (state: State, outputActive: boolean) => void,
    crash: () => void
  ) {
    this.#settings = settings
    this.#switches = switches
    this.#tell = tell
    this.#crash = crash
  }

  #later(millis: number, what: () => void) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      what()
    }, millis)
    this.#timers.add(timer)
  }

  /** Whoever asks has checked that it is not active. */
  start(target: Target) {
    const [first, then] = this.#settings.startMillis
    if (this.starting) {
      if (this.#switches.crashOnDoubleStart && !this.#hangs) this.#later(50, this.#crash)
      return
    }
    this.starting = true
    this.#hangs = holds(this.#switches.hangInStarting, target)
    this.#later(first, () => {
      this.#tell("STARTING", false)
      if (!this.#hangs) this.#later(then, () => this.#begin(target))
    })
  }

  #begin(target: Target) {
    this.starting = false
    if (this.#refuses(target)) return this.#tell("STOPPED", false)
    this.target = target
    this.active = true
    this.#reset()
    this.#tell("STARTED", true)
  }

  #refuses(target: Target) {
    return holds(this.#switches.serverAway, target) || holds(this.#switches.denyKey, target)
  }

  #reset() {
    this.#since = Date.now()
    this.#bytes = 0
    this.#frames = 0
    this.#skipped = 0
  }

  /** The RTMP server closes a connection that it never answered. */
  failStart() {
    if (!this.starting) return
    this.starting = false
    this.#tell("STOPPED", false)
  }

  /** Whoever asks has checked that it is active. */
  stop() {
    const [first, then] = this.#settings.stopMillis
    this.#later(first, () => this.#tell("STOPPING", false))
    this.#later(first + then, () => this.#end())
  }

  #end() {
    if (!this.active) return
    this.#count()
    this.active = false
    this.reconnecting = false
    this.#tell("STOPPED", false)
  }

  /** The RTMP server has died or thrown it out: it tries again by itself. */
  lose() {
    if (!this.active || this.reconnecting) return
    this.#count()
    this.reconnecting = true
    this.#retry(1)
  }

  #retry(attempt: number) {
    this.#tell("RECONNECTING", false)
    this.#later(this.#settings.retryMillis, () => {
      if (!this.active || !this.reconnecting) return
      if (this.target !== undefined && !this.#refuses(this.target)) {
        this.reconnecting = false
        this.#reset()
        return this.#tell("RECONNECTED", true)
      }
      if (attempt >= this.#settings.retries) return this.#end()
      this.#retry(attempt + 1)
    })
  }

  #count() {
    if (!this.active || this.reconnecting || this.#switches.stalled) {
      this.#since = Date.now()
      return
    }
    const frames = Math.floor((Date.now() - this.#since) * fps / 1_000)
    if (frames === 0) return
    this.#since = Date.now()
    this.#frames += frames
    if (this.#switches.congested) this.#skipped += Math.ceil(frames / 3)
    this.#bytes += frames * bytesPerFrame
  }

  /** GetStreamStatus. After a stop the counters keep what they had. */
  status() {
    this.#count()
    return {
      outputActive: this.active,
      outputReconnecting: this.reconnecting,
      outputTimecode: "00:00:00.000",
      outputDuration: this.active ? Math.round(this.#frames * 1_000 / fps) : 0,
      outputCongestion: this.#switches.congested ? 0.8 : 0,
      outputBytes: this.#bytes,
      outputSkippedFrames: this.#skipped,
      outputTotalFrames: this.#frames
    }
  }

  /** OBS is gone. */
  die() {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.active = this.reconnecting = this.starting = false
  }
}
