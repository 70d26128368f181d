/**
 * What is done with each broadcast of a worker: two programs, one fibre, one of them at a time. It is kept on air, or
 * taken down; the next begins when all before it have ended.
 */
import { Cause, type Duration, Effect, Fiber, FiberMap, Option, Schedule, type Semaphore } from "effect"
import { run } from "../Broadcast.ts"
import type { BroadcastRegistry } from "../BroadcastRegistry.ts"
import type { BroadcastId, BroadcastSpec } from "../BroadcastSpec.ts"
import * as EndReason from "../EndReason.ts"
import * as Holding from "../Holding.ts"
import type { Release } from "../Lease.ts"
import { Mountpoints } from "../Mountpoints.ts"
import { MountpointHeld } from "../Place.ts"
import type { RegistryUnavailable } from "../RegistryFailure.ts"
import { Sources } from "../Sources.ts"
import * as Trace from "../Trace.ts"
import * as Figures from "./figures.ts"
import type { Owned } from "./owned.ts"
import { takeDown } from "./takeDown.ts"
import { parting } from "./turn.ts"

/** How long the end of a worker waits for its registry and for Janus. */
const patience = "10 seconds"

/** Kept for a successor, who has to wait for whom we would have waited for. */
const handover = ({ claim, isSilentBefore }: Owned): Release =>
  isSilentBefore || Option.isNone(claim.maySend) ? "handover" : { maySend: claim.maySend.value }

