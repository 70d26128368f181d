/**
 * A broadcast: a scope and a ledger. The scope ends what lives in this process; the ledger undoes what lives on servers.
 *
 * `open` is for those who compose broadcasts themselves: all is undone when its scope closes. `run` keeps one on air
 * behind the same mountpoint, and leaves the undoing to whoever owns it.
 */
import { Clock, Context, Duration, Effect, Random, Schedule, type Scope, type Semaphore } from "effect"
import type { BroadcastId, BroadcastSpec, Common } from "./BroadcastSpec.ts"
import { type Failing, ServerUnavailable } from "./Failure.ts"
import type { Feed } from "./Feed.ts"
import * as Holding from "./Holding.ts"
import { Installation } from "./Installation.ts"
import { hash53 } from "./internal/hash53.ts"
import { Keyring } from "./Keyring.ts"
import type { Mark } from "./Mark.ts"
import type { Mountpoint } from "./Mountpoint.ts"
import { Mountpoints } from "./Mountpoints.ts"
import { MountpointHeld, Place, type Placed, type PlaceFailure } from "./Place.ts"
import type { Restart } from "./Relay.ts"
import * as Secrets from "./Secrets.ts"
import type { Memory, Source } from "./Source.ts"
import { type Kinds, type Set, Sources } from "./Sources.ts"
import type { SpecInvalid } from "./SpecInvalid.ts"
import * as Trace from "./Trace.ts"
import type { PlacedTrack, Track } from "./Track.ts"

/** What recovery waits between two attempts: 1 s doubling to 30 s, with jitter. */
export const Recovery = Context.Reference<Schedule.Schedule<unknown>>("@headend/core/Recovery", {
  defaultValue: () => Schedule.jittered(Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("30 seconds")]))
})

/** After so long open, recovery begins anew, and its first try is immediate. */
export const stableAfter = 60_000
/** Before the first picture, errors of the world are tried so often. */
export const attemptsBeforeAir = 8

/** A broadcast that is open. */
export interface Open<E extends Failing> {
  readonly id: BroadcastId
  /** The mountpoint, once it is in place: with some sources only when they know what they send. */
  readonly mountpoint: () => Mountpoint | undefined
  readonly feed: Feed<E>
  /** Follows the feed, and fails when it is lost. Run it: some sources do all their work here. */
  readonly lost: Effect.Effect<never, E>
}

/**
 * Opens a broadcast of one's own: all is undone when the scope closes. Needs what the chosen kinds need, and no more.
 * Fails with `SpecInvalid` before anything is touched; waits until the media server can be asked.
 * Its mark carries an instance name of its own, so that no installation's sweep touches it.
 */
export const open = Effect.fn("Broadcast.open")(function*<const Ks extends Kinds>(
  sources: Set<Ks>,
  spec: Common & { readonly source: Source.Spec<Ks[number]> }
): Effect.fn.Return<
  Open<Source.Failure<Ks[number]> | PlaceFailure>,
  Source.Failure<Ks[number]> | PlaceFailure | SpecInvalid,
  Mountpoints | Keyring | Source.Services<Ks[number]> | Scope.Scope
> {
  yield* sources.validate(spec)
  const mountpoints = yield* Mountpoints
  const keyring = yield* Keyring
  const { instance } = yield* Installation
  const random = yield* Random.nextInt
  const broadcast = spec.id ?? `b${hash53(random, yield* Clock.currentTimeMillis).toString(36)}`
  const mark: Mark = {
    instance: `${instance}~${hash53(broadcast, random).toString(36)}`,
    broadcast,
    run: 1,
    epoch: 1,
    worker: "library"
  }
  yield* mountpoints.available
  const ledger = yield* Holding.scoped<Mountpoints | Source.Services<Ks[number]>>([MountpointHeld, ...sources.holds])
  const secrets = yield* Secrets.Secrets
  const choice = yield* Secrets.resolve(secrets, spec.mountpoint, "mountpoint")
  const source = yield* Secrets.resolve(secrets, spec.source, "source")
  let placed: Placed | undefined
  const place = new Place({
    choice,
    mark,
    mountpoints,
    before: undefined,
    formerly: undefined,
    placed: (next) => void (placed = next)
  })
  const feed = yield* Effect.provideService(
    sources.open(source, {
      broadcast,
      mark,
      keyId: keyring.keyId,
      place,
      mayFeed: () => Effect.void,
      onAirBefore: false,
      memory: {}
    }),
    Holding.Ledger,
    ledger
  )
  return { id: broadcast, mountpoint: () => placed?.mountpoint, feed, lost: feed.lost }
})

/** What `run` tells whoever watches over the broadcast. */
export interface Watcher {
  /** What the source keeps from one opening to the next. */
  readonly memory: Memory
  /** Media has arrived once: what is missing is waited for now. */
  readonly onAirBefore: () => boolean
  /** Waits until it is known to be ours; fails when it is another's. */
  readonly mayOpen: Effect.Effect<void, Holding.LedgerFenced>
  /** Waits until nobody before us sends into it; fails when it is another's. */
  readonly mayFeed: (
    mountpoint: Mountpoint,
    mountpoints: Mountpoints["Service"]
  ) => Effect.Effect<void, Holding.LedgerFenced>
  /** The tracks of its mountpoint, when an earlier opening or owner placed it. */
  readonly before: () => ReadonlyArray<Track> | undefined
  /** Where they were. */
  readonly formerly: () => ReadonlyArray<PlacedTrack> | undefined
  /** Waits until the media server turns out to have lost the mountpoint. */
  readonly missing: Effect.Effect<void>
  readonly onPlaced: (placed: Placed) => void
  readonly onOpened: (feed: Feed, now: number) => void
  /** It is not on air; `next` says what happens now. */
  readonly onLost: (error: Failing, next: string) => Effect.Effect<void>
}

