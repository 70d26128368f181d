/**
 * Random schedules of several workers against a registry, checked step by step against a model of who owns what: epochs
 * rise, there are never two valid owners, and nothing that is wanted is forgotten.
 */
import { assert, it } from "@effect/vitest"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { isEnded } from "@headend/core/Health"
import { type Claim, defaultTimings, type Lease, type Timings } from "@headend/core/Lease"
import { Clock, Duration, Effect, Layer, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { ended, wanted, worker } from "./internal/registryBench.ts"

export interface Options {
  readonly timings: Timings
  /** Lets time pass: the test clock's, or real time. */
  readonly advance: (duration: Duration.Duration) => Effect.Effect<void>
  /** How many schedules are played; 400 unless given. */
  readonly runs: number
  /** So many side by side, each on a registry of its own: for those in real time. */
  readonly atOnce: number
}

/** Further scans, where real time may have gone astray. */
const atMost = 300

const ids = ["a", "b", "c"]
const workers = ["w1", "w2", "w3"]

type Step =
  | { readonly do: "declare"; readonly id: string; readonly key: number | null; readonly late: number }
  | { readonly do: "stop"; readonly id: string; readonly late: number }
  | { readonly do: "restart"; readonly id: string }
  | { readonly do: "claim"; readonly by: string; readonly capacity: number }
  | { readonly do: "renew" | "crash"; readonly by: string }
  | { readonly do: "report" | "handover" | "end" | "fail"; readonly lease: number }
  | { readonly do: "advance"; readonly leases: number }

const id = fc.constantFrom(...ids)
const by = fc.constantFrom(...workers)
const late = fc.constantFrom(0, 0, 0, 1, 4_000, 20_000)
const lease = fc.integer({ min: 0, max: 5 })
const doing = <const D extends string>(...names: ReadonlyArray<D>) => fc.constantFrom(...names)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: doing("declare"),
      id,
      key: fc.option(fc.integer({ min: 0, max: 4 }), { freq: 3 }),
      late
    })
  },
  { weight: 2, arbitrary: fc.record({ do: doing("stop"), id, late }) },
  { weight: 1, arbitrary: fc.record({ do: doing("restart"), id }) },
  { weight: 5, arbitrary: fc.record({ do: doing("claim"), by, capacity: fc.constantFrom(0, 1, 2, 100) }) },
  { weight: 4, arbitrary: fc.record({ do: doing("renew", "renew", "renew", "crash"), by }) },
  { weight: 5, arbitrary: fc.record({ do: doing("report", "report", "handover", "end", "fail"), lease }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: doing("advance"), leases: fc.constantFrom(0, 1 / 30, 2 / 15, 1 / 3, 17 / 15) })
  }
)

/** The last grant of each broadcast, and what is wanted of it. */
interface Grant {
  readonly lease: Lease
  until: number
  isReleased: boolean
}