/** The fibres live as long as the scope. */
export const make = Effect.fnUntraced(function*(options: {
  readonly registry: BroadcastRegistry["Service"]
  /** The broadcasts of this worker; what is given up is taken out of it here. */
  readonly owned: Map<BroadcastId, Owned>
  /** Bounds how many are opened at once. */
  readonly permits: Semaphore.Semaphore
  /** What is to be told of a broadcast before it is taken down. */
  readonly lastWords: (o: Owned) => Effect.Effect<void>
  /** Whether one is ours still, or again, that the registry says is not. */
  readonly stillOurs: (o: Owned) => Effect.Effect<boolean, RegistryUnavailable>
}) {
  const { lastWords, owned, permits, registry, stillOurs } = options
  const sources = yield* Sources
  const mountpoints = yield* Mountpoints
  const holds = (o: Owned): ReadonlyArray<Holding.Holding.Any<never>> => [
    {
      ...MountpointHeld,
      undo: (held) =>
        Effect.andThen(
          parting(o, held.id, mountpoints),
          Effect.provideService(MountpointHeld.undo(held), Mountpoints, mountpoints)
        )
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
  const begin = <R>(o: Owned, next: Effect.Effect<void, never, R>): Effect.Effect<void, never, R> =>
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
    o.arrived(reason).pipe(
      Effect.andThen(lastWords(o)),
      Effect.andThen(takeDown(o, reason, services)),
      Effect.andThen(forget(o))
    )

  const onItsWay = <A, E, R>(o: Owned, effect: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => o.way === undefined ? effect : Effect.withParentSpan(effect, o.way))

  const onAir = (o: Owned, spec: BroadcastSpec): Effect.Effect<void, never, Sources | Mountpoints> =>
    Effect.catchCause(
      Effect.provideService(
        onItsWay(
          o,
          run(spec, {
            broadcast: o.claim.id,
            mark: o.mark,
            keyId: o.claim.keyId,
            watcher: o,
            permits
          })
        ),
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
        if (error.value.failure.fault !== "owner") return down(o, EndReason.fromFailure(error.value))
        const isOurs = error.value._tag === "LedgerFenced"
          ? Effect.orDie(Effect.retry(stillOurs(o), Schedule.spaced("1 second")))
          : Effect.succeed(false)
        return Effect.flatMap(isOurs, (ours) => ours ? onAir(o, spec) : Effect.andThen(Figures.lost, forget(o)))
      }
    )

  const stop = (o: Owned, reason: EndReason.EndReason) =>
    o.doing === "onAir"
      ? Effect.suspend(() => {
        o.doing = "takeDown"
        return begin(o, down(o, reason))
      })
      : Effect.void

  /** Another worker's by now: what lives in this process ends, nothing else is touched. */
  const lose = (o: Owned) => Effect.andThen(Figures.lost, Effect.andThen(forget(o), begin(o, Effect.void)))

  /** Where somebody traces, the way from a request or a job to on air is one trace, whoever does the work. */
  const setOut = (o: Owned) => {
    const { epoch, id, run, startedAt, trace, worker } = o.claim
    return trace === null || startedAt !== null || o.way !== undefined
      ? Effect.void
      : Trace.continued(
        trace,
        Effect.flatMap(
          Effect.makeSpan("Reconciler.onAir", { attributes: { broadcast: id, run, epoch, worker } }),
          (span) => Effect.sync(() => void (o.way = span))
        )
      )
  }

  /** Finds out whether it is another's; asks again later when nobody answers. */
  const doubt = (o: Owned): Effect.Effect<void, RegistryUnavailable> =>
    Effect.flatMap(stillOurs(o), (ours) =>
      ours
        ? Effect.logWarning(`the registry had forgotten ${o.claim.id}: it was declared again`)
        : lose(o))

  /** Opens it anew, behind the same mountpoint. */
  const reopen = (o: Owned) => o.claim.wanted === "running" ? begin(o, onAir(o, o.claim.spec)) : Effect.void

  /** Ends its feed, and opens it anew when the registry has said that it is ours. */
  const withdraw = (o: Owned) =>
    Effect.suspend(() => {
      o.feed = undefined
      return reopen(o)
    })

  /** Keeps it on air, or takes down what an owner before us had, as its claim wants it. */
  const start = (o: Owned) =>
    begin(o, o.claim.wanted === "stopped" ? down(o, o.claim.ending) : Effect.andThen(setOut(o), onAir(o, o.claim.spec)))

  /** Undoes all of them, as far as that can be done in time. */
  const stopAll = Effect.gen(function*() {
    yield* Effect.forEach([...owned.values()], (o) => stop(o, EndReason.stopped), { discard: true })
    const isOver = yield* FiberMap.awaitEmpty(fibers).pipe(Effect.as(true), Effect.timeoutOption(patience))
    if (Option.isNone(isOver)) yield* Effect.logError(`left behind at the end: ${[...owned.keys()].join(", ")}`)
  })

  /**
   * Ends what is in this process, and keeps what is on servers for the successor, four at a time. With a registry that
   * cannot be told, `unheard` says what becomes of it.
   */
  const handOver = <R>(
    some: ReadonlyArray<Owned>,
    unheard: (o: Owned, before: Owned["doing"]) => Effect.Effect<void, never, R>
  ): Effect.Effect<void, never, R> =>
    Effect.forEach(some, (o) =>
      Effect.suspend(() => {
        const { doing } = o
        return forget(o).pipe(
          Effect.andThen(Effect.suspend(() => Fiber.interruptAll(unended.get(o.claim.id) ?? []))),
          Effect.andThen(Effect.suspend(() => registry.release(o.claim, handover(o)))),
          Effect.catchTags({ Fenced: () => Figures.lost, RegistryUnavailable: () => unheard(o, doing) })
        )
      }), { concurrency: 4, discard: true })

  /** For those who cannot reach Janus: goes on here when the registry does not hear of it. */
  const passOn = (some: ReadonlyArray<Owned>) =>
    handOver(some, (o, before) =>
      Effect.suspend(() => {
        owned.set(o.claim.id, o)
        o.doing = before
        return before === "takeDown" ? begin(o, down(o, o.ending ?? EndReason.stopped)) : start(o)
      }))

  /** At the end of the worker; a registry that hangs must not keep it: the leases run out by themselves then. */
  const handOverAll = Effect.suspend(() => handOver([...owned.values()], () => Effect.void)).pipe(
    // what a claim that was under way brought meanwhile
    Effect.repeat({ while: () => owned.size > 0 }),
    Effect.interruptible,
    Effect.timeoutOption(patience),
    Effect.asVoid
  )

  /** Waits until there is nothing left to do here, at most so long. */
  const finish = (within: Duration.Duration) =>
    Effect.asVoid(Effect.timeoutOption(Effect.interruptible(FiberMap.awaitEmpty(fibers)), within))

  return { start, reopen, withdraw, stop, lose, doubt, stopAll, passOn, finish, handOverAll }
})

export type Programs = Effect.Success<ReturnType<typeof make>>
