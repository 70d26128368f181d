/**
 * A broadcast that this worker owns: what the loop of `Broadcast.run` tells, what was last read and said of it, and its
 * ledger, every line of which goes through the registry first.
 */
import { Clock, Deferred, Effect, Exit, Option, type Tracer } from "effect"
import type { Watcher } from "../Broadcast.ts"
import type { BroadcastRegistry } from "../BroadcastRegistry.ts"
import type { EndReason } from "../EndReason.ts"
import type { Failing } from "../Failure.ts"
import type { Feed, Part } from "../Feed.ts"
import * as Health from "../Health.ts"
import * as Holding from "../Holding.ts"
import type { Claim, StatusChange } from "../Lease.ts"
import type { Mark } from "../Mark.ts"
import type { Mountpoint } from "../Mountpoint.ts"
import type { Mountpoints } from "../Mountpoints.ts"
import type { Placed } from "../Place.ts"
import { iso } from "../RunRecord.ts"
import type { Left, SourceFacts } from "../Snapshot.ts"
import type { Memory } from "../Source.ts"
import { asked, type PlacedTrack, type Track } from "../Track.ts"
import { OwnedLedger } from "./ownedLedger.ts"
import * as Saying from "./saying.ts"
import { turn } from "./turn.ts"

export class Owned implements Watcher {
  readonly claim: Claim
  readonly mark: Mark
  readonly memory: Memory = {}
  /** `onAir` keeps it there, `takeDown` undoes it; `gone`: another worker's by now, nothing may be written. */
  doing: "onAir" | "takeDown" | "gone" = "onAir"
  ending: EndReason | null
  held: ReadonlyArray<Holding.Held>
  leftBehind: ReadonlyArray<Left>
  placed: Placed | undefined
  feed: Feed | undefined
  fed: ReadonlyArray<string> = []
  fedAt = 0
  state: Health.State
  health: Health.Health = Health.unknown
  facts: SourceFacts | undefined
  saidMountpoint: Placed["mountpoint"] | undefined
  startedAt: number | null
  /** When media was last seen. */
  lastMedia: number
  /** What had stopped while the other arrived, until it is back. */
  stopped: Part | undefined
  /** Of its relay, as they were told. */
  restarts = 0
  /** Looked at more often until then. */
  hotUntil = 0
  /** Where it stands in the agenda: the beat it is looked at next, and its place among the beats of a second. */
  lookOn = Number.POSITIVE_INFINITY
  lookPlace: number | undefined
  /** Opened anew for want of media; not again before this time. */
  nudgeAfter = 0
  nudges = 0
  /** Somebody waits for the mountpoint to be missing. */
  private awaited: Deferred.Deferred<void> | undefined
  /** What of its relays' logs was told last. */
  saidLogs = ""
  tellLogsAfter = 0
  /** From its claim until it is on air for the first time, where somebody traces. */
  way: Tracer.Span | undefined
  /** The registry says that it is another's, or has lost its data: to be found out. */
  isDoubted = false
  /** The owner before this one has stopped sending, or has told us so. */
  isSilentBefore: boolean
  /** What could not be said while the registry was away: the latest of each. */
  unsaid: StatusChange | undefined
  readonly ledger: Holding.Ledger["Service"] = new OwnedLedger(this)
  readonly registry: BroadcastRegistry["Service"]
  /** The lease was renewed so lately that nobody can have taken it over. */
  readonly isSure: () => boolean
  /** Something has changed that is to be looked at soon. */
  private readonly lookSoon: (o: Owned) => void

  constructor(options: {
    readonly claim: Claim
    readonly mark: Mark
    readonly registry: BroadcastRegistry["Service"]
    readonly now: number
    readonly isSure: () => boolean
    readonly lookSoon: (o: Owned) => void
  }) {
    this.claim = options.claim
    this.mark = options.mark
    this.registry = options.registry
    this.isSure = options.isSure
    this.lookSoon = options.lookSoon
    this.ending = options.claim.ending
    this.held = options.claim.held
    this.leftBehind = options.claim.leftBehind
    this.state = options.claim.state
    this.startedAt = options.claim.startedAt
    this.lastMedia = options.now
    this.isSilentBefore = Option.isNone(options.claim.maySend)
  }

  // what the loop of `Broadcast.run` tells

  onAirBefore(): boolean {
    return this.startedAt !== null
  }

  get mayOpen(): Effect.Effect<void, Holding.LedgerFenced> {
    return Effect.flatMap(this.confirmed(), (ours) => ours ? Effect.void : Effect.fail(new Holding.LedgerFenced()))
  }

  mayFeed(mountpoint: Mountpoint, mountpoints: Mountpoints["Service"]): Effect.Effect<void, Holding.LedgerFenced> {
    return turn(this, mountpoint, mountpoints)
  }

