/**
 * A worker: claims broadcasts, keeps them on air, takes them down, hands them over. What is wanted is in the registry;
 * this makes it so, again and again, and never waits for one broadcast before it looks after another.
 *
 * Four fibres per worker, however many broadcasts it owns: hints, the tick (renew, then claim), the look at their
 * health, and the deadline of its leases.
 */
import {
  Cause,
  Clock,
  Context,
  Duration,
  Effect,
  Fiber,
  FiberMap,
  Layer,
  Option,
  Random,
  Semaphore,
  Stream
} from "effect"
import { run } from "./Broadcast.ts"
import { BroadcastRegistry } from "./BroadcastRegistry.ts"
import type { BroadcastId } from "./BroadcastSpec.ts"
import * as EndReason from "./EndReason.ts"
import * as Holding from "./Holding.ts"
import { Installation } from "./Installation.ts"
import { hold } from "./internal/hold.ts"
import { look } from "./internal/look.ts"
import { Owned } from "./internal/owned.ts"
import { takeDown } from "./internal/takeDown.ts"
import { type Claim, defaultTimings, type Timings, type Verdict } from "./Lease.ts"
import { Mountpoints } from "./Mountpoints.ts"
import { MountpointHeld } from "./Place.ts"
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
  /** How many broadcasts it owns, and what they cost. */
  readonly load: () => { readonly broadcasts: number; readonly used: number; readonly capacity: number }
}>()("@headend/core/Reconciler") {}

/** How many are opened at once: a thousand that wait for the same server do not come together. */
const openings = 16
const claimsAtOnce = 64
const lookEvery = 100
const looksAtOnce = 16

