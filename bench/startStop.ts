/**
 * Start (until room, mountpoint and forward exist) and stop of a VideoRoom broadcast through `Broadcasts`, against bare
 * janode that sends the very same requests to the same Janus: a room and a publisher are there already.
 */
import * as KeyringCrypto from "@headend/app/KeyringCrypto"
import { layerMemory } from "@headend/core/BroadcastRegistry"
import { Broadcasts, layer as layerBroadcasts } from "@headend/core/Broadcasts"
import { Forwarders } from "@headend/core/Forwarders"
import { layerRandomWith } from "@headend/core/Keyring"
import type { MountpointId } from "@headend/core/Mountpoint"
import { Mountpoints } from "@headend/core/Mountpoints"
import * as Reconciler from "@headend/core/Reconciler"
import { layer as layerSources, Sources } from "@headend/core/Sources"
import { standard } from "@headend/core/StandardSources"
import * as Browser from "@headend/integration/Browser"
import * as JanusLists from "@headend/integration/JanusLists"
import * as RealJanus from "@headend/integration/RealJanus"
import * as Janus from "@headend/janus/Janus"
import { Deferred, Duration, Effect, Layer, Redacted } from "effect"
import * as Bare from "./bare.ts"
import { alternate, rate, row, us, withCpu } from "./measure.ts"

const room = 4711
const rounds = 7
const perRound = { 1: 60, 64: 512 } as const
/** Of each, before anything is measured: until then the machine code of both is being made. */
const warmUp = 1_000

/** Who waits for the forwarders into a mountpoint, and whose ports are whose. */
class Made {
  readonly waiting = new Map<MountpointId, Deferred.Deferred<void>>()
  readonly ports = new Map<number, MountpointId>()
}

/** The ports as they are, with a word when forwarders were made: a snapshot may say so a little later. */
const heard = (made: Made) =>
  Layer.mergeAll(
    Layer.effect(
      Mountpoints,
      Effect.map(Mountpoints, (inner) =>
        Mountpoints.of({
          ...inner,
          ensure: (spec, mark) =>
            Effect.tap(
              inner.ensure(spec, mark),
              ({ id, media }) => Effect.sync(() => media.forEach(({ port }) => made.ports.set(port, id)))
            )
        }))
    ),
    Layer.effect(
      Forwarders,
      Effect.map(Forwarders, (inner) =>
        Forwarders.of({
          ...inner,
          ensure: (...asked) =>
            Effect.tap(
              inner.ensure(...asked),
              (running) => Deferred.succeed(made.waiting.get(made.ports.get(running[0]!.port)!)!, undefined)
            )
        }))
    )
  )

export const startStop = Effect.gen(function*() {
  const janus = yield* RealJanus.make({ rtpPorts: 1000 })
  const browser = yield* Browser.make
  yield* JanusLists.make(janus).createRoom(room, { videocodec: "h264", audiocodec: "opus", publishers: 5 })
  yield* browser.publishRoom({ janusUrl: janus.url, room, display: "camera", codec: "H264" })
  const made = new Made()
  const ports = Janus.layer({
    url: janus.url,
    streamingAdminKey: Redacted.make(janus.streamingAdminKey),
    videoroomAdminKey: Redacted.make(janus.videoroomAdminKey)
  })
  const app = Layer.mergeAll(layerBroadcasts, Reconciler.layer({ id: "bench", capacity: 1e6 })).pipe(
    Layer.provideMerge(layerSources(standard)),
    Layer.provideMerge(layerMemory()),
    Layer.provide(Layer.provideMerge(heard(made), ports)),
    Layer.provideMerge(Layer.provide(layerRandomWith, KeyringCrypto.layer))
  )
  yield* Effect.gen(function*() {
    const broadcasts = yield* Broadcasts
    const sources = yield* Sources
    let next = 1
    const managed = Effect.gen(function*() {
      const n = next++
      const spec = yield* sources.decode({
        id: `b${n}`,
        mountpoint: { create: { id: 100_000 + n, media: Bare.media } },
        source: { kind: "videoroom", room: { id: room } }
      })
      const forwarded = yield* Deferred.make<void>()
      made.waiting.set(100_000 + n, forwarded)
      const { snapshot } = yield* broadcasts.start(spec)
      yield* Deferred.await(forwarded)
      yield* broadcasts.stop(snapshot.id)
      yield* broadcasts.await(snapshot.id, snapshot.run, () => false, Duration.seconds(30))
    })
    const bare = yield* Bare.connect(janus, room)
    for (const concurrency of [1, 64] as const) {
      const count = perRound[concurrency]
      yield* rate(() => managed, warmUp, concurrency)
      yield* rate(() => bare.once, warmUp, concurrency)
      const each = {
        headend: withCpu(rate(() => managed, count, concurrency)),
        janode: withCpu(rate(() => bare.once, count, concurrency))
      }
      const medians = yield* alternate(rounds, { headend: each.headend.round, janode: each.janode.round })
      row(
        `start + stop, concurrency ${concurrency}`,
        `headend ${us(medians.headend)}`,
        `janode ${us(medians.janode)}`,
        `× ${(medians.headend / medians.janode).toFixed(2)} (target ${concurrency === 1 ? "1.2" : "1.4"})`
      )
      const cpu = [each.headend.cpu(count), each.janode.cpu(count)] as const
      row("  CPU of this process", us(cpu[0]), us(cpu[1]), `× ${(cpu[0] / cpu[1]).toFixed(2)}`)
    }
  }).pipe(Effect.provide(app))
}).pipe(Effect.scoped)