  before(): ReadonlyArray<Track> | undefined {
    return this.placed?.tracks ?? this.formerly()?.map(asked)
  }

  formerly(): ReadonlyArray<PlacedTrack> | undefined {
    return this.placed?.mountpoint.media ?? this.claim.mountpoint?.media
  }

  get missing(): Effect.Effect<void> {
    return Effect.suspend(() => Deferred.await(this.awaited ??= Deferred.makeUnsafe()))
  }

  /** The mountpoint is missing; whether somebody has waited to hear that, and puts it back. */
  isMissing(): boolean {
    const { awaited } = this
    this.awaited = undefined
    if (awaited !== undefined) Deferred.doneUnsafe(awaited, Effect.void)
    return awaited !== undefined
  }

  onPlaced(placed: Placed): void {
    this.placed = placed
    this.fedAt = placed.at
    this.heat(placed.at)
  }

  onOpened(feed: Feed, now: number): void {
    this.feed = feed
    this.awaited = undefined // of a feed before this one
    this.fed = []
    this.fedAt = now
    this.heat(now)
  }

  /** What has just changed is looked at more often for a while. */
  heat(now: number): void {
    this.hotUntil = now + 3_000
    this.lookSoon(this)
  }

  /** The feed is lost; the state says so at once. */
  onLost(error: Failing, next: string): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      this.feed = undefined
      const state = this.startedAt === null && this.state === "starting" ? "starting" : "recovering"
      return this.show(state, [Saying.reading(error, next)], now, error.failure.code)
    })
  }

  /** It is on air for the first time, or it ends before: the span of its way there is over. */
  arrived(ending?: EndReason): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeNanos, (nanos) =>
      Effect.sync(() => {
        this.way?.end(nanos, ending === undefined || ending.fault === null ? Exit.void : Exit.fail(ending.message))
        this.way = undefined
      }))
  }

  /** Says it to the registry; what it cannot hear now is said after the next renewal. `false`: it is not ours any more. */
  say(change: StatusChange): Effect.Effect<boolean> {
    const whole = this.unsaid === undefined ? change : Saying.merge(this.unsaid, change)
    this.unsaid = undefined
    return Effect.as(this.registry.report(this.claim, whole), true).pipe(
      Effect.catchTags({
        RegistryUnavailable: () =>
          Effect.sync(() => {
            this.unsaid = this.unsaid === undefined ? whole : Saying.merge(whole, this.unsaid)
            return true
          }),
        Fenced: () =>
          Effect.sync(() => {
            this.isDoubted = true
            this.lookSoon(this)
            return false
          })
      })
    )
  }

  /** What could not be said, and how it is now: an answer that came late may have put an older state into it. */
  sayAgain(): Effect.Effect<boolean> {
    return this.say(this.doing === "onAir" ? { state: this.state, health: this.health } : {})
  }

  /** The registry knows nothing of it any more: all is to be said again. */
  forgetSaid(): void {
    this.isDoubted = false
    this.health = Health.unknown
    this.facts = undefined
    this.saidMountpoint = undefined
  }

  /** Still ours: known by the last renewal, or else asked of the registry until it answers. */
  confirmed(): Effect.Effect<boolean> {
    return Effect.suspend(() =>
      this.isSure() ? Effect.succeed(true) : this.registry.report(this.claim, {}).pipe(
        Effect.as(true),
        Effect.catchTags({
          Fenced: () => Effect.succeed(false),
          RegistryUnavailable: () => Effect.andThen(Effect.sleep("1 second"), this.confirmed())
        })
      )
    )
  }

  /** Reports a state and its hops when they are others than before. */
  show(
    state: Health.State,
    readings: Health.Look["readings"],
    now: number,
    cause?: string,
    more: StatusChange = {}
  ): Effect.Effect<void> {
    const facts = this.feed?.facts()
    const mountpoint = this.placed?.mountpoint
    const same = state === this.state && facts === this.facts && mountpoint === this.saidMountpoint
      && Health.says(this.health, readings, state) && Object.keys(more).length === 0
    if (same) return Effect.void
    const health = Health.health(readings, state, this.health, iso(now))
    const restarts = facts?.relay?.restarts ?? 0
    const events = Saying.events(this, { health, restarts })
    this.restarts = Math.max(restarts, this.restarts)
    this.health = health
    this.state = state
    this.facts = facts
    this.saidMountpoint = mountpoint
    return Effect.asVoid(this.say({
      ...more,
      state,
      health,
      ...(cause === undefined ? {} : { cause }),
      ...(facts === undefined ? {} : { facts }),
      ...(mountpoint === undefined ? {} : { mountpoint }),
      events
    }))
  }
}
