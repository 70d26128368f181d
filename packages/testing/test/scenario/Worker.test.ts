import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { done } from "@headend/core/Delivery"
import type { Job } from "@headend/core/Job"
import { JobQueue } from "@headend/core/JobQueue"
import * as Worker from "@headend/core/Worker"
import * as FakeRegistry from "@headend/testing/FakeRegistry"
import * as World from "@headend/testing/World"
import { Effect } from "effect"
import { intake, lobby, outpost, startJob, stopJob } from "./outpost.ts"
import { pass, until, worker } from "./station.ts"

describe("jobs become broadcasts", () => {
  it.effect("a start job is on air with its key, job id and the time of its offer in the snapshot", () =>
    Effect.gen(function*() {
      const queue = yield* JobQueue
      yield* intake
      const { id } = yield* queue.offer(startJob({ id: "pattern", source: { kind: "videoroom", room: { id: 7 } } }), {
        dedupeKey: "order 66"
      })
      const world = yield* World.World
      yield* world.foreignRoom(7)
      yield* world.publish(7)
      yield* worker("w1")
      yield* pass(500)
      const { request } = yield* until("pattern", "running")
      assert.deepStrictEqual([request.key, request.jobId], ["order 66", id])
      assert.match(request.offeredAt, /^1970-01-01T00:00/)
      yield* queue.offer(stopJob("pattern"))
      yield* until("pattern", "stopped")
      assert.deepStrictEqual(yield* queue.backlog, {
        undelivered: 0,
        inFlight: 0,
        delayed: 0,
        oldestAgeMs: null,
        dead: 0
      })
    }).pipe(Effect.provide(outpost)))

  it.effect("the same job delivered twice starts one broadcast, with an id of its own or without", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const handle = yield* Worker.handle
      for (const spec of [lobby, { source: { kind: "frontend_owned" } }]) {
        const delivery = {
          id: `job for ${JSON.stringify(spec)}`,
          job: startJob(spec),
          key: `key for ${JSON.stringify(spec)}`,
          attempt: 1,
          offeredAt: 1000,
          extend: Effect.void
        }
        const outcomes = yield* Effect.all([handle(delivery), handle(delivery)], { concurrency: 2 })
        const later = yield* handle({ ...delivery, attempt: 2 })
        assert.deepStrictEqual([...outcomes, later].map(({ _tag }) => _tag), ["Done", "Done", "Done"])
      }
      const { items } = yield* broadcasts.list({})
      assert.deepStrictEqual(items.map(({ run }) => run), [1, 1])
      // also when it has ended meanwhile
      yield* pass(2_000)
      yield* broadcasts.stop("lobby")
      yield* handle({
        id: "late",
        job: startJob(lobby),
        key: `key for ${JSON.stringify(lobby)}`,
        attempt: 3,
        offeredAt: 1000,
        extend: Effect.void
      })
      const { run, state } = yield* broadcasts.get("lobby")
      assert.deepStrictEqual([run, state], [1, "stopped"])
    }).pipe(Effect.provide(outpost)))

  it.effect("a stop that overtakes the start which it was offered after leaves nothing on air", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const queue = yield* JobQueue
      const offered: Array<
        { readonly id: string; readonly offeredAt: number; readonly job: Job; readonly key: string }
      > = []
      // both in one millisecond
      yield* queue.offer(startJob(lobby))
      yield* queue.offer(stopJob("lobby"))
      yield* queue.offer(startJob({ ...lobby, description: "again" }))
      yield* queue.consume((delivery) => {
        offered.push(delivery)
        return Effect.succeed(done)
      }, { concurrency: 1 }).pipe(Effect.forkScoped)
      yield* pass(1_000)
      const handle = yield* Worker.handle
      const [start, stop, again] = offered.map((one) => ({ ...one, attempt: 1, extend: Effect.void }))
      assert.strictEqual((yield* handle(stop!))._tag, "Done")
      assert.strictEqual((yield* handle(start!))._tag, "Done")
      assert.strictEqual((yield* Effect.flip(broadcasts.get("lobby")))._tag, "BroadcastNotFound")
      yield* handle(again!)
      yield* handle(stop!)
      assert.strictEqual((yield* broadcasts.get("lobby")).description, "again")
      assert.strictEqual((yield* broadcasts.get("lobby")).state, "pending")
    }).pipe(Effect.provide(outpost)))

  it.effect("while the registry is away jobs wait, counted as no attempt, and all are declared when it is back", () =>
    Effect.gen(function*() {
      const queue = yield* JobQueue
      const link = yield* FakeRegistry.FakeRegistry
      yield* intake
      yield* link.become("away")
      for (let i = 0; i < 5; i++) yield* queue.offer(startJob({ ...lobby, id: `b${i}` }))
      yield* queue.offer(startJob({ ...lobby, id: "b0", description: "another" }))
      yield* queue.offer(stopJob("b4"))
      // longer than ten attempts would last
      yield* pass(60_000)
      const during = yield* queue.backlog
      assert.deepStrictEqual([during.delayed + during.undelivered + during.inFlight, during.dead], [7, 0])
      yield* link.become("well")
      yield* pass(5_000)
      const broadcasts = yield* Broadcasts
      const { items } = yield* broadcasts.list({})
      const alive = items.filter(({ state }) => state === "pending").map(({ id }) => id)
      assert.deepStrictEqual(alive, ["b0", "b1", "b2", "b3"])
      const after = yield* queue.backlog
      assert.deepStrictEqual([after.delayed + after.undelivered + after.inFlight, after.dead], [0, 1])
    }).pipe(Effect.provide(outpost)))

  it.effect("a registry whose answer is lost gets the same job again, and has one run of it", () =>
    Effect.gen(function*() {
      const queue = yield* JobQueue
      const link = yield* FakeRegistry.FakeRegistry
      yield* intake
      yield* link.become("deaf")
      yield* queue.offer(startJob(lobby))
      yield* pass(3_000)
      yield* link.become("well")
      yield* pass(5_000)
      const broadcasts = yield* Broadcasts
      assert.strictEqual((yield* broadcasts.get("lobby")).run, 1)
      assert.deepStrictEqual(
        yield* queue.backlog,
        { undelivered: 0, inFlight: 0, delayed: 0, oldestAgeMs: null, dead: 0 }
      )
    }).pipe(Effect.provide(outpost)))

  it.effect("what is in hand when the loop ends is given back, and the next loop declares it", () =>
    Effect.gen(function*() {
      const queue = yield* JobQueue
      const link = yield* FakeRegistry.FakeRegistry
      const first = yield* intake
      yield* link.become("frozen")
      yield* queue.offer(startJob(lobby))
      yield* pass(200)
      assert.strictEqual((yield* queue.backlog).inFlight, 1)
      yield* first.end
      assert.deepStrictEqual([(yield* queue.backlog).undelivered, (yield* queue.backlog).inFlight], [1, 0])
      yield* link.become("well")
      yield* intake
      yield* pass(200)
      const broadcasts = yield* Broadcasts
      assert.strictEqual((yield* broadcasts.get("lobby")).run, 1)
    }).pipe(Effect.provide(outpost)))
})