const play = Effect.fnUntraced(function*(steps: ReadonlyArray<Step>, { advance, timings }: Options) {
  const ttl = Duration.toMillis(timings.leaseTtl)
  const margin = Duration.toMillis(timings.stealMargin)
  const registry = yield* BroadcastRegistry
  const grants = new Map<string, Grant>()
  const lastRun = new Map<string, number>()
  /** Runs that nobody has stopped or ended, by broadcast. */
  const alive = new Map<string, { readonly run: number; readonly offeredAt: number }>()
  const keyRuns = new Map<string, number>()
  const believed = new Map<string, ReadonlyArray<Lease>>(workers.map((name) => [name, []]))
  const everyLease: Array<Claim> = []
  yield* advance(Duration.times(timings.leaseTtl, 2))

  const isValid = (one: Lease) => {
    const grant = grants.get(one.id)
    return grant !== undefined && !grant.isReleased && grant.lease.epoch === one.epoch
      && grant.lease.worker === one.worker
  }

  const claim = Effect.fnUntraced(function*(name: string, capacity: number) {
    const now = yield* Clock.currentTimeMillis
    const claims = yield* registry.claim(worker(name, { capacity: capacity / 10 }), 10)
    // a registry with a clock of its own looked at it between these two
    const after = yield* Clock.currentTimeMillis
    for (const one of claims) {
      const before = grants.get(one.id)
      if (before !== undefined) {
        assert.isAbove(one.epoch, before.lease.epoch, "epochs rise")
        assert.isTrue(before.isReleased || before.until + margin <= after, "never two valid owners")
      }
      grants.set(one.id, { lease: one, until: now + ttl, isReleased: false })
      everyLease.push(one)
      believed.set(name, [...believed.get(name) ?? [], one])
    }
    return claims
  })

  const renew = Effect.fnUntraced(function*(name: string) {
    const now = yield* Clock.currentTimeMillis
    const leases = believed.get(name) ?? []
    const verdicts = yield* registry.renew(name, leases)
    const lost = leases.filter((_, i) => verdicts.some((one) => one.verdict === "lost" && one.id === leases[i]!.id))
    const latest = leases.filter((one) => isValid(one))
    for (const one of latest) grants.get(one.id)!.until = now + ttl
    for (const one of lost) {
      const others = leases.filter((other) => other.id === one.id)
      assert.isTrue(others.some((other) => !isValid(other)), "a valid lease is never lost")
    }
    assert.isTrue(leases.every((one) => isValid(one) || lost.includes(one)), "an invalid lease is always lost")
    believed.set(name, latest)
  })

  const write = Effect.fnUntraced(function*(one: Claim, what: "report" | "handover" | "end" | "fail") {
    const seen = Effect.result(Effect.map(registry.get(one.id), ({ snapshot }) => snapshot))
    const before = yield* seen
    const position = yield* registry.position
    const reason = { code: "failed", message: "", hop: null, fault: "world" } as const
    const outcome = yield* Effect.result(
      what === "report"
        ? registry.report(one, { state: "running", held: [{ kind: "room", key: `${one.epoch}`, ref: {} }] })
        : what === "fail"
        ? registry.report(one, { ending: reason })
        : registry.release(one, what === "handover" ? "handover" : ended)
    )
    assert.strictEqual(Result.isSuccess(outcome), isValid(one), "exactly the valid owner writes")
    if (Result.isFailure(outcome)) {
      assert.strictEqual(outcome.failure._tag, "Fenced")
      assert.deepStrictEqual(yield* seen, before, "no write of a stale owner lands")
      assert.strictEqual(yield* registry.position, position)
      return
    }
    if (what === "handover" || what === "end") grants.get(one.id)!.isReleased = true
    if (what === "fail" || what === "end") {
      if (alive.get(one.id)?.run === one.run) alive.delete(one.id)
    }
  })

  const wish = Effect.fnUntraced(function*(one: Extract<Step, { readonly do: "declare" }>) {
    const now = yield* Clock.currentTimeMillis
    const offeredAt = now - one.late
    const key = one.key === null ? undefined : `${one.id} ${one.key}`
    const declared = yield* registry.declare(wanted(one.id, { offeredAt, ...(key === undefined ? {} : { key }) }))
    if (declared.outcome === "handled") assert.strictEqual(keyRuns.get(key!), declared.run, "one key, one run")
    else if (declared.outcome !== "cancelled" && key !== undefined) keyRuns.set(key, declared.run)
    if (declared.outcome !== "created") return
    assert.isAbove(declared.run, lastRun.get(one.id) ?? 0, "runs count up")
    lastRun.set(one.id, declared.run)
    alive.set(one.id, { run: declared.run, offeredAt })
  })

  for (const one of steps) {
    switch (one.do) {
      case "declare":
        yield* wish(one)
        break
      case "stop": {
        const offeredAt = (yield* Clock.currentTimeMillis) - one.late
        yield* registry.requestStop(one.id, offeredAt)
        if ((alive.get(one.id)?.offeredAt ?? Infinity) <= offeredAt) alive.delete(one.id)
        break
      }
      case "restart":
        yield* Effect.ignore(registry.requestRestart(one.id))
        break
      case "claim":
        yield* claim(one.by, one.capacity)
        break
      case "renew":
        yield* renew(one.by)
        break
      case "crash":
        believed.set(one.by, [])
        break
      case "advance":
        yield* advance(Duration.times(timings.leaseTtl, one.leases))
        break
      default: {
        const chosen = everyLease.at(-1 - one.lease)
        if (chosen !== undefined) yield* write(chosen, one.do)
      }
    }
  }

  // All are gone but one, which does what is asked of it: what is wanted is there, and nothing else.
  const scan = Effect.gen(function*() {
    yield* renew("last")
    for (const one of yield* claim("last", 1000)) {
      if (one.wanted === "stopped") yield* write(one, "end")
    }
    yield* advance(timings.scanEvery)
  })
  const faultsOf = Effect.fnUntraced(function*(name: string) {
    const seen = Option.getOrUndefined(yield* Effect.option(registry.get(name)))?.snapshot
    const expected = alive.get(name)
    if (expected === undefined) {
      return seen === undefined || isEnded(seen.state) ? [] : [`${name} is not wanted, and ${seen.state}`]
    }
    const isThere = seen?.run === expected.run && seen.owner?.worker === "last"
    return isThere ? [] : [`run ${expected.run} of ${name} is wanted and forgotten: ${JSON.stringify(seen)}`]
  })
  const faults = Effect.map(Effect.forEach(ids, faultsOf), (all) => all.flat())
  for (let i = 0; i < 30; i++) yield* scan
  // real time on a busy machine: scans that come late look like a registry that was away, and give owners more time
  for (let i = 0; i < atMost && (yield* faults).length > 0; i++) yield* scan
  assert.deepStrictEqual(yield* faults, [])
})

const inMemory: Options = { timings: defaultTimings, advance: TestClock.adjust, runs: 400, atOnce: 1 }

/** Each schedule builds the registry anew and expects it empty. */
export const schedules = <E>(
  name: string,
  registry: (timings: Timings) => Layer.Layer<BroadcastRegistry, E>,
  options: Partial<Options> = {}
): void => {
  const all = { ...inMemory, ...options }
  const clock = options.advance === undefined ? TestClock.layer() : Layer.empty
  const some = fc.array(fc.array(step, { minLength: 20, maxLength: 120 }), {
    minLength: all.atOnce,
    maxLength: all.atOnce
  })
  it(`${name}: ${all.runs} random schedules keep every promise`, () =>
    fc.assert(
      fc.asyncProperty(some, (schedules) =>
        Effect.runPromise(Effect.forEach(
          schedules,
          (steps) => Effect.provide(play(steps, all), Layer.merge(registry(all.timings), clock)),
          { concurrency: "unbounded", discard: true }
        ))),
      { numRuns: Math.ceil(all.runs / all.atOnce), endOnFailure: options.advance !== undefined }
    ), 240_000)
}
