/**
 * What a scenario is played with: the fakes, one registry, and workers that come and go.
 */
import { BroadcastRegistry, layerMemory } from "@headend/core/BroadcastRegistry"
import { Broadcasts, layer as layerBroadcasts } from "@headend/core/Broadcasts"
import type { BroadcastSpec } from "@headend/core/BroadcastSpec"
import { Installation } from "@headend/core/Installation"
import * as Reconciler from "@headend/core/Reconciler"
import type { Snapshot } from "@headend/core/Snapshot"
import { type Kinds, layer as layerSources, type Set, Sources } from "@headend/core/Sources"
import { standard } from "@headend/core/StandardSources"
import * as World from "@headend/testing/World"
import { Effect, Exit, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"

/** The registry in memory, under the faults planned for `registry.report`, `.release` and `.alive`. */
const registry = Layer.effect(
  BroadcastRegistry,
  Effect.gen(function*() {
    const { faults } = yield* World.World
    const inner = yield* BroadcastRegistry
    return BroadcastRegistry.of({
      ...inner,
      report: (lease, change) => faults.apply("registry.report", inner.report(lease, change)),
      release: (lease, how) => faults.apply("registry.release", inner.release(lease, how)),
      alive: (runs) => faults.apply("registry.alive", inner.alive(runs))
    })
  })
).pipe(Layer.provide(layerMemory()))

/** Everything but a worker, with these kinds of sources. */
export const stationOf = <const Ks extends Kinds>(sources: Set<Ks>) =>
  layerBroadcasts.pipe(
    Layer.provideMerge(layerSources(sources)),
    Layer.provideMerge(registry),
    Layer.provideMerge(World.layer),
    Layer.provideMerge(Layer.succeed(Installation, { instance: "test" }))
  )

/** Everything but a worker. */
export const station = stationOf(standard)

/** A worker that runs until it is ended; a crash ends it without a word to anybody. */
export const worker = Effect.fnUntraced(function*(
  id: string,
  options: Omit<Reconciler.WorkerOptions, "id"> = {}
) {
  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(Layer.fresh(Reconciler.layer({ ...options, id })), scope)
  return { end: Scope.close(scope, Exit.void) }
})

export const spec = (input: unknown): Effect.Effect<BroadcastSpec, never, Sources> =>
  Effect.orDie(Sources.use((sources) => sources.decode(input)))

export const start = Effect.fnUntraced(function*(input: unknown) {
  const broadcasts = yield* Broadcasts
  return yield* broadcasts.start(yield* spec(input))
})

/** A tenth of a second. */
export const step = TestClock.adjust("100 millis")

/** Lets virtual time pass in small steps, so that whatever is due in between happens in order. */
export const pass = (millis: number) =>
  Effect.forEach(Array.from({ length: Math.ceil(millis / 100) }), () => step, { discard: true })

/** Lets time pass until the broadcast is in this state, at most a minute. */
export const until = Effect.fnUntraced(function*(id: string, state: Snapshot["state"]) {
  const broadcasts = yield* Broadcasts
  for (let i = 0; i < 600; i++) {
    const snapshot = yield* Effect.orDie(broadcasts.get(id))
    if (snapshot.state === state) return snapshot
    yield* step
  }
  const snapshot = yield* Effect.orDie(broadcasts.get(id))
  return yield* Effect.die(new Error(`${id} is ${snapshot.state}, not ${state}: ${JSON.stringify(snapshot, null, 1)}`))
})

/** How many events the registry in memory had written at a position. */
export const countAt = (position: string): number => Number(position.split("-")[1])

export { BroadcastRegistry }
