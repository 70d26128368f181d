/**
 * One OBS in memory: what it does, who drives it, and what a test may do to it.
 */
import { type Destination, type EncoderStatus, unknownStatus } from "@headend/core/Encoder"
import { EncoderUnreachable } from "@headend/core/EncoderFailure"
import type { CommandFailure, Purpose } from "@headend/core/Encoders"
import type { Superseded } from "@headend/core/Failure"
import type { Mark } from "@headend/core/Mark"
import { Deferred, Effect, Redacted, Semaphore } from "effect"

/** Who drives it. */
export interface Holder {
  readonly mark: Mark
  readonly purpose: Purpose
  readonly lost: Deferred.Deferred<never, CommandFailure | Superseded>
}

/** An OBS, and what a test may do to it. */
export class FakeEncoder {
  readonly url: string
  password: string | null = "hush"
  /** Nobody listens there. */
  isAway = false
  /** As `GetStreamServiceSettings` tells it, in JSON. */
  settings = JSON.stringify({ server: "rtmp://elsewhere.example/app", key: "their own key" })
  streaming = false
  reconnecting = false
  /** A start that its ingest has not answered. */
  starting = false
  /** What of its settings does not suit browsers. */
  warnings: ReadonlyArray<string> = []
  /** Starts that were really sent to it. */
  starts = 0
  holder: Holder | undefined
  readonly turn = Semaphore.makeUnsafe(1)
  private startedAt = 0
  private readonly waiting = new Set<() => void>()

  constructor(url: string) {
    this.url = url
  }

  get destination(): Destination | null {
    const { key, server } = JSON.parse(this.settings) as { readonly server?: string; readonly key?: string }
    return server === undefined || key === undefined ? null : { server, key: Redacted.make(key) }
  }

  become(change: Partial<Pick<FakeEncoder, "streaming" | "reconnecting" | "starting">>, now = 0): void {
    if (change.streaming === true && !this.streaming) this.startedAt = now
    Object.assign(this, change)
    for (const look of this.waiting) look()
  }

  until(isSo: () => boolean): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const look = () => {
        if (!isSo()) return
        this.waiting.delete(look)
        resume(Effect.void)
      }
      this.waiting.add(look)
      look()
      return Effect.sync(() => this.waiting.delete(look))
    })
  }

  status(now: number): EncoderStatus {
    const seconds = this.streaming ? Math.max(0, now - this.startedAt) / 1_000 : 0
    return {
      ...unknownStatus(this.url),
      version: "fake",
      connected: true,
      streaming: this.streaming,
      reconnecting: this.reconnecting,
      bytes: Math.round(seconds * 100_000),
      bitrateKbps: this.streaming ? 800 : null,
      totalFrames: Math.round(seconds * 30),
      warnings: this.warnings
    }
  }

  /** The connection is lost; the stream goes on unless it `dies`. */
  cut(options: { readonly dies?: boolean } = {}): void {
    const error = new EncoderUnreachable({ encoder: this.url, reason: "the connection was cut" })
    if (this.holder !== undefined) Deferred.doneUnsafe(this.holder.lost, Effect.fail(error))
    this.holder = undefined
    if (options.dies === true) this.become({ streaming: false, reconnecting: false, starting: false })
  }
}