export const layer = (
  options: WorkerOptions
): Layer.Layer<Reconciler, never, BroadcastRegistry | Sources | Mountpoints> =>
  Layer.effect(
    Reconciler,
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const sources = yield* Sources
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
      const holds: ReadonlyArray<Holding.Holding.Any<never>> = [
        {
          ...MountpointHeld,
          undo: (held) => Effect.provideService(MountpointHeld.undo(held), Mountpoints, mountpoints)
        },
        ...sources.holds
      ]
      const services = { registry, mountpoints, holds }

      const fibers = yield* FiberMap.make<BroadcastId, void, never>()
      const unended = new Map<BroadcastId, ReadonlyArray<Fiber.Fiber<void>>>()

      /**
       * Does the next thing with a broadcast once everything before has ended; does not wait for either. All that have
       * not ended are waited for: one that is replaced before it began has not waited for its predecessor.
       */
      const become = <R>(o: Owned, next: Effect.Effect<void, never, R>) =>
        Effect.suspend(() => {
          const { id } = o.claim
          const before = unended.get(id) ?? []
          return Effect.map(
            FiberMap.run(fibers, id, before.length > 0 ? Effect.andThen(Fiber.interruptAll(before), next) : next),
            (fiber) => {
              unended.set(id, [...unended.get(id) ?? [], fiber])
              fiber.addObserver(() => {
                const others = (unended.get(id) ?? []).filter((one) => one !== fiber)
                if (others.length > 0) unended.set(id, others)
                else unended.delete(id)
              })
            }
          )
        })

      const forget = (o: Owned) =>
        Effect.sync(() => {
          o.doing = "gone"
          if (owned.get(o.claim.id) === o) owned.delete(o.claim.id)
        })

      const down = (o: Owned, reason: EndReason.EndReason): Effect.Effect<void> =>
        Effect.andThen(takeDown(o, reason, services), forget(o))

      const onAir = (o: Owned): Effect.Effect<void, never, Sources | Mountpoints> =>
        Effect.catchCause(
          Effect.provideService(
            run(o.claim.spec, {
              broadcast: o.claim.id,
              mark: o.mark,
              keyId: o.claim.keyId,
              watcher: o,
              permits
            }),
            Holding.Ledger,
            o.ledger
          ),
          (cause) => {
            if (Cause.hasInterrupts(cause)) return Effect.interrupt
            const error = Cause.findErrorOption(cause)
            if (Option.isNone(error)) {
              return Effect.andThen(
                Effect.logError(`broadcast ${o.claim.id} ends by a defect`, cause),
                down(o, EndReason.defect(Cause.pretty(cause).split("\n")[0] ?? "defect"))
              )
            }
            return error.value.failure.fault === "owner" ? forget(o) : down(o, EndReason.fromFailure(error.value))
          }
        )

      const stop = (o: Owned, reason: EndReason.EndReason) =>
        o.doing === "onAir"
          ? Effect.suspend(() => {
            o.doing = "takeDown"
            return become(o, down(o, reason))
          })
          : Effect.void

      /** Another worker's by now: what lives in this process ends, nothing else is touched. */
      const lose = (o: Owned) => Effect.andThen(forget(o), become(o, Effect.void))

      const isSure = (at: number) => at - renewedAt < deadline

      const take = Effect.fnUntraced(function*(claim: Claim) {
        const now = yield* Clock.currentTimeMillis
        const mark = { instance, broadcast: claim.id, run: claim.run, epoch: claim.epoch, worker }
        const cost = sources.cost(claim.spec.source)
        const o = new Owned({ claim, mark, cost, registry, now, isSure })
        owned.set(claim.id, o)
        yield* become(o, claim.wanted === "stopped" ? down(o, claim.ending ?? EndReason.stopped) : onAir(o))
      })

      const load = () => {
        let used = 0
        for (const o of owned.values()) used += o.cost
        return { broadcasts: owned.size, used, capacity }
      }

      const claim = Effect.gen(function*() {
        while (true) {
          const max = draining ? 0 : claimsAtOnce
          const claims = yield* registry.claim({ id: worker, capacity, used: load().used, draining }, max)
          for (const one of claims) yield* take(one)
          if (claims.length < max || max === 0) return
        }
      })

      /** A verdict is about the lease that was sent: by now a newer one of the same broadcast may be ours. */
      const heed = (o: Owned | undefined, verdict: Verdict["verdict"]) => {
        if (o === undefined || owned.get(o.claim.id) !== o) return Effect.void
        if (verdict === "lost") return lose(o)
        if (verdict === "stop") return stop(o, EndReason.stopped)
        return o.doing === "onAir" ? become(o, onAir(o)) : Effect.void
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
        Effect.flatMap(Random.nextBetween(0.8, 1.2), (jitter) =>
          Effect.sleep(Duration.times(timings.scanEvery, jitter)))
      ))

      const heal = Effect.fnUntraced(function*(o: Owned) {
        const advice = yield* look(o, mountpoints)
        if (o.doing === "gone" && owned.get(o.claim.id) === o) {
          return yield* lose(o)
        }
        if (owned.get(o.claim.id) !== o || o.doing !== "onAir") {
          return
        }
        if (advice === "reopen") {
          yield* become(o, onAir(o))
        } else if (advice !== "nothing") {
          yield* stop(o, advice.end)
        }
      }, (effect, o) =>
        // it ends the broadcast, and not the look at all others
        Effect.catchDefect(effect, (defect) =>
          Effect.andThen(
            Effect.logError(`broadcast ${o.claim.id} ends by a defect`, defect),
            stop(o, EndReason.defect(String(defect)))
          )))

      /** So many at once, each with the next that is due: a fibre per broadcast would cost more than the look. */
      const healAll = (due: ReadonlyArray<Owned>) => {
        const rest = due.values()
        const some = Effect.gen(function*() {
          for (const o of rest) yield* heal(o)
        })
        return Effect.all(Array.from({ length: Math.min(looksAtOnce, due.length) }, () => some), {
          concurrency: "unbounded",
          discard: true
        })
      }

      const looks = Effect.gen(function*() {
        let beat = 0
        while (true) {
          yield* Effect.sleep(Duration.millis(lookEvery))
          const now = yield* Clock.currentTimeMillis
          const slot = beat++ % 10
          const due = [...owned.values()].filter((o, i) => i % 10 === slot || o.hotUntil > now)
          yield* healAll(due)
        }
      })

      /** Waits for nothing but Janus: the registry may not even refuse us. */
      const deadlines = Effect.forever(Effect.gen(function*() {
        yield* Effect.sleep("1 second")
        const away = (yield* Clock.currentTimeMillis) - renewedAt
        if (away > deadline) {
          const lost = yield* hold([...owned.values()], mountpoints, away)
          yield* Effect.forEach(lost, lose, { discard: true })
        }
      }))

      const end = Effect.gen(function*() {
        draining = true
        const all = [...owned.values()]
        if (options.atEnd === "stop") {
          yield* Effect.forEach(all, (o) => stop(o, EndReason.stopped), { discard: true })
          const isOver = yield* FiberMap.awaitEmpty(fibers).pipe(Effect.as(true), Effect.timeoutOption("10 seconds"))
          if (Option.isNone(isOver)) {
            yield* Effect.logError(`left behind at the end: ${[...owned.keys()].join(", ")}`)
          }
          return
        }
        yield* Effect.forEach(all, (o) =>
          Effect.andThen(
            Fiber.interruptAll(unended.get(o.claim.id) ?? []),
            Effect.ignore(registry.release(o.claim, "handover"))
          ), { concurrency: 4, discard: true })
      })
      yield* Effect.addFinalizer(() => end)

      yield* Effect.forkScoped(wakes)
      yield* Effect.forkScoped(ticks)
      yield* Effect.forkScoped(looks)
      yield* Effect.forkScoped(deadlines)
      return Reconciler.of({ worker, load })
    })
  )