/** Keeps a broadcast on air until interrupted, or until trying again cannot help. No span: it lasts for hours. */
export const run = Effect.fnUntraced(function*(
  spec: BroadcastSpec,
  options: {
    readonly broadcast: BroadcastId
    readonly mark: Mark
    readonly keyId: string
    readonly watcher: Watcher
    /** Bounds how many are opened at once. */
    readonly permits: Semaphore.Semaphore
  }
): Effect.fn.Return<never, Failing, Sources | Mountpoints | Holding.Ledger> {
  const { broadcast, keyId, mark, permits, watcher } = options
  const sources = yield* Sources
  const mountpoints = yield* Mountpoints
  const restart = sources.restart(spec.source)
  const recovery = restart === undefined ? yield* Recovery : recoveryOf(restart)
  const stable = restart?.stableAfter === undefined ? stableAfter : Duration.toMillis(restart.stableAfter)
  // made when it is needed first: most broadcasts never lose their feed
  let again: ((error: Failing) => Effect.Effect<unknown, unknown>) | undefined
  let inARow = 0
  let since = Number.POSITIVE_INFINITY
  let wasOpen = false
  let attempts = 0
  /** Puts the mountpoint back whenever the media server has lost it, for as long as it gets the same ports. */
  const restoring = (place: Place) => {
    const restore: Effect.Effect<void, Failing, Holding.Ledger> = Effect.catchIf(
      permits.withPermit(place.restore()),
      (error) => error._tag !== "MountpointMoved" && error.failure.fault === "outage",
      () => Effect.andThen(Effect.andThen(mountpoints.available, outagePause), restore)
    )
    return Effect.forever(Effect.andThen(watcher.missing, restore))
  }
  /** Secrets that are references are read at each opening: one that was changed holds from the next. */
  const secrets = Effect.all([
    sources.resolve(spec.mountpoint, "mountpoint"),
    sources.resolve(spec.source, "source")
  ])
  const attempt = Effect.scoped(Effect.flatMap(secrets, ([choice, source]) => {
    const place = new Place({
      choice,
      mark,
      mountpoints,
      before: watcher.before(),
      formerly: watcher.formerly(),
      placed: (placed) => watcher.onPlaced(placed)
    })
    return Effect.flatMap(
      Effect.andThen(
        watcher.mayOpen,
        permits.withPermit(Trace.within(
          sources.open(source, {
            broadcast,
            mark,
            keyId,
            place,
            mayFeed: (mountpoint) => watcher.mayFeed(mountpoint, mountpoints),
            onAirBefore: watcher.onAirBefore(),
            memory: watcher.memory
          }),
          "Sources.open",
          { broadcast, kind: spec.source.kind }
        ))
      ),
      (feed) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          since = now
          wasOpen = true
          watcher.onOpened(feed, now)
          return feed.outlivesMountpoint === true ? Effect.raceFirst(feed.lost, restoring(place)) : feed.lost
        })
    )
  }))
  while (true) {
    const error = yield* Effect.flip(attempt)
    const wasStable = (yield* Clock.currentTimeMillis) - since >= stable
    since = Number.POSITIVE_INFINITY
    const isOnAir = watcher.onAirBefore()
    wasOpen ||= isOnAir
    const { fault } = error.failure
    if (fault === "caller" || fault === "done" || fault === "owner" || (fault === "absent" && !wasOpen)) {
      return yield* Effect.fail(error)
    }
    if (fault === "outage") {
      yield* watcher.onLost(error, "goes on when the server is back")
      if (error instanceof ServerUnavailable && error.server === "janus") yield* mountpoints.available
      yield* outagePause
    } else if (fault === "absent") {
      yield* watcher.onLost(error, "looks again every second")
      yield* Effect.sleep(Duration.seconds(1))
    } else {
      if (!isOnAir && ++attempts >= attemptsBeforeAir) return yield* Effect.fail(error)
      inARow = wasStable ? 1 : inARow + 1
      if (restart?.budget !== undefined && inARow > restart.budget) return yield* Effect.fail(error)
      yield* watcher.onLost(error, "tries again")
      if (wasStable) again = undefined // begins anew, and the first try is immediate
      else {
        again ??= yield* Schedule.toStepWithSleep(recovery)
        yield* Effect.ignore(again(error))
      }
    }
  }
})

/** The schedule that a specification asks for. */
const recoveryOf = ({ cap, factor, first }: Restart): Schedule.Schedule<unknown> =>
  Schedule.jittered(Schedule.min([
    Schedule.exponential(first ?? "1 second", factor ?? 2),
    Schedule.spaced(cap ?? "30 seconds")
  ]))

/** Spreads those who waited for the same server, and keeps one that is half back from being asked without pause. */
const outagePause = Effect.flatMap(Random.nextBetween(100, 500), (millis) => Effect.sleep(Duration.millis(millis)))
