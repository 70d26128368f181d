/**
 * The worker app: keeps broadcasts on air that others ask for. Settings, the domain, probes and metrics, put together;
 * nothing is decided here.
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
import * as Routes from "./Routes.ts"
import * as WorkerConfig from "./WorkerConfig.ts"

const app = Layer.unwrap(Effect.gen(function*() {
  const { settings, wrong } = yield* WorkerConfig.settings
  const all = [...wrong, ...yield* Effect.provide(Domain.wrong(settings), NodeServices.layer)]
  if (all.length > 0) return yield* new SettingsInvalid({ wrong: all })
  const alone = settings.registry === "redis"
    ? Layer.empty
    : Layer.effectDiscard(Effect.logWarning(
      "the registry is this process' own (HEADEND_REGISTRY): nobody else can ask it for broadcasts"
    ))
  const server = HttpRouter.serve(Routes.layer, { disableLogger: true }).pipe(
    Layer.provide(NodeHttpServer.layer(HttpServer.make, {
      host: settings.host,
      port: settings.port,
      gracefulShutdownTimeout: "500 millis"
    })),
    Layer.provide(ApiTokens.layer(settings.tokens))
  )
  return Layer.mergeAll(server, alone).pipe(
    Layer.provide(
      Layer.merge(Domain.worker(settings), Domain.advice(settings, true)).pipe(
        Layer.provideMerge(Domain.foundation(settings))
      )
    ),
    Layer.provide(NodeServices.layer),
    Layer.provide(Domain.references(settings, "headend-worker"))
  )
}))

Process.launch(app)
