// The registry's contract: what an owner declares again when the registry has forgotten it, fenced by its epoch.
import { assert } from "@effect/vitest"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { Effect } from "effect"
import { failureTag } from "./contract.ts"
import { type Bench, claimOne, held, leaseOf, wanted, worker } from "./registryBench.ts"

export const adopting = ({ test }: Bench) => {
  test(
    "an owner declares again what a registry without memory has forgotten",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const declaration = wanted("a", { key: "k" })
      yield* registry.declare(declaration)
      const first = yield* claimOne("w1")
      const claim = { ...first, epoch: first.epoch + 6, held, startedAt: 77, state: "running" as const, run: 4 }
      const forgotten = { ...claim, id: "b" }
      const again = { ...wanted("b"), spec: { ...declaration.spec, id: "b" } }
      assert.strictEqual(yield* registry.adopt(again, forgotten), "adopted")
      assert.strictEqual(yield* registry.adopt(again, forgotten), "adopted")
      assert.deepStrictEqual((yield* registry.get("b")).snapshot.owner, { worker: "w1", epoch: claim.epoch })
      assert.deepStrictEqual(yield* registry.renew("w1", [leaseOf(forgotten)]), [])
      assert.deepStrictEqual(yield* registry.claim(worker("w2"), 10), [])
      yield* registry.release(forgotten, "handover")
      const next = yield* claimOne("w2")
      assert.deepStrictEqual([next.run, next.held, next.startedAt], [4, held, 77])
      assert.isAbove(next.epoch, claim.epoch)
    })
  )

  test(
    "nothing is adopted against a higher epoch or a later run",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const declaration = wanted("a")
      yield* registry.declare(declaration)
      const first = yield* claimOne("w1")
      yield* registry.release(first, "handover")
      const second = yield* claimOne("w2")
      assert.strictEqual(yield* registry.adopt(declaration, first), "lost")
      assert.strictEqual(yield* registry.adopt(declaration, { ...first, run: 0, epoch: second.epoch + 5 }), "lost")
      assert.deepStrictEqual((yield* registry.get("a")).snapshot.owner, { worker: "w2", epoch: second.epoch })
    })
  )

  test(
    "a higher epoch of the same run takes the place of what is there, once and for all",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const declaration = wanted("a")
      yield* registry.declare(declaration)
      const old = yield* claimOne("w1")
      const claim = { ...old, worker: "w2", epoch: old.epoch + 3 }
      assert.strictEqual(yield* registry.adopt(declaration, claim), "adopted")
      assert.strictEqual(yield* failureTag(registry.report(old, { state: "running" })), "Fenced")
      yield* registry.report(claim, { state: "running" })
      assert.strictEqual((yield* registry.fleet).workers.find((one) => one.id === "w1")?.broadcasts, 0)
    })
  )
}
