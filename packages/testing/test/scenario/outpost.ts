/**
 * Where scenarios of jobs begin: a queue and a registry, both of which may be away, and the loop between them.
 */
import { logStart } from "@headend/core/BroadcastEvent"
import * as Registry from "@headend/core/BroadcastRegistry"
import { layer as layerBroadcasts } from "@headend/core/Broadcasts"
import { Installation } from "@headend/core/Installation"
import type { Job } from "@headend/core/Job"
import { layerMemory as layerQueue } from "@headend/core/JobQueue"
import { layer as layerSources } from "@headend/core/Sources"
import { standard } from "@headend/core/StandardSources"
import * as Worker from "@headend/core/Worker"
import * as FakeRegistry from "@headend/testing/FakeRegistry"
import * as World from "@headend/testing/World"
import { Effect, Exit, Layer, Redacted, Scope, Stream } from "effect"
import { keyring } from "./crew.ts"
import { countAt } from "./station.ts"

export const outpost = layerBroadcasts.pipe(
  Layer.provideMerge(layerSources(standard)),
  Layer.provideMerge(FakeRegistry.layer(Registry.layerMemory())),
  Layer.provideMerge(Layer.merge(World.layer, keyring)),
  Layer.provideMerge(layerQueue()),
  Layer.provideMerge(Layer.succeed(Installation, { instance: "test" }))
)

export const startJob = (spec: Record<string, unknown>): Job => ({ type: "start_broadcast", spec: Redacted.make(spec) })
export const stopJob = (id: string): Job => ({ type: "stop_broadcast", id })
export const lobby = { id: "lobby", source: { kind: "frontend_owned" } }

/** The loop, until it is ended. */
export const intake = Effect.gen(function*() {
  const scope = yield* Scope.make()
  yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
  yield* Layer.buildWithScope(Layer.fresh(Worker.layer()), scope)
  return { end: Scope.close(scope, Exit.void) }
})

/** The failed jobs that were told of so far. */
export const failures = Effect.gen(function*() {
  const registry = yield* Registry.BroadcastRegistry
  const events = yield* Stream.runCollect(
    Stream.take(registry.events(logStart), countAt(yield* registry.position))
  )
  return events.flatMap((event) => (event._tag === "JobFailed" ? [event] : []))
})
