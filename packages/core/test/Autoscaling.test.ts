import { assert, describe, it } from "@effect/vitest"
import * as Autoscaling from "@headend/core/Autoscaling"
import * as fc from "fast-check"

const policy = Autoscaling.defaultPolicy

const signals = (cost: number, rest: Partial<Autoscaling.Signals> = {}): Autoscaling.Signals => ({
  placedCost: cost,
  unplacedCost: 0,
  intakeLag: 0,
  capacityPerWorker: 8,
  intakeRatePerWorker: 100,
  ...rest
})

const second = 1_000

/** A fleet that follows the advice at once, every 15 seconds, and what it had at each look. */
const simulate = (
  demand: (at: number) => Autoscaling.Signals | null,
  seconds: number,
  start: number,
  rules: Autoscaling.Policy = policy
) => {
  let state = Autoscaling.begin(0)
  let workers = start
  const seen: Array<{ readonly at: number; readonly workers: number; readonly reason: string }> = []
  for (let at = 0; at <= seconds; at += 15) {
    const advised = Autoscaling.recommend(demand(at), rules)
    const decision = Autoscaling.decide(state, at * second, workers, advised, rules)
    state = decision.state
    workers = decision.workers
    seen.push({ at, workers, reason: decision.reason })
  }
  return seen
}

const workersOf = (seen: ReadonlyArray<{ readonly workers: number }>) => seen.map(({ workers }) => workers)

describe("what the demand asks for", () => {
  it("is the cost over what a worker is meant to carry, with headroom", () => {
    assert.strictEqual(Autoscaling.recommend(signals(35, { unplacedCost: 2.5 }), policy), 7)
    assert.strictEqual(Autoscaling.recommend(signals(35, { unplacedCost: 7 }), policy), 8)
  })

  it("is one worker at least for what waits in the queue, and as many as drain it in time", () => {
    const rules = { ...policy, minWorkers: 0 }
    assert.strictEqual(Autoscaling.recommend(signals(0, { intakeLag: 1, intakeRatePerWorker: 0 }), rules), 1)
    assert.strictEqual(Autoscaling.recommend(signals(0, { intakeLag: 2_001 }), rules), 3)
  })

  it("is the fewest workers when there is nothing, which may be none", () => {
    assert.strictEqual(Autoscaling.recommend(signals(0), policy), 1)
    assert.strictEqual(Autoscaling.recommend(signals(0), { ...policy, minWorkers: 0 }), 0)
    assert.strictEqual(Autoscaling.recommend(signals(0.1), { ...policy, minWorkers: 0 }), 1)
  })

  it("stays between the fewest and the most", () => {
    assert.strictEqual(Autoscaling.recommend(signals(10_000), policy), 20)
    assert.strictEqual(Autoscaling.recommend(signals(1), { ...policy, minWorkers: 3 }), 3)
  })

  it("is not known without data, or where no worker has room for anything", () => {
    assert.isNull(Autoscaling.recommend(null, policy))
    assert.isNull(Autoscaling.recommend(signals(5, { capacityPerWorker: 0 }), policy))
    assert.isNull(Autoscaling.recommend(signals(5, { capacityPerWorker: Number.NaN }), policy))
  })
})

describe("how a fleet follows it", () => {
  it("grows to twice its number or by four at a time: 1, 5, 10, 11 within 30 seconds", () => {
    const seen = simulate((at) => signals(at < 15 ? 4 : 60), 60, 1)
    assert.deepStrictEqual(workersOf(seen), [1, 5, 10, 11, 11])
  })

  it("does not move for a dip of 30 seconds", () => {
    const seen = simulate((at) => signals(at >= 600 && at < 630 ? 10 : 60), 1_200, 11)
    assert.deepStrictEqual(new Set(workersOf(seen)), new Set([11]))
  })

  it("after a lasting drop loses one worker a minute, beginning five minutes later", () => {
    const seen = simulate((at) => signals(at < 600 ? 60 : 30), 1_800, 11)
    const steps = seen.filter(({ reason }) => reason === "down").map(({ at }) => at)
    // advised for the last time at 585 seconds, which is within the window until 885
    assert.deepStrictEqual(steps, [885, 945, 1_005, 1_065, 1_125])
    assert.strictEqual(seen.at(-1)?.workers, 6)
  })

  it("never shrinks for want of data, however long", () => {
    const seen = simulate((at) => at < 60 ? signals(60) : null, 7_200, 11)
    assert.deepStrictEqual(new Set(workersOf(seen)), new Set([11]))
    assert.strictEqual(seen.at(-1)?.reason, "no-data")
  })

  it("does not shrink before it has looked for as long as its window", () => {
    const seen = simulate(() => signals(0), 600, 5)
    assert.deepStrictEqual(workersOf(seen.filter(({ at }) => at < 300)), Array(20).fill(5))
    assert.deepStrictEqual(workersOf(seen.filter(({ at }) => at % 60 === 0 && at >= 300)), [4, 3, 2, 1, 1, 1])
  })

  const demands = fc.array(fc.option(fc.integer({ min: 0, max: 200 }), { freq: 8 }), { minLength: 40, maxLength: 200 })

  it("never flaps, whatever the demand: no worker goes within a window of one that came, and at most one a minute", () => {
    fc.assert(fc.property(demands, fc.integer({ min: 1, max: 20 }), (demand, start) => {
      const seen = simulate(
        (at) => {
          const cost = demand[at / 15] ?? null
          return cost === null ? null : signals(cost)
        },
        (demand.length - 1) * 15,
        start
      )
      let before = start
      let lastUp = -Infinity
      let lastDown = -Infinity
      for (const { at, workers } of seen) {
        if (workers > before) lastUp = at
        if (workers < before) {
          assert.strictEqual(before - workers, policy.downStep)
          assert.isAtLeast(at - lastUp, policy.downStabilisationMs / second)
          assert.isAtLeast(at - lastDown, policy.downPeriodMs / second)
          lastDown = at
        }
        assert.isAtLeast(workers, 1)
        assert.isAtMost(workers, policy.maxWorkers)
        before = workers
      }
    }))
  })

  it("reaches what a lasting demand asks for, from anywhere", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 130 }), fc.integer({ min: 0, max: 20 }), (cost, start) => {
      const wanted = Autoscaling.recommend(signals(cost), policy)
      assert.strictEqual(simulate(() => signals(cost), 300 + 21 * 60, start).at(-1)?.workers, wanted)
    }))
  })
})
