// The registry's contract: who gets what, for how long, and who gets it after that.
import { assert } from "@effect/vitest"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { Clock, Duration, Effect, Option } from "effect"
import {
  type Bench,
  claimOne,
  described,
  ended,
  leaseOf,
  once,
  start,
  stopped,
  wanted,
  worker
} from "./registryBench.ts"

export const claiming = ({ advance, claimed, scans, test, timings, untilLapsed }: Bench) => {
  const { leaseTtl, renewEvery, scanEvery } = timings

  test(
    "a claim makes a worker the owner, and nobody else gets it",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const claim = yield* start("a", "w1", { description: "the lobby" })
      assert.deepStrictEqual([claim.id, claim.run, claim.wanted, claim.worker], ["a", 1, "running", "w1"])
      assert.deepStrictEqual([claim.held, claim.ending, claim.startedAt], [[], null, null])
      assert.strictEqual(described(claim), "the lobby")
      assert.strictEqual(claim.keyId, "key-1")
      assert.isTrue(Option.isNone(claim.previousOwner))
      const { snapshot } = yield* registry.get("a")
      assert.deepStrictEqual(snapshot.owner, { worker: "w1", epoch: claim.epoch })
      assert.strictEqual(snapshot.state, "starting")
      assert.deepStrictEqual(yield* registry.claim(worker("w2"), 10), [])
    })
  )

  test(
    "a worker claims what it has room for, and no more at once than it asks for",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      yield* registry.declare(wanted("big", { cost: 5 }))
      for (const id of ["a", "b", "c", "d"]) yield* registry.declare(wanted(id, { cost: 1 }))
      const small = worker("w1", { capacity: 3, used: 1 })
      assert.strictEqual((yield* registry.claim(small, 1)).length, 1)
      assert.strictEqual((yield* registry.claim({ ...small, used: 2 }, 10)).length, 1)
      assert.strictEqual((yield* registry.claim({ ...small, used: 3 }, 10)).length, 0)
      assert.strictEqual((yield* registry.claim(worker("w2", { draining: true }), 10)).length, 0)
      assert.strictEqual((yield* registry.claim(worker("w2"), 0)).length, 0)
      const rest = yield* registry.claim(worker("w2"), 10)
      assert.strictEqual(rest.length, 3)
      assert.include(rest.map(({ id }) => id), "big")
    })
  )

  test(
    "what is wanted stopped is claimed whatever it costs, with its ledger and its reason",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const first = yield* start("a", "w1", { cost: 5 })
      const held = [{ kind: "mountpoint", key: "12", ref: { id: 12 } }, { kind: "room", key: "7", ref: { id: 7 } }]
      const failed = { code: "mountpoint_taken", message: "it is taken", hop: "mountpoint", fault: "caller" } as const
      yield* registry.report(first, { held, ending: failed, state: "stopping", startedAt: 77 })
      yield* registry.release(first, "handover")
      const [claim] = yield* registry.claim(worker("w2", { capacity: 1, used: 1 }), 10)
      assert.deepStrictEqual([claim?.wanted, claim?.ending, claim?.held], ["stopped", failed, held])
      assert.deepStrictEqual([claim?.startedAt, claim?.state], [77, "stopping"])
    })
  )

  test(
    "what costs more than the largest worker has is claimed to be ended, with that reason; what waits for room is not",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      yield* registry.declare(wanted("huge", { cost: 8 }))
      yield* registry.declare(wanted("big", { cost: 4 }))
      const busy = worker("w1", { capacity: 4, used: 3 })
      assert.deepStrictEqual(yield* registry.claim(busy, 10), [])
      assert.deepStrictEqual(yield* registry.claim(busy, 0, 4), [])
      const [claim, ...more] = yield* registry.claim(busy, 10, 4)
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual([claim?.id, claim?.wanted, claim?.ending?.code], ["huge", "stopped", "no_capacity"])
      assert.deepStrictEqual([claim?.ending?.fault, claim?.state], ["world", "stopping"])
      assert.strictEqual((yield* registry.get("huge")).snapshot.state, "stopping")
      yield* registry.release(leaseOf(claim!), { ended: claim!.ending!, leftBehind: [] })
      const { snapshot } = yield* registry.get("huge")
      assert.deepStrictEqual([snapshot.state, snapshot.endReason?.code], ["failed", "no_capacity"])
      assert.strictEqual((yield* registry.get("big")).snapshot.state, "pending")
    })
  )

  test(
    "the fleet tells of each worker what it said of itself last",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      yield* registry.claim(worker("w1", { capacity: 4, used: 3 }), 0)
      yield* registry.claim(worker("w2"), 0)
      yield* registry.claim(worker("w2", { draining: true, reachesJanus: false }), 0)
      const { workers } = yield* registry.fleet
      const said = workers.map(({ capacity, draining, id, reachesJanus, used }) => [
        id,
        capacity,
        used,
        draining,
        reachesJanus
      ])
      assert.sameDeepMembers(said, [["w1", 4, 3, false, true], ["w2", 100, 0, true, false]])
    })
  )

  test(
    "a stop without an owner, but with something to undo, waits for a worker",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const first = yield* start("a", "w1")
      yield* registry.report(first, { held: [{ kind: "room", key: "7", ref: {} }] })
      yield* registry.release(first, "handover")
      assert.isTrue(Option.isNone(yield* registry.requestStop("a", 2000)))
      assert.strictEqual((yield* registry.get("a")).snapshot.state, "stopping")
      const claim = yield* claimOne("w2")
      assert.deepStrictEqual([claim.wanted, claim.ending], ["stopped", stopped])
    })
  )

  test(
    "a lease that is renewed stays; one that is not is taken over after its end, by whoever asks",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const stays = yield* start("a", "w1")
      const began = yield* Clock.currentTimeMillis
      const goes = yield* start("b", "w1")
      yield* scans(renewEvery, ["w2"], [leaseOf(stays)])
      const early = yield* registry.claim(worker("w2"), 10)
      if ((yield* Clock.currentTimeMillis) - began < Duration.toMillis(leaseTtl)) assert.deepStrictEqual(early, [])
      yield* scans(Duration.times(leaseTtl, 3), ["w2"], [leaseOf(stays)])
      const [claim, ...more] = early.length > 0 ? early : yield* claimed("w2", [leaseOf(stays)])
      assert.strictEqual(claim?.id, "b")
      assert.deepStrictEqual(more, [])
      assert.isAbove(claim!.epoch, goes.epoch)
      assert.deepStrictEqual([claim?.previousOwner, claim?.maySend], [Option.some("w1"), Option.some("w1")])
      assert.deepStrictEqual((yield* registry.get("b")).snapshot.owner, { worker: "w2", epoch: claim!.epoch })
    })
  )

  test(
    "nobody takes a lease before its end",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      yield* untilLapsed("w2")
      const attempt = Effect.fnUntraced(function*(n: number) {
        const began = yield* Clock.currentTimeMillis
        const claim = yield* start(`a${n}`, "w1")
        yield* scans(Duration.subtract(leaseTtl, Duration.times(scanEvery, 2)), ["w2"])
        const taken = yield* registry.claim(worker("w2"), 10)
        const isBefore = (yield* Clock.currentTimeMillis) - began < Duration.toMillis(leaseTtl)
        if (isBefore) assert.deepStrictEqual(taken, [])
        else yield* Effect.forEach(taken.length > 0 ? taken : [claim], (one) => registry.release(one, ended))
        return isBefore
      })
      assert.isTrue(yield* once(attempt))
    })
  )

  test(
    "after the registry was silent, owners get the time of one lease to renew",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const attempt = Effect.fnUntraced(function*(n: number) {
        const [one, other] = [yield* start(`a${n}`, "w1"), yield* start(`b${n}`, "w1")]
        yield* scans(scanEvery, ["w2"])
        yield* advance(Duration.times(leaseTtl, 3))
        const began = yield* Clock.currentTimeMillis
        const soon = yield* registry.claim(worker("w2"), 10)
        yield* scans(Duration.times(scanEvery, 2), ["w2"])
        const taken = [...soon, ...yield* registry.claim(worker("w2"), 10)]
        const verdicts = yield* registry.renew("w1", [leaseOf(one)])
        if ((yield* Clock.currentTimeMillis) - began >= Duration.toMillis(leaseTtl)) {
          yield* Effect.forEach(
            [one, other],
            (claim) => registry.release(taken.find(({ id }) => id === claim.id) ?? claim, ended)
          )
          return false
        }
        assert.deepStrictEqual([taken, verdicts], [[], []])
        yield* scans(Duration.sum(leaseTtl, Duration.times(scanEvery, 2)), ["w2"], [leaseOf(one)])
        assert.deepStrictEqual((yield* claimed("w2", [leaseOf(one)])).map(({ id }) => id), [other.id])
        return true
      })
      assert.isTrue(yield* once(attempt))
    })
  )

  test(
    "a lease that is over, but nobody took, is revived by its owner",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const claim = yield* start("a", "w1")
      yield* untilLapsed("w2")
      assert.deepStrictEqual(yield* registry.renew("w1", [leaseOf(claim)]), [])
      assert.deepStrictEqual(yield* registry.claim(worker("w2"), 10), [])
      yield* registry.report(claim, { state: "running" })
      assert.deepStrictEqual((yield* registry.get("a")).snapshot.owner, { worker: "w1", epoch: claim.epoch })
    })
  )

  test(
    "what is released after its lease was over is not claimed again",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const claim = yield* start("a", "w1")
      yield* untilLapsed("w2")
      yield* registry.release(claim, ended)
      assert.deepStrictEqual(yield* registry.claim(worker("w2"), 10), [])
      assert.strictEqual((yield* registry.get("a")).snapshot.state, "stopped")
    })
  )

  test(
    "one renewal for all answers what needs an answer: lost, stop, restart once",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const leases = []
      for (const id of ["fine", "lost", "stop", "restart"]) leases.push(leaseOf(yield* start(id, "w1")))
      yield* registry.release(leases[1]!, "handover")
      yield* claimOne("w2")
      yield* registry.requestStop("stop", 2000)
      yield* registry.requestRestart("restart")
      const unknown = { id: "unknown", epoch: 1, worker: "w1" }
      const verdicts = yield* registry.renew("w1", [...leases, unknown])
      assert.sameDeepMembers([...verdicts], [
        { id: "lost", verdict: "lost" },
        { id: "stop", verdict: "stop" },
        { id: "restart", verdict: "restart" },
        { id: "unknown", verdict: "lost" }
      ])
      assert.deepStrictEqual(yield* registry.renew("w1", leases.slice(2)), [{ id: "stop", verdict: "stop" }])
    })
  )
}
