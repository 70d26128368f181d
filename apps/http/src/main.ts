/**
 * The HTTP app: settings, Janus, registry, worker and routes, put together. Nothing is decided here.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as BroadcastRegistry from "@headend/core/BroadcastRegistry"
import * as Broadcasts from "@headend/core/Broadcasts"
import { Installation } from "@headend/core/Installation"
import * as Reconciler from "@headend/core/Reconciler"
import * as Sweep from "@headend/core/Sweep"
import { Cause, Effect, Exit, Layer, Logger, References } from "effect"
import { HttpRouter } from "effect/http"
import { createServer } from "node:http"
import { fileURLToPath } from "node:url"
import * as ApiTokens from "./ApiTokens.ts"
import { IsFake } from "./Components.ts"
import * as HttpConfig from "./HttpConfig.ts"
import { IceServers } from "./IceServers.ts"
import * as Janus from "./Janus.ts"
import * as Kinds from "./Kinds.ts"
import * as Routes from "./Routes.ts"
import * as SecretKey from "./SecretKey.ts"

/** Where the build puts the page: beside the bundle; seen from the sources, beside them. */
const pages = ["./web", "../dist/web"].map((folder) => fileURLToPath(new URL(folder, import.meta.url)))

const loggers = {
  pretty: Logger.consolePretty(),
  logfmt: Logger.consoleLogFmt,
  json: Logger.consoleJson
}

const worker = (settings: HttpConfig.Settings) =>
  settings.embedWorker
    ? Layer.mergeAll(
      Reconciler.layer({
        id: settings.workerId,
        capacity: settings.workerCapacity,
        timings: settings.timings,
        // the registry in memory ends with this process: nobody comes after us
        atEnd: "stop"
      }),
      Sweep.layer
    )
    : Layer.effectDiscard(Effect.logWarning("no worker in this process (HEADEND_EMBED_WORKER): nothing goes on air"))

const domain = (settings: HttpConfig.Settings) =>
  Layer.mergeAll(Broadcasts.layer, worker(settings)).pipe(
    Layer.provideMerge(Kinds.layer({
      allow: settings.inputAllow,
      deny: settings.inputDeny,
      folder: settings.inputFolder === "" ? undefined : settings.inputFolder
    })),
    Layer.provideMerge(BroadcastRegistry.layerMemory(settings.timings)),
    Layer.provideMerge(Janus.layer(settings.fakeJanus)),
    Layer.provideMerge(SecretKey.layer(settings.secretKeys, "headend.key"))
  )

const server = (settings: HttpConfig.Settings) =>
  HttpRouter.serve(Routes.layer(pages), { disableLogger: true }).pipe(
    Layer.provide(NodeHttpServer.layer(createServer, {
      host: settings.host,
      port: settings.port,
      // event streams never end by themselves
      gracefulShutdownTimeout: "500 millis"
    })),
    Layer.provide(ApiTokens.layer(settings.tokens))
  )

const app = Layer.unwrap(Effect.gen(function*() {
  const { settings, wrong } = yield* HttpConfig.settings
  const all = [...wrong, ...(settings.fakeJanus ? [] : yield* Janus.wrong)]
  if (all.length > 0) return yield* new HttpConfig.SettingsInvalid({ wrong: all })
  const references = Layer.mergeAll(
    Layer.succeed(Installation, { instance: settings.instance }),
    Layer.succeed(IceServers, settings.iceServers),
    Layer.succeed(IsFake, settings.fakeJanus),
    Layer.succeed(References.MinimumLogLevel, settings.logLevel),
    Logger.layer([loggers[settings.logFormat]])
  )
  const openly = settings.tokens.length > 0 ? Layer.empty : Layer.effectDiscard(Effect.logWarning(
    "no API tokens are set (HEADEND_API_TOKENS): only this machine is served, and whoever is on it may do everything"
  ))
  return Layer.mergeAll(server(settings), openly).pipe(
    Layer.provide(domain(settings)),
    Layer.provide(NodeServices.layer),
    Layer.provide(references)
  )
}))

/** The first signal ends in order, the second at once. */
const signals = Effect.sync(() => {
  let seen = 0
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (++seen > 1) process.exit(130)
    })
  }
})

Layer.launch(app).pipe(
  Effect.tapErrorTag("SettingsInvalid", (error) => Effect.sync(() => process.stderr.write(`${error.message}\n`))),
  Effect.tapErrorTag(
    "ServeError",
    (error) =>
      Effect.sync(() =>
        process.stderr.write(`headend cannot listen (HEADEND_HTTP_HOST, HEADEND_HTTP_PORT): ${error.cause}\n`)
      )
  ),
  (program) => Effect.andThen(signals, program),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    // to be told to end is no failure
    teardown: (exit, onExit) => onExit(Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause) ? 1 : 0)
  })
)
