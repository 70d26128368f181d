// The managed path on a real Janus: a registry in memory, workers that come and go, and faults between core and Janus.
import { BroadcastRegistry, layerMemory } from "@headend/core/BroadcastRegistry"
import { Broadcasts, layer as layerBroadcasts } from "@headend/core/Broadcasts"
import { Forwarders } from "@headend/core/Forwarders"
import { Installation } from "@headend/core/Installation"
import * as Keyring from "@headend/core/Keyring"
import { defaultTimings, type Timings } from "@headend/core/Lease"
import { Mountpoints } from "@headend/core/Mountpoints"
import * as Reconciler from "@headend/core/Reconciler"
import { Rooms } from "@headend/core/Rooms"
import type { Snapshot } from "@headend/core/Snapshot"
import { layer as layerSources, Sources } from "@headend/core/Sources"
import { standard } from "@headend/core/StandardSources"
import type { RunningJanus } from "@headend/integration/RealJanus"
import * as Janus from "@headend/janus/Janus"
import * as FakeRegistry from "@headend/testing/FakeRegistry"
import type { Faults } from "@headend/testing/Faults"
import { Context, Duration, Effect, Exit, Layer, Logger, Redacted, Scope } from "effect"

/** The ports with faults in front of them. */
const troubled = (faults: Faults) =>
  Layer.mergeAll(
    Layer.effect(
      Mountpoints,
      Effect.map(Mountpoints, (inner) =>
        Mountpoints.of({
          ...inner,
          ensure: (spec, mark) => faults.apply("mountpoints.ensure", inner.ensure(spec, mark))
        }))
    ),
    Layer.effect(
      Rooms,
      Effect.map(Rooms, (inner) =>
        Rooms.of({
          ...inner,
          ensure: (id, spec, mark) => faults.apply("rooms.ensure", inner.ensure(id, spec, mark)),
          watch: (access) => faults.apply("rooms.watch", inner.watch(access))
        }))
    ),
    Layer.effect(
      Forwarders,
      Effect.map(Forwarders, (inner) =>
        Forwarders.of({
          ...inner,
          ensure: (room, publisher, forwards, options) =>
            faults.apply("forwarders.ensure", inner.ensure(room, publisher, forwards, options))
        }))
    )
  )

const sources = layerSources(standard)

const ports = (janus: RunningJanus) =>
  Janus.layer({
    url: janus.url,
    streamingAdminKey: Redacted.make(janus.streamingAdminKey),
    videoroomAdminKey: Redacted.make(janus.videoroomAdminKey)
  })

/** Everything but a worker. */
export const station = (janus: RunningJanus, faults: Faults, timings: Timings = defaultTimings) =>
  layerBroadcasts.pipe(
    Layer.provideMerge(sources),
    Layer.provideMerge(layerMemory(timings)),
    Layer.provideMerge(troubled(faults)),
    Layer.provideMerge(ports(janus)),
    Layer.provideMerge(Keyring.layerRandom),
    Layer.provideMerge(Layer.succeed(Installation, { instance: "test" })),
    Layer.provide(Logger.layer([]))
  )

/** A worker on the station's connection, until it is ended: it hands over what it has. */
export const worker = Effect.fnUntraced(function*(id: string) {
  const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  yield* Layer.buildWithScope(Layer.fresh(Reconciler.layer({ id, capacity: 10_000 })), scope)
  return { end: Scope.close(scope, Exit.void) }
})

/** A worker like one in a process of its own: with its own connection to Janus, and its own way to the registry. */
export const member = Effect.fnUntraced(function*(id: string, janus: RunningJanus, faults: Faults, timings: Timings) {
  const shared = yield* BroadcastRegistry
  const keyring = yield* Keyring.Keyring
  const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  const layer = Reconciler.layer({ id, capacity: 10_000, timings }).pipe(
    Layer.provide(sources),
    Layer.provide(troubled(faults)),
    Layer.provide(ports(janus)),
    Layer.provide(Layer.succeed(Keyring.Keyring, keyring)),
    Layer.provide(Layer.succeed(Installation, { instance: "test" })),
    Layer.provideMerge(FakeRegistry.layer(Layer.succeed(BroadcastRegistry, shared))),
    Layer.provide(Logger.layer([]))
  )
  const link = Context.get(yield* Layer.buildWithScope(Layer.fresh(layer), scope), FakeRegistry.FakeRegistry)
  const end = Scope.close(scope, Exit.void)
  return {
    /** It hands over. */
    end,
    /** It is gone without a word: the registry hears nothing, its sockets close. */
    crash: Effect.andThen(link.become("away"), end),
    link
  }
})

export const start = Effect.fnUntraced(function*(input: object) {
  const broadcasts = yield* Broadcasts
  const spec = yield* Effect.flatMap(Sources, (sources) => sources.decode(input))
  return (yield* broadcasts.start(spec)).snapshot
})

/** Waits until the run is in this state, or over. */
export const until = (id: string, run: number, isSo: (snapshot: Snapshot) => boolean) =>
  Effect.flatMap(Broadcasts, (broadcasts) => broadcasts.await(id, run, isSo, Duration.seconds(60)))

export const stop = (id: string) => Effect.flatMap(Broadcasts, (broadcasts) => broadcasts.stop(id))
