/**
 * A worker: claims broadcasts, keeps them on air, takes them down, hands them over. What is wanted is in the registry;
 * this makes it so, again and again, and never waits for one broadcast before it looks after another.
 *
 * Four fibres per worker, however many broadcasts it owns: hints, the tick (renew, then claim), the look at their
 * health, and the deadline of its leases.
 */
import { Clock, Context, Duration, Effect, Layer, Random, Semaphore, Stream } from "effect"
import { BroadcastRegistry } from "./BroadcastRegistry.ts"
import type { BroadcastId } from "./BroadcastSpec.ts"
import * as EndReason from "./EndReason.ts"
import { Installation } from "./Installation.ts"
import { hold } from "./internal/hold.ts"
import { lookout } from "./internal/lookout.ts"
import { Owned } from "./internal/owned.ts"
import * as Programs from "./internal/programs.ts"
import { type Claim, defaultTimings, type Timings, type Verdict } from "./Lease.ts"
import { Mountpoints } from "./Mountpoints.ts"
import { Sources } from "./Sources.ts"

export interface WorkerOptions {
  /** Unique among the workers of a registry. */
  readonly id: string
  /** In units of cost; 100 unless given. A forward costs 0.1. */
  readonly capacity?: number
  readonly timings?: Timings
  /**
   * What becomes of its broadcasts when it ends: `handover` keeps what is on servers for the successor; `stop` undoes it,
   * for a registry that ends with this process, within ten seconds.
   */
  readonly atEnd?: "handover" | "stop"
}

/** The worker in this process. */
export class Reconciler extends Context.Service<Reconciler, {
  readonly worker: string
  /** How many broadcasts it owns, and what they cost; whether it is about to end. */
  readonly load: () => {
    readonly broadcasts: number
    readonly used: number
    readonly capacity: number
    readonly draining: boolean
  }
}>()("@headend/core/Reconciler") {}

/** How many are opened at once: a thousand that wait for the same server do not come together. */
const openings = 16
const claimsAtOnce = 64

export const layer = (
  options: WorkerOptions
): Layer.Layer<Reconciler, never, BroadcastRegistry | Sources | Mountpoints> =>
  Layer.effect(
    Reconciler,
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const mountpoints = yield* Mountpoints
      const { instance } = yield* Installation
      const timings = options.timings ?? defaultTimings
      const deadline = Duration.toMillis(timings.ownDeadline)
      const capacity = options.capacity ?? 100
      const worker = options.id
      const owned = new Map<BroadcastId, Owned>()
      const permits = yield* Semaphore.make(openings)
      const turn = yield* Semaphore.make(1)
      let draining = false
      let renewedAt = yield* Clock.currentTimeMillis
      const programs = yield* Programs.make({ registry, owned, permits })
      const isSure = (at: number) => at - renewedAt < deadline

      const take = Effect.fnUntraced(function*(claim: Claim) {
        const now = yield* Clock.currentTimeMillis
        const mark = { instance, broadcast: claim.id, run: claim.run, epoch: claim.epoch, worker }
        const o = new Owned({ claim, mark, registry, now, isSure })
        owned.set(claim.id, o)
        yield* programs.start(o)
      })

      const load = () => {
        let used = 0
        for (const o of owned.values()) used += o.cost
        return { broadcasts: owned.size, used, capacity, draining }
      }

      const claim = Effect.gen(function*() {
        while (true) {
          const max = draining ? 0 : claimsAtOnce
          const claims = yield* registry.claim({
            id: worker,
            capacity,
            used: load().used,
            draining,
            reachesJanus: true
          }, max)
          for (const one of claims) yield* take(one)
          if (claims.length < max || max === 0) return
        }
      })

      /** A verdict is about the lease that was sent: by now a newer one of the same broadcast may be ours. */
      const heed = (o: Owned | undefined, verdict: Verdict["verdict"]) => {
        if (o === undefined || owned.get(o.claim.id) !== o) return Effect.void
        if (verdict === "lost") return programs.lose(o)
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
        const before = yield* Clock.currentTimeMillis
        yield* renew([...owned.values()])
        renewedAt = before
        for (const o of owned.values()) {
          if (o.unsaid !== undefined) {
            yield* o.sayAgain()
          }
        }
      })

      /** Renews before it claims, in one step: after an outage its own lapsed leases would be claimed anew otherwise. */
      const step = Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        if (now - renewedAt >= Duration.toMillis(timings.renewEvery) * 0.9) {
          yield* renewAll
        }
        yield* claim
      }).pipe(
        turn.withPermit,
        Effect.catchTag("RegistryUnavailable", (error) =>
          Effect.logWarning(`worker ${worker} cannot reach the registry: ${error.reason}`)),
        Effect.catchDefect((defect) =>
          Effect.logError(`worker ${worker} goes on after a defect`, defect)
        )
      )

      const wakes = registry.wake(worker).pipe(
        Stream.runForEach(({ restart, stop: stopped }) => {
          const o = owned.get(stopped ?? restart ?? "")
          if (stopped === undefined && restart === undefined) {
            return step
          }
          return o === undefined ? Effect.void : Effect.ignore(renew([o]))
        }),
        Effect.ignore,
        Effect.andThen(Effect.sleep("1 second")),
        Effect.forever
      )

      const ticks = Effect.forever(Effect.andThen(
        step,
        Effect.flatMap(
          Random.nextBetween(0.8, 1.2),
          (jitter) =>
            Effect.sleep(Duration.times(timings.scanEvery, jitter))
        )
      ))

      /** Waits for nothing but Janus: the registry may not even refuse us. */
      const deadlines = Effect.forever(Effect.gen(function*() {
        yield* Effect.sleep("1 second")
        const away = (yield* Clock.currentTimeMillis) - renewedAt
        if (away > deadline) {
          const lost = yield* hold([...owned.values()], mountpoints, away)
          yield* Effect.forEach(lost, programs.lose, { discard: true })
        }
      }))

      const end = Effect.suspend(() => {
        draining = true
        return options.atEnd === "stop" ? programs.stopAll : programs.handOver
      })
      yield* Effect.addFinalizer(() => end)

      yield* Effect.forkScoped(wakes)
      yield* Effect.forkScoped(ticks)
      yield* Effect.forkScoped(lookout(owned, mountpoints, programs))
      yield* Effect.forkScoped(deadlines)
      return Reconciler.of({ worker, load })
    })
  )
