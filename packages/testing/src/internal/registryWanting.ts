// The registry's contract: starts, stops, keys, and one run after another.
import { assert } from "@effect/vitest"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { Duration, Effect, Option } from "effect"
import { failureTag } from "./contract.ts"
import { type Bench, claimOne, described, ended, start, wanted } from "./registryBench.ts"

export const wanting = ({ advance, claimed, live, test, untilLapsed }: Bench) => {
  test(
    "a start makes the first run, pending and unowned",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const declared = yield* registry.declare(wanted("a", { key: "k", offeredAt: 1234, description: "the lobby" }))
      assert.deepStrictEqual(declared, { outcome: "created", run: 1 })
      const { keyId, snapshot, spec } = yield* registry.get("a")
      assert.strictEqual(snapshot.state, "pending")
      assert.isNull(snapshot.owner)
      assert.isNull(snapshot.endReason)
      assert.strictEqual(snapshot.description, "the lobby")
      assert.deepStrictEqual(snapshot.request, { key: "k", jobId: null, offeredAt: "1970-01-01T00:00:01.234Z" })
      assert.strictEqual((yield* spec).description, "the lobby")
      assert.strictEqual(keyId, "key-1")
    })
  )

  test(
    "the same specification exists already, under another key; another one is a conflict",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      yield* start("a", "w1")
      assert.deepStrictEqual(yield* registry.declare(wanted("a")), { outcome: "exists", run: 1 })
      const other = registry.declare(wanted("a", { description: "another" }))
      assert.strictEqual(yield* failureTag(other), "SpecConflict")
      assert.strictEqual((yield* registry.get("a")).snapshot.run, 1)
    })
  )

  test(
    "what was declared under an older key is the same, by its specification and by its request key; not without that key",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      yield* registry.declare(wanted("a", { key: "k", under: "old" }))
      const known = { under: "new", known: ["older", "old"] }
      assert.deepStrictEqual(yield* registry.declare(wanted("a", known)), { outcome: "exists", run: 1 })
      assert.deepStrictEqual(yield* registry.declare(wanted("a", { ...known, key: "k" })), {
        outcome: "handled",
        run: 1
      })
      const other = { ...known, description: "another" }
      assert.strictEqual(yield* failureTag(registry.declare(wanted("a", other))), "SpecConflict")
      assert.strictEqual(yield* failureTag(registry.declare(wanted("a", { ...other, key: "k" }))), "KeyReused")
      const stranger = { under: "new", known: ["older"] }
      assert.strictEqual(yield* failureTag(registry.declare(wanted("a", stranger))), "SpecConflict")
      assert.strictEqual(yield* failureTag(registry.declare(wanted("a", { ...stranger, key: "k" }))), "KeyReused")
    })
  )

  test(
    "one key starts one run, however often it is delivered, also after that run is over",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const declaration = wanted("a", { key: "job 7" })
      yield* registry.declare(declaration)
      assert.deepStrictEqual(yield* registry.declare(declaration), { outcome: "handled", run: 1 })
      const claim = yield* claimOne("w1")
      yield* registry.requestStop("a", 2000)
      yield* registry.release(claim, ended)
      assert.deepStrictEqual(yield* registry.declare(declaration), { outcome: "handled", run: 1 })
      assert.strictEqual((yield* registry.get("a")).snapshot.state, "stopped")
    })
  )

  test(
    "a key that found its broadcast there already starts none later, either",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      yield* registry.declare(wanted("a"))
      const second = wanted("a", { key: "second" })
      yield* registry.declare(second)
      yield* registry.requestStop("a", 2000)
      assert.deepStrictEqual(yield* registry.declare(second), { outcome: "handled", run: 1 })
    })
  )

  test(
    "a key that comes with another specification or another id is refused",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      yield* registry.declare(wanted("a", { key: "k" }))
      const another = registry.declare(wanted("a", { key: "k", description: "another" }))
      assert.strictEqual(yield* failureTag(another), "KeyReused")
      assert.strictEqual(yield* failureTag(registry.declare(wanted("b", { key: "k" }))), "KeyReused")
      assert.strictEqual(yield* failureTag(registry.get("b")), "BroadcastNotFound")
    })
  )

  test(
    "a stop before anybody owned it ends it at once, and a start after that is the next run",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      yield* registry.declare(wanted("a"))
      assert.isTrue(Option.isNone(yield* registry.requestStop("a", 2000)))
      const { snapshot } = yield* registry.get("a")
      assert.strictEqual(snapshot.state, "stopped")
      assert.strictEqual(snapshot.endReason?.code, "stopped")
      const declared = yield* registry.declare(wanted("a", { offeredAt: 3000, description: "another" }))
      assert.deepStrictEqual(declared, { outcome: "created", run: 2 })
      const claim = yield* claimOne("w1")
      assert.strictEqual(claim.run, 2)
      assert.strictEqual(claim.wanted, "running")
      assert.strictEqual(described(claim), "another")
    })
  )

  test(
    "a stop names the owner, and repeating it changes nothing",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      yield* start("a", "w1")
      assert.deepStrictEqual(yield* registry.requestStop("a", 2000), Option.some("w1"))
      assert.strictEqual((yield* registry.get("a")).snapshot.state, "stopping")
      const position = yield* registry.position
      yield* registry.requestStop("a", 2001)
      assert.strictEqual(yield* registry.position, position)
    })
  )

  test(
    "a stop cancels the starts that were offered before it, and no later ones",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      assert.isTrue(Option.isNone(yield* registry.requestStop("a", 2000)))
      const early = wanted("a", { offeredAt: 1999 })
      assert.strictEqual((yield* registry.declare(early)).outcome, "cancelled")
      assert.strictEqual((yield* registry.declare(early)).outcome, "cancelled")
      assert.strictEqual(yield* failureTag(registry.get("a")), "BroadcastNotFound")
      assert.strictEqual((yield* registry.declare(wanted("a", { offeredAt: 2001 }))).outcome, "created")
      yield* registry.requestStop("a", 1500)
      assert.strictEqual((yield* registry.get("a")).snapshot.state, "pending")
      const late = yield* registry.declare(wanted("a", { offeredAt: 1999, description: "another" }))
      assert.deepStrictEqual(late, { outcome: "cancelled", run: 1 })
    })
  )

  test(
    "a start while the old run is stopping waits as the next, and can be claimed once the old one is undone",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const first = yield* start("a", "w1")
      yield* registry.requestStop("a", 2000)
      const declared = yield* registry.declare(wanted("a", { offeredAt: 3000, description: "another" }))
      assert.deepStrictEqual(declared, { outcome: "created", run: 2 })
      const waiting = (yield* registry.get("a")).snapshot
      assert.deepStrictEqual([waiting.run, waiting.state, waiting.owner], [2, "pending", null])
      assert.strictEqual((yield* registry.getRun("a", 1)).snapshot.state, "stopping")
      const same = wanted("a", { offeredAt: 3001, description: "another" })
      assert.deepStrictEqual(yield* registry.declare(same), { outcome: "exists", run: 2 })
      const third = registry.declare(wanted("a", { offeredAt: 3002, description: "a third" }))
      assert.strictEqual(yield* failureTag(third), "SpecConflict")
      yield* registry.report(first, { held: [{ kind: "room", key: "1", ref: {} }] })
      yield* registry.release(first, ended)
      assert.strictEqual((yield* registry.getRun("a", 1)).snapshot.state, "stopped")
      const next = yield* claimOne("w2")
      assert.deepStrictEqual([next.run, next.wanted, described(next)], [2, "running", "another"])
      assert.deepStrictEqual(next.held, [])
      assert.isAbove(next.epoch, first.epoch)
    })
  )

  test(
    "a stop cancels the run that waits as the next, and its number is not used again",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const first = yield* start("a", "w1")
      yield* registry.requestStop("a", 2000)
      yield* registry.declare(wanted("a", { offeredAt: 3000 }))
      yield* registry.requestStop("a", 4000)
      const cancelled = (yield* registry.getRun("a", 2)).snapshot
      assert.deepStrictEqual([cancelled.state, cancelled.endReason?.code], ["stopped", "cancelled"])
      const again = yield* registry.declare(wanted("a", { offeredAt: 5000 }))
      assert.deepStrictEqual(again, { outcome: "created", run: 3 })
      yield* registry.release(first, ended)
      assert.strictEqual((yield* claimOne("w1")).run, 3)
    })
  )

  test(
    "a restart of what is not there or is over is refused",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      assert.strictEqual(yield* failureTag(registry.requestRestart("a")), "BroadcastNotFound")
      yield* registry.declare(wanted("a"))
      yield* registry.requestStop("a", 2000)
      assert.strictEqual(yield* failureTag(registry.requestRestart("a")), "BroadcastNotFound")
    })
  )

  test(
    "epochs rise over takeovers, hand-overs and runs",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const epochs = []
      const first = yield* start("a", "w1")
      epochs.push(first.epoch)
      yield* registry.release(first, "handover")
      epochs.push((yield* claimOne("w1")).epoch)
      yield* untilLapsed("w2")
      const [third] = yield* claimed("w2")
      assert.isDefined(third)
      epochs.push(third.epoch)
      yield* registry.requestStop("a", 2000)
      yield* registry.release(third, ended)
      epochs.push((yield* start("a", "w1", { offeredAt: 3000 })).epoch)
      assert.deepStrictEqual(epochs, [...new Set(epochs)].toSorted((a, b) => a - b))
      assert.strictEqual(yield* failureTag(registry.report(third, { state: "running" })), "Fenced")
    })
  )

  if (live) return

  test(
    "keys, stops and ended broadcasts are kept for a day",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const declaration = wanted("a", { key: "k" })
      yield* registry.declare(declaration)
      yield* registry.requestStop("a", 2000)
      yield* registry.requestStop("b", 2000)
      yield* advance(Duration.minutes(24 * 60 - 2))
      assert.strictEqual((yield* registry.declare(declaration)).outcome, "handled")
      assert.strictEqual((yield* registry.declare(wanted("b"))).outcome, "cancelled")
      assert.strictEqual((yield* registry.get("a")).snapshot.state, "stopped")
      yield* advance(Duration.minutes(4))
      assert.strictEqual((yield* registry.declare(wanted("b"))).outcome, "created")
      assert.strictEqual(yield* failureTag(registry.get("a")), "BroadcastNotFound")
      assert.strictEqual((yield* registry.declare(declaration)).outcome, "created")
    })
  )
}
