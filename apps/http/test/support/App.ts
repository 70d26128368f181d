/**
 * The app on a free port: the real core and the real Janus adapter, on a fake Janus that speaks the real protocol.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as ApiTokens from "@headend/app/ApiTokens"
import { defaultPolicy } from "@headend/core/Autoscaling"
import * as BroadcastRegistry from "@headend/core/BroadcastRegistry"
import * as Broadcasts from "@headend/core/Broadcasts"
import * as FleetAdvice from "@headend/core/FleetAdvice"
import * as IngestNews from "@headend/core/IngestNews"
import * as JobQueue from "@headend/core/JobQueue"
import * as Keyring from "@headend/core/Keyring"
import * as Reconciler from "@headend/core/Reconciler"
import type { Relays } from "@headend/core/Relays"
import * as Sources from "@headend/core/Sources"
import { standard, withRelays } from "@headend/core/StandardSources"
import * as Worker from "@headend/core/Worker"
import * as Janus from "@headend/janus/Janus"
import { JanusConnection } from "@headend/janus/JanusConnection"
import * as SrsIngests from "@headend/srs/SrsIngests"
import { type FakeJanusOptions, FakeJanusServer } from "@headend/testing/FakeJanusServer"
import { Context, type Duration, Effect, Layer, Metric, Redacted, References, type Scope } from "effect"
import { HttpRouter } from "effect/http"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { KeepAlive } from "../../src/EventsHandlers.ts"
import * as Guard from "../../src/Guard.ts"
import { HookSettings } from "../../src/HookSettings.ts"
import { type IceServer, IceServers } from "../../src/IceServers.ts"
import * as Routes from "../../src/Routes.ts"
import { type Call, caller } from "./Call.ts"

export interface Options {
  readonly tokens?: ReadonlyArray<ApiTokens.ApiToken>
  readonly janus?: FakeJanusOptions
  readonly iceServers?: ReadonlyArray<IceServer>
  readonly keepAlive?: Duration.Input
  readonly pages?: ReadonlyArray<string>
  readonly hooks?: HookSettings
  /** For the kinds that need them; without them those kinds are not there. */
  readonly relays?: Layer.Layer<Relays>
  readonly registry?: Layer.Layer<BroadcastRegistry.BroadcastRegistry>
  /** What hooks tell does not reach the worker: as if it were in another process. */
  readonly isElsewhere?: boolean
  /** Stronger than those that all tests have. */
  readonly references?: Layer.Layer<never>
  /** Instead of what core does. */
  readonly broadcasts?: Layer.Layer<Broadcasts.Broadcasts>
  /** In memory unless given. */
  readonly queue?: Layer.Layer<JobQueue.JobQueue>
}

export interface App {
  readonly url: string
  readonly janus: FakeJanusServer
  readonly call: Call
}

export const reader: ApiTokens.ApiToken = { name: "ann", scope: "read", token: Redacted.make("ann-may-read") }
export const writer: ApiTokens.ApiToken = { name: "bob", scope: "write", token: Redacted.make("bob-may-write") }

const sources = ({ isElsewhere = false, relays }: Options) => {
  if (relays === undefined) return Sources.layer(standard)
  const ingests = isElsewhere ? Layer.provide(SrsIngests.layer, Layer.fresh(IngestNews.layer)) : SrsIngests.layer
  return Sources.layer(withRelays).pipe(Layer.provide(relays), Layer.provideMerge(ingests))
}

/** Serves until the scope closes. Janus is up when this is done. */
export const serve = (options: Options = {}): Effect.Effect<App, never, Scope.Scope> =>
  Effect.gen(function*() {
    const janus = yield* Effect.acquireRelease(
      Effect.promise(() => FakeJanusServer.start({ watchdogMillis: 100, ...options.janus })),
      (server) => Effect.promise(() => server.close())
    )
    const worker = options.broadcasts ??
      Layer.merge(Worker.layer(), Reconciler.layer({ id: "test", atEnd: "stop" })).pipe(
        Layer.provideMerge(Broadcasts.layer)
      )
    const advice = FleetAdvice.layer({ policy: defaultPolicy, capacityPerWorker: 100 })
    const domain = Layer.merge(worker, advice).pipe(
      Layer.provideMerge(sources(options)),
      Layer.provideMerge(options.registry ?? BroadcastRegistry.layerMemory()),
      Layer.provideMerge(IngestNews.layer),
      Layer.provideMerge(options.queue ?? JobQueue.layerMemory()),
      Layer.provideMerge(Janus.layer({
        url: janus.url,
        streamingAdminKey: Redacted.make("streaming-admin"),
        videoroomAdminKey: Redacted.make("videoroom-admin")
      })),
      Layer.provideMerge(Keyring.layerRandom)
    )
    const node = createServer()
    const references = Layer.mergeAll(
      Layer.succeed(IceServers, options.iceServers ?? []),
      Layer.succeed(HookSettings, options.hooks ?? { secrets: [], refuseUnknown: false }),
      Guard.untraced,
      Layer.succeed(KeepAlive, options.keepAlive ?? "15 seconds"),
      Layer.succeed(Metric.MetricRegistry, new Map()),
      Layer.succeed(References.MinimumLogLevel, "None" as const)
    )
    const served = HttpRouter.serve(Routes.layer(options.pages ?? []), { disableLogger: true, disableListenLog: true })
      .pipe(
        Layer.provide(NodeHttpServer.layer(() => node, {
          host: "127.0.0.1",
          port: 0,
          gracefulShutdownTimeout: "50 millis"
        })),
        Layer.provide(ApiTokens.layer(options.tokens ?? [])),
        Layer.provideMerge(domain),
        Layer.provide(NodeServices.layer),
        Layer.provide(options.references ?? Layer.empty),
        Layer.provide(references)
      )
    const context = yield* Effect.orDie(Layer.build(served))
    yield* Context.get(context, JanusConnection).awaitUp
    const url = `http://127.0.0.1:${(node.address() as AddressInfo).port}`
    return { url, janus, call: caller(url) }
  })
