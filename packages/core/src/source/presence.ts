/**
 * Whether somebody publishes to the ingest of a relayed broadcast: what the server tells of it, by its API or its hooks,
 * and what the relay finds. The relay is believed: it has the media.
 */
import { Clock, Effect } from "effect"
import type { Reading } from "../Health.ts"
import { type IngestStatus, type IngestWatch, unknownStatus } from "../IngestStatus.ts"
import type { SourceFacts } from "../Snapshot.ts"

/** A server lets a publisher in after it has asked its hook: for so long the relay tries quickly. Milliseconds. */
const hurryFor = 5_000
const hurriedPause = 250
/** The longest pause between two tries of the relay; longer where a server says that nobody is there. Milliseconds. */
const pauseAtMost = 3_000
const pauseAtMostWhenTold = 30_000
/** A relay that has no picture by then says so. Milliseconds. */
const late = 3_000

const nobodyTells: IngestWatch = { now: () => unknownStatus, next: () => Effect.never, doubt: () => undefined }

export class Presence {
  /** As everybody may see it. */
  readonly publishUrl: string
  private readonly watch: IngestWatch
  private waiting: Reading | undefined
  private said: string | undefined
  private saidFacts: SourceFacts["ingest"] = null
  private isLate = false
  private hurryUntil = 0

  /** Without a watch only the relay tells. */
  constructor(publishUrl: string, watch: IngestWatch = nobodyTells) {
    this.publishUrl = publishUrl
    this.watch = watch
  }

  now(): IngestStatus {
    return this.watch.now()
  }

  /** The next change; somebody who comes is let in a moment after we hear of it. */
  private readonly next = (seen: IngestStatus): Effect.Effect<IngestStatus> =>
    Effect.tap(this.watch.next(seen), (next) =>
      next.live === true && seen.live !== true
        ? Effect.map(Clock.currentTimeMillis, (now) => {
          this.hurryUntil = now + hurryFor
          this.waiting = undefined
        })
        : Effect.void)

  /** Waits until somebody publishes who did not before. */
  private readonly arrives = (seen: IngestStatus): Effect.Effect<void> =>
    Effect.flatMap(
      this.next(seen),
      (next) => next.live === true && seen.live !== true ? Effect.void : this.arrives(next)
    )

  /** Waits until whoever published has left. */
  private readonly leaves = (seen: IngestStatus): Effect.Effect<void> =>
    Effect.flatMap(
      this.next(seen),
      (next) => next.live === false && seen.live === true ? Effect.void : this.leaves(next)
    )

  /** While a relay runs: ends when the publisher has left, and says that it waits when there is no media for a while. */
  during(isFed: () => boolean): Effect.Effect<"left"> {
    return Effect.suspend(() => {
      this.isLate = false
      const tells = Effect.andThen(
        Effect.sleep(late),
        Effect.suspend(() => {
          if (!isFed() && this.now().live === true) this.isLate = true
          else if (!isFed()) this.waiting = { status: "waiting", evidence: this.said ?? "nobody publishes yet" }
          return Effect.never
        })
      )
      return Effect.as(Effect.raceFirst(this.leaves(this.now()), tells), "left" as const)
    })
  }

  /**
   * Nobody is there, as the relay found, or the server told: waits before the next try, and not longer than it must. How
   * many tries there were in a row since somebody came.
   */
  wait(evidence: string, tries: number): Effect.Effect<number> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const isHurried = now < this.hurryUntil && this.now().live !== false
      if (!isHurried && this.now().live !== false) this.watch.doubt()
      const seen = this.now()
      this.said = evidence
      if (seen.live !== true) {
        this.waiting = { status: "waiting", evidence, next: "goes on air as soon as somebody publishes" }
      } else if (!isHurried) {
        this.waiting = { status: "bad", evidence: `${told(seen)}, and the relay gets nothing: ${evidence}` }
      }
      const most = seen.live === false ? pauseAtMostWhenTold : pauseAtMost
      const pause = isHurried ? hurriedPause : Math.min(1_000 * 1.5 ** tries, most)
      return Effect.timeoutOrElse(Effect.as(this.arrives(seen), 0), {
        duration: pause,
        orElse: () => Effect.succeed(tries + 1)
      })
    })
  }

  reading(isFed: boolean): Reading {
    const status = this.now()
    if (isFed) {
      this.waiting = undefined
      if (status.stuckSince !== null) {
        const since = new Date(status.stuckSince).toISOString()
        return { status: "bad", evidence: `${told(status)}; its frames have not grown since ${since}` }
      }
      const remarks = [
        told(status),
        ...(status.trouble === null ? [] : [status.trouble]),
        ...(this.isLate ? ["the picture came late: no GOP cache at the server, or keyframes far apart"] : [])
      ]
      return { status: "ok", evidence: remarks.join("; ") }
    }
    if (this.waiting !== undefined) return this.waiting
    if (status.live === true) return { status: "ok", evidence: told(status) }
    return { status: "unknown", evidence: status.trouble ?? "not known yet whether somebody publishes" }
  }

  /** For the snapshot; the same object while nothing changes. `codecs`: as the relay found them. */
  facts(isFed: boolean, codecs: ReadonlyArray<string>): NonNullable<SourceFacts["ingest"]> {
    const status = this.now()
    const live = isFed ? true : status.live ?? (this.waiting === undefined ? null : false)
    const known = codecs.length > 0 ? codecs : status.codecs
    const { saidFacts } = this
    return live === saidFacts?.live && known === saidFacts.codecs
      ? saidFacts
      : (this.saidFacts = { publishUrl: this.publishUrl, live, codecs: known })
  }
}

const told = ({ codecs, publisher }: IngestStatus): string => {
  const from = publisher?.address == null ? "somebody publishes" : `${publisher.address} publishes`
  const what = codecs.length === 0 ? from : `${from} ${codecs.join(" and ")}`
  return publisher?.client == null ? what : `${what} (client ${publisher.client})`
}
