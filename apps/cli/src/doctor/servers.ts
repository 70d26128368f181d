/**
 * Servers beside Janus: those that the settings or the command name. What nobody named is not looked for.
 */
import * as ObsClient from "@headend/obs/ObsClient"
import * as KafkaConfig from "@headend/queue/kafka/KafkaConfig"
import { KafkaPort } from "@headend/queue/kafka/KafkaPort"
import { Config, Effect, Layer, Option, Redacted, Schema } from "effect"
import { createServer } from "node:net"
import { absent, bad, type Finding, ok } from "./Finding.ts"

/** A setting that is there and not empty. */
const given = (name: string) =>
  Effect.map(
    Effect.orElseSucceed(Config.option(Config.String(name)), () => Option.none<string>()),
    Option.filter((text) => text.trim() !== "")
  )

export const obs = (address: string | undefined, password: Redacted.Redacted | undefined) =>
  address === undefined ? Effect.succeed<ReadonlyArray<Finding>>([]) : Effect.scoped(Effect.gen(function*() {
    const client = yield* ObsClient.make({ url: address, password })
    const { obsVersion, obsWebSocketVersion } = yield* Effect.andThen(client.awaitUp, client.request("GetVersion"))
    const { outputActive } = yield* client.request("GetStreamStatus")
    const now = outputActive ? "it streams already: a broadcast needs takeOver" : "it is idle"
    return [ok("obs", `${address}, OBS ${obsVersion} with obs-websocket ${obsWebSocketVersion}; ${now}`)]
  })).pipe(
    Effect.timeout("6 seconds"),
    Effect.catch((error) =>
      Effect.succeed([bad(
        "obs",
        `${address}: ${error._tag === "TimeoutError" ? "does not answer" : error.message}`,
        "in OBS: Tools, WebSocket Server Settings, enable it; give its password in HEADEND_OBS_PASSWORD"
      )])
    )
  )

export const redis: Effect.Effect<ReadonlyArray<Finding>> = Effect.gen(function*() {
  const url = yield* given("HEADEND_REDIS_URL")
  if (Option.isNone(url)) return []
  const advice = "start Redis 7 or later, or mend HEADEND_REDIS_URL"
  if (!URL.canParse(url.value)) return [bad("redis", "HEADEND_REDIS_URL is no address", advice)]
  const address = new URL(url.value).host
  // loaded only where it is asked for
  const { versionOf } = yield* Effect.promise(() => import("./redis.ts"))
  return yield* Effect.match(versionOf(url.value), {
    onFailure: (reason) => [bad("redis", `${address}: ${reason}`, advice)],
    onSuccess: (version) =>
      Number.parseInt(version) >= 7
        ? [ok("redis", `${address}, version ${version}`)]
        : [bad("redis", `${address}, version ${version}`, "headend needs Redis 7 or later")]
  })
})

export const kafka = Effect.gen(function*() {
  const brokers = yield* given("HEADEND_KAFKA_BROKERS")
  if (Option.isNone(brokers)) return []
  const { layer } = yield* Effect.promise(() => import("@headend/queue/kafka/KafkaJs"))
  const topics = Effect.scoped(Effect.provide(
    KafkaPort.use((port) => port.topics),
    Layer.provide(layer, KafkaConfig.layerConfig)
  ))
  return yield* topics.pipe(
    Effect.timeout("15 seconds"),
    Effect.match({
      onFailure: (error) => [bad(
        "kafka",
        `${brokers.value}: ${error._tag === "TimeoutError" ? "does not answer" : error.message}`,
        "start it, or mend HEADEND_KAFKA_BROKERS and what opens it"
      )],
      onSuccess: (topics) =>
        ["headend.jobs", "headend.jobs.retry", "headend.jobs.dead"].every((topic) => topics.has(topic))
          ? [ok("kafka", `${brokers.value}, with the topics of headend`)]
          : [
            bad(
              "kafka",
              `${brokers.value} lacks topics of headend`,
              "create headend.jobs, headend.jobs.retry and headend.jobs.dead (docs/operations.md)"
            )
          ]
    })
  )
})

const decodeVersion = Schema.decodeUnknownEffect(Schema.Struct({ data: Schema.Struct({ version: Schema.String }) }))

/** An SRS, asked for its version over its HTTP API. */
export const srs = (address: string | undefined): Effect.Effect<ReadonlyArray<Finding>> =>
  address === undefined ?
    Effect.succeed([]) :
    Effect.tryPromise((signal) =>
      fetch(new URL("/api/v1/versions", address), { signal: AbortSignal.any([signal, AbortSignal.timeout(3_000)]) })
        .then((answer) => answer.json())
    ).pipe(
      Effect.flatMap(decodeVersion),
      Effect.match({
        onSuccess: ({ data }) => [ok("srs", `${address}, version ${data.version}`)],
        onFailure: () => [
          bad(
            "srs",
            `${address}: no answer of SRS`,
            "start SRS with http_api enabled, and name that port (1985 unless set)"
          )
        ]
      })
    )

/** The port that the HTTP app would listen on: free, or headend is there already. */
export const port = (host: string, port: number): Effect.Effect<ReadonlyArray<Finding>> =>
  Effect.callback<boolean>((resume) => {
    const server = createServer()
    server.once("error", () => resume(Effect.succeed(false)))
    server.listen(port, host, () => server.close(() => resume(Effect.succeed(true))))
  }).pipe(
    Effect.flatMap((isFree) =>
      isFree ? Effect.succeed([ok("port", `${host}:${port} is free for the HTTP app`)]) : Effect.map(
        Effect.promise(() =>
          fetch(`http://${host}:${port}/livez`, { signal: AbortSignal.timeout(3_000) })
            .then(({ status }) => status === 200, () => false)
        ),
        (isHeadend) =>
          isHeadend
            ? [ok("port", `headend answers at ${host}:${port}`)]
            : [absent("port", `${host}:${port} is taken by something else`, "set HEADEND_HTTP_PORT")]
      )
    )
  )
