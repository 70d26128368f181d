/**
 * How many workers the demand asks for. Demand is counted in units of cost: a broadcast that was placed leaves the queue and
 * fills a worker, so that a queue's lag only wakes from nothing. What is not known never shrinks a fleet.
 */
import { Array, Order } from "effect"

/** What is to be seen of a fleet. */
export interface Signals {
  /** Cost of the broadcasts that workers own. */
  readonly placedCost: number
  /** Cost of those that wait for a place. */
  readonly unplacedCost: number
  /** Jobs that nobody has taken. */
  readonly intakeLag: number
  /** Of one worker, in units of cost. */
  readonly capacityPerWorker: number
  /** Jobs a second that one worker takes; 0 when it is not known. */
  readonly intakeRatePerWorker: number
}

/** How the fleet is to follow its demand. */
export interface Policy {
  readonly minWorkers: number
  readonly maxWorkers: number
  /** How full a worker is meant to be, above 0 and at most 1. */
  readonly targetUtilisation: number
  /** Cost that is to fit besides what is there. */
  readonly headroomCost: number
  /** In so many seconds a backlog of jobs is to be taken. */
  readonly drainSeconds: number
  /** At a time the fleet grows by so many, or to twice its number, whichever is more. */
  readonly upStep: number
  /** And no sooner again than so many milliseconds later. */
  readonly upPeriodMs: number
  /** At a time it shrinks by so many: each worker that goes hands live media over. */
  readonly downStep: number
  /** And no sooner again than so many milliseconds later. */
  readonly downPeriodMs: number
  /** It shrinks only to the most that was advised within so many milliseconds. */
  readonly downStabilisationMs: number
}

/** Grows as the HorizontalPodAutoscaler does by default, and shrinks more slowly. */
export const defaultPolicy: Policy = {
  minWorkers: 1,
  maxWorkers: 20,
  targetUtilisation: 0.75,
  headroomCost: 1,
  drainSeconds: 10,
  upStep: 4,
  upPeriodMs: 15_000,
  downStep: 1,
  downPeriodMs: 60_000,
  downStabilisationMs: 300_000
}

/** What the demand asks for now; null when it is not known. */
export const recommend = (signals: Signals | null, policy: Policy): number | null => {
  if (signals === null || !(signals.capacityPerWorker > 0)) return null
  const cost = signals.placedCost + signals.unplacedCost
  const usable = signals.capacityPerWorker * policy.targetUtilisation
  const demand = Math.ceil((cost + policy.headroomCost) / usable)
  const rate = signals.intakeRatePerWorker * policy.drainSeconds
  const intake = rate > 0 ? Math.ceil(signals.intakeLag / rate) : signals.intakeLag > 0 ? 1 : 0
  const isIdle = cost === 0 && signals.intakeLag === 0
  const wanted = isIdle ? policy.minWorkers : Math.max(demand, intake, 1)
  return Math.min(Math.max(wanted, policy.minWorkers), policy.maxWorkers)
}

/** What was advised within the window, and when the number last changed: milliseconds by one clock. */
export interface State {
  readonly since: number
  readonly history: ReadonlyArray<{ readonly at: number; readonly advised: number }>
  readonly lastUp: number
  readonly lastDown: number
}

/** Nothing was advised yet: before the window has passed once, nothing shrinks. */
export const begin = (now: number): State => ({ since: now, history: [], lastUp: -Infinity, lastDown: -Infinity })

/** How many workers there should be, why, and what to remember until the next look. */
export interface Decision {
  readonly workers: number
  readonly state: State
  readonly reason: "no-data" | "up" | "up-cooldown" | "steady" | "down" | "down-stabilising"
}

/**
 * From what is advised now (null: it is not known) to how many there should be, of `current` that there are. `now` is
 * milliseconds by any one clock.
 */
export const decide = (
  state: State,
  now: number,
  current: number,
  advised: number | null,
  policy: Policy
): Decision => {
  const recent = state.history.filter(({ at }) => now - at < policy.downStabilisationMs)
  const history = advised === null ? recent : [...recent, { at: now, advised }]
  const keep = (reason: Decision["reason"]): Decision => ({ workers: current, state: { ...state, history }, reason })
  if (advised === null || !Array.isReadonlyArrayNonEmpty(history)) return keep("no-data")
  if (advised > current) {
    if (now - state.lastUp < policy.upPeriodMs) return keep("up-cooldown")
    const most = current + Math.max(policy.upStep, current)
    return { workers: Math.min(advised, most), state: { ...state, history, lastUp: now }, reason: "up" }
  }
  const highest = Array.max(Array.map(history, (one) => one.advised), Order.Number)
  if (highest >= current) return keep("steady")
  if (now - state.since < policy.downStabilisationMs || now - state.lastDown < policy.downPeriodMs) {
    return keep("down-stabilising")
  }
  const workers = Math.max(highest, current - policy.downStep)
  return { workers, state: { ...state, history, lastDown: now }, reason: "down" }
}
