/**
 * A worker: claims broadcasts, keeps them on air, takes them down, hands them over. What is wanted is in the registry;
 * this makes it so, again and again, and never waits for one broadcast before it looks after another.
 *
 * Five fibres per worker, however many broadcasts it owns: hints, what they hint at, the tick (renew, then claim), the
 * look at their health, and the deadline of its leases.
 */
import { Clock, Context, Duration, Effect, Layer, Queue, Random, Semaphore, Stream } from "effect"
import { BroadcastRegistry } from "./BroadcastRegistry.ts"
import type { BroadcastId } from "./BroadcastSpec.ts"
import * as EndReason from "./EndReason.ts"
import { Installation } from "./Installation.ts"
import { Agenda } from "./internal/agenda.ts"
import * as Claiming from "./internal/claiming.ts"
import { Deadline } from "./internal/deadline.ts"
import * as Figures from "./internal/figures.ts"
import { hold } from "./internal/hold.ts"
import { lookout } from "./internal/lookout.ts"
import { Owned } from "./internal/owned.ts"
import * as Programs from "./internal/programs.ts"
import { redeclare } from "./internal/redeclare.ts"
import * as RelayLogs from "./internal/relayLogs.ts"
import * as Sight from "./internal/sight.ts"
import { Keyring } from "./Keyring.ts"
import { type Claim, defaultTimings, type Timings, type Verdict } from "./Lease.ts"
import { Mountpoints } from "./Mountpoints.ts"
import type { RegistryUnavailable } from "./RegistryFailure.ts"
import { Sources } from "./Sources.ts"

/** What a worker is and how it ends. */
export interface WorkerOptions {
  /** Unique among the workers of a registry. */
  readonly id: string
  /** In units of cost; 100 unless given. A forward costs 0.1. */
  readonly capacity?: number
  readonly timings?: Timings
  /**
   * What becomes of its broadcasts when it ends. `handover` keeps what is on servers for the successor. `stop` undoes it,
   * for a registry that ends with this process, within ten seconds. A duration: takes nothing more, waits so long until
   * they have ended, and hands over what has not.
   */
  readonly atEnd?: "handover" | "stop" | { readonly finishWithin: Duration.Duration }
}

/** The worker in this process. */
export class Reconciler extends Context.Service<Reconciler, {
  readonly worker: string
  /** How many broadcasts it owns, what they cost and what it has room for (units of cost); whether it is about to end. */
  readonly load: () => {
    readonly broadcasts: number
    readonly used: number
    readonly capacity: number
    readonly draining: boolean
  }
}>()("@headend/core/Reconciler") {}

/** How many are opened at once: a thousand that wait for the same server do not come together. */
const openings = 16
/** Milliseconds between two looks at the deadline of its leases, where they can be taken over. */
const beat = 250
/**
 * Milliseconds between two looks at Janus for the last word. Who took over waits until we have ended: soon, as long as
 * Janus is not asked more than five hundred times a second.
 */
const askJanusEvery = (broadcasts: number) => Math.min(2_000, Math.max(500, 2 * broadcasts))

