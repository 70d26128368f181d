// Who takes what: by room, by load, in parts; nothing moves once it is placed; what fits nobody ends.
import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { FakeRegistry } from "@headend/testing/FakeRegistry"
import { Effect, flow, Random } from "effect"
import { headquarters, member } from "./crew.ts"
import { pass, start, until } from "./station.ts"

/** When scans come is chance, and now and then one comes in the moment in which another worker holds back: one seed. */
const played = flow(Effect.provide(headquarters), Random.withSeed(7))

const waiting = (id: string) => ({ id, source: { kind: "browser_webrtc" } })
const many = (name: string, count: number) =>
  Effect.forEach(Array.from({ length: count }, (_, n) => waiting(`${name}-${n}`)), start, { discard: true })

/** Workers that are not young any more, and know of each other. */
const grown = Effect.fnUntraced(function*(...names: ReadonlyArray<string>) {
  const members = yield* Effect.forEach(names, (name) => member(name))
  yield* pass(31_000)
  return members
})

const owners = Effect.map(
  Broadcasts.use((broadcasts) => broadcasts.list({ limit: 500 })),
  ({ items }) => Object.fromEntries(items.map(({ id, owner }) => [id, owner?.worker]))
)

describe("placement", () => {
  it.effect("gives each of three workers its part of what comes at once", () =>
    Effect.gen(function*() {
      const members = yield* grown("w1", "w2", "w3")
      yield* many("b", 30)
      yield* pass(1_000)
      const parts = members.map((one) => one.owns())
      assert.strictEqual(parts.reduce((sum, part) => sum + part, 0), 30)
      assert.isAtLeast(Math.min(...parts), 5, `${parts}`)
    }).pipe(played))

  it.effect("lets the less loaded worker win, one by one", () =>
    Effect.gen(function*() {
      const [w1, w2] = yield* Effect.forEach(["w1", "w2"], (name) => member(name, { capacity: 1 }))
      yield* pass(31_000)
      for (let n = 0; n < 8; n++) {
        yield* start(waiting(`b-${n}`))
        yield* pass(500)
        assert.isAtMost(Math.abs(w1!.owns() - w2!.owns()), 1, `after ${n + 1}`)
      }
      assert.deepStrictEqual([w1!.owns(), w2!.owns()], [4, 4])
    }).pipe(played))

  it.effect("moves nothing when a worker joins, and new ones go to it", () =>
    Effect.gen(function*() {
      const members = yield* Effect.forEach(["w1", "w2", "w3"], (name) => member(name, { capacity: 2 }))
      yield* pass(31_000)
      yield* many("old", 12)
      yield* pass(3_000)
      const before = yield* owners
      const fourth = yield* member("w4", { capacity: 2 })
      yield* pass(40_000)
      assert.deepStrictEqual(yield* owners, before)
      assert.strictEqual(fourth.owns(), 0)
      for (let n = 0; n < 3; n++) {
        yield* start(waiting(`new-${n}`))
        yield* pass(500)
      }
      assert.strictEqual(fourth.owns(), 3)
      const { "new-0": a, "new-1": b, "new-2": c, ...rest } = yield* owners
      assert.deepStrictEqual([a, b, c], ["w4", "w4", "w4"])
      assert.deepStrictEqual(rest, before)
      assert.strictEqual(members.reduce((sum, one) => sum + one.owns(), 0), 12)
    }).pipe(played))

  it.effect("a young worker that is not alone takes five from one scan to the next; alone it takes all", () =>
    Effect.gen(function*() {
      yield* many("b", 40)
      const first = yield* member("w1")
      yield* pass(100)
      assert.strictEqual(first.owns(), 40)
      yield* member("w2", { capacity: 0 })
      yield* pass(5_000)
      yield* first.end
      const third = yield* member("w3")
      yield* pass(500)
      assert.strictEqual(third.owns(), 5)
      yield* pass(5_000)
      assert.isAtLeast(third.owns(), 15)
      assert.isAtMost(third.owns(), 20)
      yield* pass(30_000)
      assert.strictEqual(third.owns(), 40)
    }).pipe(played))

  it.effect("what a dead worker had is shared by those who are left", () =>
    Effect.gen(function*() {
      const [w1, w2, w3] = yield* grown("w1", "w2", "w3")
      yield* many("b", 60)
      yield* pass(3_000)
      const [had, second, third] = [w1!.owns(), w2!.owns(), w3!.owns()]
      assert.isAtLeast(had, 10)
      yield* w1!.crash
      yield* pass(25_000)
      const [more, evenMore] = [w2!.owns() - second, w3!.owns() - third]
      assert.strictEqual(more + evenMore, had)
      assert.isAtLeast(Math.min(more, evenMore), Math.floor(had / 4), `${more} and ${evenMore} of ${had}`)
    }).pipe(played))
})

describe("capacity", () => {
  const rooms = { id: "rooms", source: { kind: "browser_webrtc" } }

  it.effect("what costs more than any worker has ends with no_capacity, once every worker had time to show up", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      yield* member("w1", { capacity: 0.05 })
      yield* start(rooms)
      yield* pass(20_000)
      assert.strictEqual((yield* broadcasts.get("rooms")).state, "pending")
      const failed = yield* until("rooms", "failed")
      assert.deepInclude(failed.endReason, { code: "no_capacity", fault: "world" })
      assert.include(failed.endReason!.message, "0.05")
    }).pipe(played))

  it.effect("what only has no room now waits for it, and for a large worker that was there a minute ago", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const large = yield* member("large", { capacity: 0.1 })
      yield* member("small", { capacity: 0.05 })
      yield* pass(31_000)
      yield* start(rooms)
      yield* pass(1_000)
      assert.strictEqual(large.owns(), 1)
      yield* start({ ...rooms, id: "next" })
      yield* pass(30_000)
      assert.strictEqual((yield* broadcasts.get("next")).state, "pending")
      yield* large.crash
      yield* pass(40_000)
      assert.strictEqual((yield* broadcasts.get("next")).state, "pending")
      const back = yield* member("large again", { capacity: 0.1 })
      yield* pass(10_000)
      assert.strictEqual(back.owns(), 1)
      assert.notStrictEqual((yield* broadcasts.get("next")).state, "failed")
    }).pipe(played))
})

describe("the tick", () => {
  it.effect("renews every five seconds, give or take a tenth, and never scans with a claim before it", () =>
    Effect.gen(function*() {
      const registry = yield* FakeRegistry
      yield* member("w1")
      yield* start(waiting("a"))
      yield* pass(5_500)
      const before = registry.calls("renew")
      yield* pass(60_000)
      const renewals = registry.calls("renew") - before
      assert.isAtLeast(renewals, 10)
      assert.isAtMost(renewals, 14)
    }).pipe(played))
})
