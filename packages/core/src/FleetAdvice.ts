/**
 * The advice on this fleet: what it has, what it needs, and how many workers that makes. Looks every 15 seconds, so that
 * what was advised before is known; one of all that look tells the event log when the advice changes.
 */
import { Clock, Context, Duration, Effect, Layer, Ref, Schedule } from "effect"
import * as Autoscaling from "./Autoscaling.ts"
import { BroadcastRegistry } from "./BroadcastRegistry.ts"
import { JobQueue } from "./JobQueue.ts"
import type { Fleet } from "./Lease.ts"
import type { RegistryUnavailable } from "./RegistryFailure.ts"

/** How many workers there should be, and what that is taken from; costs in units of cost. */
export interface Advice {
  /** Of all that is wanted: what autoscalers scale on. */
  readonly demandCost: number
  readonly placedCost: number
  readonly unplacedCost: number
  /** Age of the oldest that waits for a place, milliseconds. */
  readonly unplacedOldestMs: number | null
  /** Jobs that nobody has taken; null when the queue is out of reach. */
  readonly intakeLag: number | null
  /** Those that take broadcasts: without those that drain. */
  readonly workers: number
  /** The mean of theirs, or what a worker is expected to have when there is none. */
  readonly capacityPerWorker: number
  readonly recommended: number
  readonly reason: Autoscaling.Decision["reason"]
}

export class FleetAdvice extends Context.Service<FleetAdvice, {
  readonly advice: Effect.Effect<Advice, RegistryUnavailable>
}>()("@headend/core/FleetAdvice") {}

export interface Options {
  readonly policy: Autoscaling.Policy
  /** What a worker has when none can be asked. */
  readonly capacityPerWorker: number
  /** The worker in this process, if there is one: the first of the fleet tells the log. */
  readonly worker?: string
}

/** A job is declared in milliseconds: far less than what was measured on any backend. */
const intakeRatePerWorker = 200

const lookEvery = Duration.seconds(15)

const taking = ({ workers }: Fleet) => workers.filter(({ draining }) => !draining)

const costs = (fleet: Fleet) => ({
  // also of those that drain: it has to go somewhere
  placedCost: fleet.workers.reduce((sum, { used }) => sum + used, 0),
  unplacedCost: fleet.unplacedCost
})

/** The first that can take broadcasts, by id; all who look see the same one. */
const isFirst = (fleet: Fleet, worker: string | undefined): boolean =>
  worker !== undefined && taking(fleet).map(({ id }) => id).toSorted()[0] === worker

/** What was decided last; it stands until the next look, however often it is read. */
interface Decided {
  readonly at: number
  /** So many workers took broadcasts then. */
  readonly seen: number
  readonly state: Autoscaling.State
  readonly workers: number
  readonly reason: Autoscaling.Decision["reason"]
}

const make = (options: Options) =>
  Effect.gen(function*() {
    const registry = yield* BroadcastRegistry
    const queue = yield* JobQueue
    const { policy } = options
    const decided = yield* Ref.make<Decided | undefined>(undefined)
    let told: number | null = null

    const look = Effect.gen(function*() {
      const fleet = yield* registry.fleet
      const intakeLag = yield* Effect.orElseSucceed(
        Effect.map(queue.backlog, ({ undelivered }): number | null => undelivered),
        () => null
      )
      const now = yield* Clock.currentTimeMillis
      const workers = taking(fleet)
      const capacityPerWorker = workers.length === 0
        ? options.capacityPerWorker
        : workers.reduce((sum, { capacity }) => sum + capacity, 0) / workers.length
      const { placedCost, unplacedCost } = costs(fleet)
      // a lag that is not known is not zero
      const signals = intakeLag === null
        ? null
        : { placedCost, unplacedCost, intakeLag, capacityPerWorker, intakeRatePerWorker }
      const { reason, workers: recommended } = yield* Ref.modify(decided, (before): [Decided, Decided] => {
        if (before !== undefined && now - before.at < Duration.toMillis(lookEvery)) return [before, before]
        // it goes on from what was advised, which the fleet may not have reached; from what there is where more has come
        const grew = before === undefined || (workers.length > before.seen && workers.length > before.workers)
        const state = grew ? Autoscaling.begin(now) : before.state
        const current = grew ? workers.length : before.workers
        const decision = Autoscaling.decide(state, now, current, Autoscaling.recommend(signals, policy), policy)
        const next = { at: now, seen: workers.length, ...decision }
        return [next, next]
      })
      const advice: Advice = {
        demandCost: placedCost + unplacedCost,
        placedCost,
        unplacedCost,
        unplacedOldestMs: fleet.oldestUnplacedMs,
        intakeLag,
        workers: workers.length,
        capacityPerWorker,
        recommended,
        reason
      }
      return { fleet, advice }
    })

    const tick = Effect.gen(function*() {
      const { advice: { reason: cause, recommended: to }, fleet } = yield* look
      if (to === told) return
      if (isFirst(fleet, options.worker)) {
        yield* registry.announce({ _tag: "WorkerRecommendationChanged", broadcast: null, from: told, to, cause })
      }
      told = to
    })
    yield* tick.pipe(
      Effect.catch((error) => Effect.logDebug("no advice on the fleet", error)),
      Effect.repeat(Schedule.spaced(lookEvery)),
      Effect.forkScoped
    )

    return FleetAdvice.of({ advice: Effect.map(look, ({ advice }) => advice) })
  })

export const layer = (options: Options): Layer.Layer<FleetAdvice, never, BroadcastRegistry | JobQueue> =>
  Layer.effect(FleetAdvice, make(options))
