import { assert, describe, it } from "@effect/vitest"
import { defaultPolicy } from "@headend/core/Autoscaling"
import * as Registry from "@headend/core/BroadcastRegistry"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { QueueUnavailable } from "@headend/core/Delivery"
import * as FleetAdvice from "@headend/core/FleetAdvice"
import * as Queue from "@headend/core/JobQueue"
import { JobQueue } from "@headend/core/JobQueue"
import { wanted, worker } from "@headend/testing/BroadcastRegistryTest"
import * as FakeRegistry from "@headend/testing/FakeRegistry"
import { Duration, Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"

const registry = FakeRegistry.layer(Registry.layerMemory())
const options = { policy: defaultPolicy, capacityPerWorker: 8 }
const told = BroadcastRegistry.use((_) => _.position)
const looks = TestClock.adjust(Duration.seconds(15))

/** Two workers that report what they carry. */
const fleet = (used: number) =>
  BroadcastRegistry.use((_) =>
    Effect.forEach(["w1", "w2"], (id) => _.claim(worker(id, { capacity: 8, used }), 0), { discard: true })
  )

describe("the advice on a fleet", () => {
  it.effect("counts what is placed and what waits, and what a worker that drains has to hand over", () =>
    Effect.gen(function*() {
      const { advice } = yield* FleetAdvice.FleetAdvice
      const registry = yield* BroadcastRegistry
      yield* fleet(6)
      yield* registry.claim(worker("w3", { capacity: 8, used: 4, draining: true }), 0)
      yield* registry.declare(wanted("a", { cost: 2 }))
      yield* looks
      assert.deepStrictEqual(yield* advice, {
        demandCost: 18,
        placedCost: 16,
        unplacedCost: 2,
        unplacedOldestMs: 15_000,
        intakeLag: 0,
        workers: 2,
        capacityPerWorker: 8,
        recommended: 4,
        reason: "steady"
      })
    }).pipe(
      Effect.provide(FleetAdvice.layer(options).pipe(Layer.provideMerge(Layer.merge(registry, Queue.layerMemory()))))
    ))

  it.effect("goes on from what there is when more workers come than it advised, and does not send them away at once", () =>
    Effect.gen(function*() {
      const { advice } = yield* FleetAdvice.FleetAdvice
      assert.deepInclude(yield* advice, { workers: 0, recommended: 1 })
      for (let minute = 0; minute < 4; minute++) {
        yield* fleet(0)
        yield* looks
        assert.deepInclude(yield* advice, { workers: 2, recommended: 2 })
        yield* fleet(0)
        yield* TestClock.adjust("10 seconds")
      }
    }).pipe(
      Effect.provide(FleetAdvice.layer(options).pipe(Layer.provideMerge(Layer.merge(registry, Queue.layerMemory()))))
    ))

  it.effect("asks for a worker when there is none and something waits", () =>
    Effect.gen(function*() {
      const { advice } = yield* FleetAdvice.FleetAdvice
      assert.deepInclude(yield* advice, { workers: 0, capacityPerWorker: 8, recommended: 0 })
      yield* JobQueue.use((queue) => queue.offer({ type: "stop_broadcast", id: "a" }))
      yield* looks
      assert.deepInclude(yield* advice, { workers: 0, intakeLag: 1, recommended: 1, reason: "up" })
    }).pipe(
      Effect.provide(
        FleetAdvice.layer({ ...options, policy: { ...defaultPolicy, minWorkers: 0 } }).pipe(
          Layer.provideMerge(Layer.merge(registry, Queue.layerMemory()))
        )
      )
    ))

  it.effect("is told to the event log by the first worker alone, when it changes", () =>
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const from = yield* told
      const scope = yield* Effect.scope
      yield* fleet(6)
      for (const id of ["w1", "w2"]) {
        yield* Layer.buildWithScope(Layer.fresh(FleetAdvice.layer({ ...options, worker: id })), scope)
      }
      yield* looks
      yield* looks
      yield* fleet(8)
      yield* looks
      yield* registry.announce({ _tag: "JobFailed", broadcast: null, jobId: null, reason: "the end" })
      const events = yield* Stream.runCollect(
        Stream.takeUntil(registry.events(from), ({ _tag }) => _tag === "JobFailed")
      )
      assert.deepStrictEqual(
        events.flatMap((event) =>
          event._tag === "WorkerRecommendationChanged" ? [[event.from, event.to, event.cause]] : []
        ),
        [[null, 3, "up"]]
      )
    }).pipe(Effect.scoped, Effect.provide(Layer.merge(registry, Queue.layerMemory()))))

  it.effect("keeps what there is while the queue is out of reach, and is none while the registry is", () =>
    Effect.gen(function*() {
      const { advice } = yield* FleetAdvice.FleetAdvice
      const link = yield* FakeRegistry.FakeRegistry
      yield* fleet(0)
      yield* TestClock.adjust("20 minutes")
      yield* fleet(0)
      assert.deepInclude(yield* advice, { intakeLag: null, recommended: 2, reason: "no-data" })
      yield* link.become("away")
      assert.strictEqual((yield* Effect.flip(advice))._tag, "RegistryUnavailable")
    }).pipe(Effect.provide(
      FleetAdvice.layer(options).pipe(
        Layer.provide(
          Layer.effect(
            JobQueue,
            Effect.map(
              JobQueue,
              (queue) => JobQueue.of({ ...queue, backlog: Effect.fail(new QueueUnavailable({ reason: "away" })) })
            )
          ).pipe(Layer.provide(Queue.layerMemory()))
        ),
        Layer.provideMerge(registry)
      )
    )))
})
