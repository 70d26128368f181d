/**
 * Memory per running broadcast in one worker, with fakes: its row, events, snapshot, room, mountpoint and forwarders too.
 */
import { layerMemory } from "@headend/core/BroadcastRegistry"
import { Broadcasts, layer as layerBroadcasts } from "@headend/core/Broadcasts"
import * as Reconciler from "@headend/core/Reconciler"
import { layer as layerSources, Sources } from "@headend/core/Sources"
import { standard } from "@headend/core/StandardSources"
import * as World from "@headend/testing/World"
import { Duration, Effect, Layer } from "effect"
import { row } from "./measure.ts"

const count = 10_000

const heap = Effect.sync(() => {
  const { gc } = globalThis as { readonly gc?: () => void }
  if (gc === undefined) throw new Error("run with --expose-gc")
  gc()
  gc()
  return process.memoryUsage().heapUsed
})

const app = Layer.mergeAll(layerBroadcasts, Reconciler.layer({ id: "bench", capacity: 1e6 })).pipe(
  Layer.provideMerge(layerSources(standard)),
  Layer.provideMerge(layerMemory()),
  Layer.provideMerge(World.layer)
)

export const memory = Effect.gen(function*() {
  const world = yield* World.World
  const broadcasts = yield* Broadcasts
  const sources = yield* Sources
  yield* Effect.forEach(Array.from({ length: count }, (_, n) => n), (n) =>
    Effect.gen(function*() {
      yield* world.foreignRoom(n + 1)
      yield* world.publish(n + 1)
    }), { discard: true })
  world.journal.clear()
  const before = yield* heap
  yield* Effect.forEach(Array.from({ length: count }, (_, n) => n), (n) =>
    Effect.gen(function*() {
      const spec = yield* sources.decode({
        id: `b${n}`,
        mountpoint: { create: { id: 1_000_000 + n } },
        source: { kind: "videoroom", room: { id: n + 1 } }
      })
      yield* broadcasts.start(spec)
    }), { discard: true, concurrency: 64 })
  const last = yield* broadcasts.await(`b${count - 1}`, 1, (one) => one.state === "running", Duration.seconds(60))
  yield* Effect.sleep("3 seconds")
  world.journal.clear()
  const after = yield* heap
  const { items } = yield* broadcasts.list({ state: "running", limit: 500 })
  row(
    `memory, ${count} running`,
    `${((after - before) / count / 1000).toFixed(1)} kB each (target 15)`,
    `last is ${last.state}, first page ${items.length} running`
  )
  const cpu = process.cpuUsage()
  yield* Effect.sleep("5 seconds")
  const used = process.cpuUsage(cpu)
  row(`idle worker, ${count} running`, `${((used.user + used.system) / 50_000).toFixed(1)} % of a core`)
}).pipe(Effect.provide(app), Effect.scoped)