export const layer = (
  options: WorkerOptions
): Layer.Layer<Reconciler, never, BroadcastRegistry | Sources | Mountpoints | Keyring> =>
  Layer.effect(
    Reconciler,
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const mountpoints = yield* Mountpoints
      const services = { registry, mountpoints, sources: yield* Sources, keyring: yield* Keyring }
      const { instance } = yield* Installation
      const { atEnd = "handover", capacity = 100, id: worker, timings = defaultTimings } = options
      const deadline = new Deadline(yield* Clock.Clock, Duration.toMillis(timings.ownDeadline))
      const owned = new Map<BroadcastId, Owned>()
      const permits = yield* Semaphore.make(openings)
      const turn = yield* Semaphore.make(1)
      const hinted = yield* Queue.sliding<void>(1)
      const renewEvery = Duration.toMillis(timings.renewEvery)
      let nextRenewal = deadline.now() + renewEvery
      const relayLogs = yield* RelayLogs.make
      const agenda = new Agenda(yield* Clock.Clock)
      const sight = yield* Sight.make({
        mountpoints,
        deadline,
        returned: () => owned.forEach((o) => agenda.plan(o, 1_000))
      })
      const programs = yield* Programs.make({
        registry,
        owned,
        permits,
        lastWords: relayLogs.tell,
        stillOurs: (o) => redeclare(o, services)
      })

      const isSure = () => deadline.isSure()

      const take = Effect.fnUntraced(function*(claim: Claim) {
        const now = yield* Clock.currentTimeMillis
        const mark = { instance, broadcast: claim.id, run: claim.run, epoch: claim.epoch, worker }
        const o = new Owned({ claim, mark, registry, now, isSure, lookSoon: agenda.soon })
        owned.set(claim.id, o)
        agenda.soon(o)
        yield* programs.start(o)
      })
      const { claim, drain, isAlone, isSolitary, load, lookAround, place } = Claiming.make({
        worker,
        capacity,
        timings,
        deadline,
        registry,
        sight,
        owned,
        programs,
        take
      })

      /** A verdict is about the lease that was sent: by now a newer one of the same broadcast may be ours. */
      const heed = (o: Owned | undefined, verdict: Verdict["verdict"]) => {
        if (o === undefined || owned.get(o.claim.id) !== o) return Effect.void
        if (verdict === "lost") return programs.doubt(o)
        if (verdict === "stop") return programs.stop(o, EndReason.stopped)
        return o.doing === "onAir" ? programs.reopen(o) : Effect.void
      }

      const renew = (which: ReadonlyArray<Owned>) =>
        Effect.flatMap(registry.renew(worker, which.map((o) => o.claim)), (verdicts) =>
          Effect.forEach(verdicts, ({ id, verdict }) =>
            heed(which.find((o) => o.claim.id === id), verdict), {
            discard: true
          }))

      const renewAll = Effect.gen(function*() {
        const before = deadline.now()
        yield* renew([...owned.values()])
        deadline.renewed(before)
        nextRenewal = Math.floor(before + renewEvery * (yield* Random.nextBetween(0.9, 1.1)))
        for (const o of owned.values()) {
          if (o.unsaid !== undefined) {
            yield* o.sayAgain()
          }
        }
      })

      /** Renews before it claims, in one step: after an outage its own lapsed leases would be claimed anew otherwise. */
      const step = (before: Effect.Effect<void, RegistryUnavailable, Sources | Mountpoints>) =>
        Effect.gen(function*() {
          if (deadline.now() >= nextRenewal) {
            yield* renewAll
          }
          yield* before
          return yield* place
        }).pipe(
          turn.withPermit,
          Effect.catchTag(
            "RegistryUnavailable",
            (error) =>
              Effect.as(Effect.logWarning(`worker ${worker} cannot reach the registry: ${error.reason}`), false)
          ),
          Effect.catchDefect((defect) =>
            Effect.as(Effect.logError(`worker ${worker} goes on after a defect`, defect), false)
          )
        )

      const wakes = registry.wake(worker).pipe(
        Stream.runForEach(({ restart, stop: stopped }) => {
          const o = owned.get(stopped ?? restart ?? "")
          if (stopped === undefined && restart === undefined) return Queue.offer(hinted, undefined)
          return o === undefined ? Effect.void : Effect.ignore(renew([o]))
        }),
        Effect.ignore,
        Effect.andThen(Effect.sleep("1 second")),
        Effect.forever
      )

      const hints = Effect.forever(Effect.gen(function*() {
        yield* Queue.take(hinted)
        while (yield* step(Effect.void)) yield* Effect.sleep("50 millis")
      }))

      const ticks = Effect.forever(Effect.gen(function*() {
        if (yield* step(lookAround)) yield* Queue.offer(hinted, undefined)
        const scan = Duration.toMillis(timings.scanEvery) * (yield* Random.nextBetween(0.8, 1.2))
        const due = Math.ceil(nextRenewal - deadline.now())
        // where nobody else can leave anything, hints and renewals tell of all that there is to do
        yield* Effect.sleep(due <= 0 ? scan : isSolitary() ? due : Math.min(scan, due))
      }))

      /** Waits for nothing but Janus: the registry may not even refuse us. */
      const deadlines = Effect.gen(function*() {
        let askedAt = Number.NEGATIVE_INFINITY
        while (true) {
          // where nobody is who could take anything over, only the registry itself can be away for too long
          const pause = isSolitary() ? Math.max(beat, deadline.left()) : beat
          const wakeAt = deadline.now() + pause
          yield* Effect.sleep(pause)
          if (deadline.wasFrozen(wakeAt) && !isAlone() && owned.size > 0) {
            yield* Effect.logWarning(
              `worker ${worker} did not get to run: what it had may be another's, and is given up`
            )
            yield* Effect.forEach([...owned.values()], programs.lose, { discard: true })
          }
          yield* Figures.hold(owned.size > 0 ? deadline.over() : 0)
          if (deadline.over() === 0 || deadline.now() - askedAt < askJanusEvery(owned.size)) continue
          askedAt = deadline.now()
          const ending = yield* hold([...owned.values()], mountpoints, deadline.away())
          yield* Effect.forEach(ending, ([o, is]) => is === "lost" ? programs.lose(o) : programs.withdraw(o), {
            discard: true
          })
        }
      })

      const end = Effect.gen(function*() {
        drain()
        // the others know it, if the registry can be told
        yield* Effect.ignore(claim(0)).pipe(Effect.interruptible, Effect.timeoutOption("1 second"))
        if (atEnd === "stop") return yield* programs.stopAll
        if (atEnd !== "handover") yield* programs.finish(atEnd.finishWithin)
        yield* programs.handOverAll
      })
      yield* Effect.forkScoped(wakes)
      yield* Effect.forkScoped(hints)
      yield* Effect.forkScoped(ticks)
      yield* Effect.forkScoped(lookout({ owned, agenda, mountpoints, sight, programs, tellLogs: relayLogs.tellAgain }))
      yield* Effect.forkScoped(deadlines)
      // runs before these fibres end: what it waits for goes on being renewed
      yield* Effect.addFinalizer(() => end)
      return Reconciler.of({ worker, load })
    })
  )
