// The registry's contract: snapshots, lists, the event log, hints, and the fleet.
import { assert } from "@effect/vitest"
import { logStart } from "@headend/core/BroadcastEvent"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { runKey, type Wake } from "@headend/core/Lease"
import { Deferred, Duration, Effect, Fiber, Stream } from "effect"
import { failureTag } from "./contract.ts"
import { type Bench, ended, start, wanted, worker } from "./registryBench.ts"

/** What a worker hears from now on, or soon. */
const listen = Effect.fnUntraced(function*(id: string) {
  const registry = yield* BroadcastRegistry
  const heard: Array<Wake> = []
  yield* Effect.forkScoped(Stream.runForEach(registry.wake(id), (hint) => Effect.sync(() => void heard.push(hint))))
  return heard
})

export const reading = ({ advance, live, moment, scans, test, timings, until }: Bench) => {
  test(
    "a broadcast or run that nobody declared is not found",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      yield* registry.declare(wanted("a"))
      assert.strictEqual(yield* failureTag(registry.get("b")), "BroadcastNotFound")
      assert.strictEqual(yield* failureTag(registry.getRun("a", 2)), "BroadcastNotFound")
      assert.strictEqual((yield* registry.getRun("a", 1)).snapshot.id, "a")
    })
  )

  test(
    "the list is in the order of ids, page by page",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      for (const id of ["c", "a", "E", "b", "d"]) yield* registry.declare(wanted(id))
      const first = yield* registry.list({ limit: 2 })
      const second = yield* registry.list({ limit: 2, ...(first.next === null ? {} : { cursor: first.next }) })
      const third = yield* registry.list({ limit: 2, ...(second.next === null ? {} : { cursor: second.next }) })
      const pages = [first, second, third].map((page) => page.items.map(({ id }) => id))
      assert.deepStrictEqual(pages, [["E", "a"], ["b", "c"], ["d"]])
      assert.isNull(third.next)
      assert.isNull((yield* registry.list({ limit: 5 })).next)
    })
  )

  test(
    "the list is filtered by state, source and label, and pages are of what is left",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const team = { labels: { team: "events" } }
      yield* registry.declare(wanted("a", team))
      yield* registry.declare(wanted("b", { labels: { team: "news" } }))
      yield* registry.declare(wanted("c", team))
      yield* registry.declare(wanted("d", team))
      yield* registry.requestStop("c", 2000)
      const ids = (query: Parameters<typeof registry.list>[0]) =>
        Effect.map(registry.list(query), ({ items }) => items.map(({ id }) => id))
      assert.deepStrictEqual(yield* ids({ label: ["team", "events"] }), ["a", "c", "d"])
      assert.deepStrictEqual(yield* ids({ label: ["team", "events"], state: "pending" }), ["a", "d"])
      assert.deepStrictEqual(yield* ids({ state: "stopped" }), ["c"])
      assert.deepStrictEqual(yield* ids({ source: "frontend_owned", limit: 1 }), ["a"])
      assert.deepStrictEqual(yield* ids({ source: "videoroom" }), [])
      const page = yield* registry.list({ label: ["team", "events"], limit: 2 })
      assert.strictEqual(page.next, "c")
      assert.deepStrictEqual(yield* ids({ label: ["team", "events"], limit: 2, cursor: "c" }), ["d"])
    })
  )

  test(
    "alive are the runs that are not over, the one that waits as the next included",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const claim = yield* start("a", "w1")
      yield* registry.requestStop("a", 2000)
      yield* registry.declare(wanted("a", { offeredAt: 3000 }))
      const asked = [1, 2, 3].map((run) => ({ broadcast: "a", run }))
      const alive = yield* registry.alive([...asked, { broadcast: "b", run: 1 }])
      assert.sameMembers([...alive], [runKey("a", 1), runKey("a", 2)])
      yield* registry.release(claim, ended)
      assert.sameMembers([...yield* registry.alive(asked)], [runKey("a", 2)])
    })
  )

  test(
    "the log tells what happened, in order, and goes on after any position",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const before = yield* registry.position
      const claim = yield* start("a", "w1")
      yield* registry.report(claim, { state: "running" })
      yield* registry.requestStop("a", 2000)
      yield* registry.release(claim, ended)
      const told = yield* Stream.runCollect(Stream.take(registry.events(before), 7))
      const words = told.map((event) =>
        event._tag === "BroadcastStateChanged"
          ? `${event.from} > ${event.to}`
          : event._tag === "OwnerChanged"
          ? `${event.from} owner ${event.to}`
          : event._tag
      )
      assert.deepStrictEqual(words, [
        "null > pending",
        "null owner w1",
        "pending > starting",
        "starting > running",
        "running > stopping",
        "w1 owner null",
        "stopping > stopped"
      ])
      const last = told.at(-1)
      assert.deepStrictEqual(last?._tag === "BroadcastStateChanged" ? last.endReason?.code : null, "stopped")
      assert.strictEqual(last?.cause, "stopped")
      assert.strictEqual(new Set(told.map(({ position }) => position)).size, 7)
      assert.strictEqual(yield* registry.position, last?.position)
      const rest = yield* Stream.runCollect(Stream.take(registry.events(told[3]!.position), 3))
      assert.deepStrictEqual(rest, told.slice(4))
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(registry.events(logStart), 7)), told)
    })
  )

  test(
    "a follower misses nothing and hears nothing twice between the past and what comes",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const from = yield* registry.position
      const claim = yield* start("a", "w1")
      const more = 40
      const report = (i: number) => registry.report(claim, { state: i % 2 === 0 ? "running" : "degraded" })
      const begun = yield* Deferred.make<void>()
      const follower = yield* registry.events(from).pipe(
        Stream.tap(() => Deferred.succeed(begun, undefined)),
        Stream.take(3 + more),
        Stream.runCollect,
        Effect.forkScoped
      )
      for (let i = 0; i < more; i++) {
        yield* report(i)
        if (i === more / 2) yield* Deferred.await(begun)
      }
      yield* moment
      const live = yield* Fiber.join(follower)
      const past = yield* Stream.runCollect(Stream.take(registry.events(from), 3 + more))
      assert.deepStrictEqual(live, past)
      assert.strictEqual(new Set(live.map(({ position }) => position)).size, 3 + more)
    })
  )

  test(
    "without a position a follower hears from now on; a position that the log does not reach is too old",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      yield* start("a", "w1")
      const follower = yield* Effect.forkScoped(Stream.runCollect(Stream.take(registry.events(), 1)))
      yield* moment
      let n = 0
      const declare = Effect.suspend(() => registry.declare(wanted(`b${n++}`)))
      yield* until(declare, () => follower.pollUnsafe() !== undefined)
      const [heard] = yield* Fiber.join(follower)
      if (live) assert.match(heard?.broadcast ?? "", /^b/)
      else assert.strictEqual(heard?.broadcast, "b0")
      for (const position of ["nonsense", "-1", "99999999"]) {
        assert.strictEqual(yield* failureTag(Stream.runDrain(registry.events(position))), "PositionTooOld")
      }
    })
  )

  test(
    "what anybody tells is in the log between what owners report, of a broadcast or of none",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const from = yield* registry.position
      yield* registry.declare(wanted("a"))
      yield* registry.announce({ _tag: "WorkerRecommendationChanged", broadcast: null, from: null, to: 3 })
      yield* registry.announce({ _tag: "JobFailed", broadcast: "b", jobId: "j", reason: "no", cause: "spec_invalid" })
      const [, advice, failed] = yield* Stream.runCollect(Stream.take(registry.events(from), 3))
      assert.deepInclude(advice, {
        _tag: "WorkerRecommendationChanged",
        broadcast: null,
        run: null,
        epoch: null,
        cause: null,
        from: null,
        to: 3
      })
      assert.deepInclude(failed, {
        _tag: "JobFailed",
        broadcast: "b",
        run: null,
        epoch: null,
        cause: "spec_invalid",
        jobId: "j",
        reason: "no"
      })
    })
  )

  test(
    "hints wake: all for what can be claimed, the owner for a stop and a restart",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const [one, two] = [yield* listen("w1"), yield* listen("w2")]
      yield* moment
      let n = 0
      const declare = Effect.suspend(() => registry.declare(wanted(`b${n++}`)))
      yield* until(declare, () => one.length > 0 && two.length > 0)
      yield* registry.declare(wanted("a"))
      const claim = (yield* registry.claim(worker("w1"), 100)).find(({ id }) => id === "a")!
      yield* registry.requestRestart("a")
      yield* registry.requestStop("a", 2000)
      yield* until(Effect.void, () => one.some(({ stop }) => stop === "a"))
      const asked = one.filter(({ restart, stop }) => (restart ?? stop) !== undefined)
      assert.deepStrictEqual(asked.map(({ restart, stop }) => ({ restart, stop })), [
        { restart: "a", stop: undefined },
        { restart: undefined, stop: "a" }
      ])
      assert.isFalse(two.some(({ restart, stop }) => (restart ?? stop) !== undefined))
      yield* registry.declare(wanted("a", { offeredAt: 3000 }))
      const before = two.length
      yield* registry.release(claim, ended)
      yield* until(Effect.void, () => two.length > before)
    })
  )

  test(
    "the fleet: who is there with how much, and what waits for a place since when",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      yield* start("a", "w1")
      yield* registry.claim(worker("w2", { capacity: 1, used: 1, draining: true }), 0)
      yield* registry.declare(wanted("b", { cost: 2 }))
      yield* registry.declare(wanted("c", { cost: 3 }))
      yield* advance(timings.scanEvery)
      const fleet = yield* registry.fleet
      assert.sameDeepMembers(
        fleet.workers.map(({ broadcasts, capacity, draining, id, used }) => [id, capacity, used, draining, broadcasts]),
        [["w1", 100, 0, false, 1], ["w2", 1, 1, true, 0]]
      )
      assert.deepStrictEqual([fleet.unplaced, fleet.unplacedCost], [2, 5])
      assert.isAtLeast(fleet.oldestUnplacedMs ?? 0, Duration.toMillis(timings.scanEvery) * 0.9)
      yield* registry.claim(worker("w1"), 10)
      yield* scans(timings.scanEvery, ["w1"])
      const after = yield* registry.fleet
      assert.deepStrictEqual([after.unplaced, after.unplacedCost, after.oldestUnplacedMs], [0, 0, null])
      assert.strictEqual(after.workers.find(({ id }) => id === "w1")?.broadcasts, 3)
    })
  )
}
