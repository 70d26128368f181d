// Managed broadcasts inside an app of one's own: a registry in memory, a worker, and what the app wants of them. Its
// argument is the address of a Janus.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as BroadcastRegistry from "@headend/core/BroadcastRegistry"
import * as Broadcasts from "@headend/core/Broadcasts"
import * as Keyring from "@headend/core/Keyring"
import * as Reconciler from "@headend/core/Reconciler"
import * as Sources from "@headend/core/Sources"
import { standard } from "@headend/core/StandardSources"
import * as Sweep from "@headend/core/Sweep"
import * as Janus from "@headend/janus/Janus"
import { Console, Duration, Effect, Layer, Redacted } from "effect"

const app = (url: string) =>
  Layer.mergeAll(Reconciler.layer({ id: "my-app", atEnd: "stop" }), Sweep.layer).pipe(
    Layer.provideMerge(Broadcasts.layer),
    Layer.provideMerge(Sources.layer(standard)),
    Layer.provideMerge(BroadcastRegistry.layerMemory()),
    Layer.provideMerge(Janus.layer({
      url,
      streamingAdminKey: Redacted.make("streaming-admin"),
      videoroomAdminKey: Redacted.make("videoroom-admin")
    })),
    Layer.provideMerge(Keyring.layerRandom)
  )

const program = Effect.gen(function*() {
  const broadcasts = yield* Broadcasts.Broadcasts
  const sources = yield* Sources.Sources
  const spec = yield* sources.decode({ id: "stage", source: { kind: "browser_webrtc" } })
  const { snapshot } = yield* broadcasts.start(spec)
  const atMost = Duration.seconds(30)
  const open = yield* broadcasts.await("stage", snapshot.run, ({ state }) => state === "waiting", atMost)
  yield* Console.log(`${open.id} is ${open.state}; publish to ${open.publish.whip}`)
  yield* broadcasts.stop("stage")
  const ended = yield* broadcasts.await("stage", snapshot.run, ({ state }) => state === "stopped", atMost)
  yield* Console.log(`${ended.id} is ${ended.state}: ${ended.endReason?.code}`)
})

program.pipe(Effect.provide(app(process.argv[2] ?? "ws://127.0.0.1:8188")), NodeRuntime.runMain)
