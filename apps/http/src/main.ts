/**
 * The HTTP app: settings, the domain, a worker unless told otherwise, and routes, put together. Nothing is decided here.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as ApiTokens from "@headend/app/ApiTokens"
import * as Domain from "@headend/app/Domain"
import * as HttpServer from "@headend/app/HttpServer"
import * as Process from "@headend/app/Process"
import { SettingsInvalid } from "@headend/core/Setting"
import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"
import { fileURLToPath } from "node:url"
import * as Guard from "./Guard.ts"
import { HookSettings } from "./HookSettings.ts"
import * as HttpConfig from "./HttpConfig.ts"
import { IceServers } from "./IceServers.ts"
import * as Routes from "./Routes.ts"

/** Where the build puts the page: beside the bundle; seen from the sources, beside them. */
const pages = ["./web", "../dist/web"].map((folder) => fileURLToPath(new URL(folder, import.meta.url)))

/** What only this process sees waits for one with a worker. */
const noWorker = ({ queue, registry, sqlitePath }: HttpConfig.HttpSettings) =>
  Layer.effectDiscard(
    registry === "sqlite" || queue === "sqlite"
      ? Effect.logWarning(
        `no worker in this process (HEADEND_EMBED_WORKER): what is accepted into ${sqlitePath} waits there, and nothing`
          + " is done with it until an app with a worker opens that file"
      )
      : Effect.logInfo("no worker in this process (HEADEND_EMBED_WORKER): others put on air what is asked for here")
  )

const domain = (settings: HttpConfig.HttpSettings) =>
  settings.embedWorker
    ? Layer.merge(Domain.worker(settings), Domain.advice(settings, true)).pipe(
      Layer.provideMerge(Domain.foundation(settings))
    )
    : Layer.merge(
      Layer.provideMerge(Domain.advice(settings, false), Domain.foundation(settings)),
      noWorker(settings)
    )

const server = (settings: HttpConfig.HttpSettings) =>
  HttpRouter.serve(Routes.layer(pages), { disableLogger: true }).pipe(
    Layer.provide(NodeHttpServer.layer(HttpServer.make, {
      host: settings.host,
      port: settings.port,
      // event streams never end by themselves
      gracefulShutdownTimeout: "500 millis"
    })),
    Layer.provide(ApiTokens.layer(settings.tokens))
  )

const app = Layer.unwrap(Effect.gen(function*() {
  const { settings, wrong } = yield* HttpConfig.settings
  const all = [...wrong, ...yield* Effect.provide(Domain.wrong(settings), NodeServices.layer)]
  if (all.length > 0) return yield* new SettingsInvalid({ wrong: all })
  const openly = settings.tokens.length > 0 ? Layer.empty : Layer.effectDiscard(Effect.logWarning(
    "no API tokens are set (HEADEND_API_TOKENS): only this machine is served, and whoever is on it may do everything"
  ))
  return Layer.mergeAll(server(settings), openly).pipe(
    Layer.provide(domain(settings)),
    Layer.provide(NodeServices.layer),
    Layer.provide(
      Layer.merge(Domain.references(settings, "headend-http"), Layer.succeed(IceServers, settings.iceServers))
    ),
    Layer.provide(Layer.merge(Layer.succeed(HookSettings, settings.hooks), Guard.untraced))
  )
}))

Process.launch(app)
