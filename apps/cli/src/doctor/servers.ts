/**
 * Servers beside Janus that the settings or the command name: Redis, Kafka, SRS. What nobody named is not looked for.
 */
import type { Settings } from "@headend/app/Settings"
import * as KafkaConfig from "@headend/queue/kafka/KafkaConfig"
import { KafkaPort } from "@headend/queue/kafka/KafkaPort"
import { Config, Effect, Layer, Option, Schema } from "effect"
import { bad, type Finding, ok, warn } from "./Finding.ts"

/** A setting that is there and not empty. */
const given = (name: string) =>
  Effect.map(
    Effect.orElseSucceed(Config.option(Config.String(name)), () => Option.none<string>()),
    Option.filter((text) => text.trim() !== "")
  )

const redisAdvice = (reason: string): string =>
  /certificate|altname|SSL/i.test(reason)
    ? "set HEADEND_REDIS_TLS_CA to the CA that signed its certificate, and name it in HEADEND_REDIS_URL as the certificate does"
    : /NOPERM/i.test(reason)
    ? "give this user the rights that docs/operations.md names under Redis"
    : /WRONGPASS|NOAUTH|password|AUTH/i.test(reason)
    ? "put its user and password into HEADEND_REDIS_URL: redis://user:password@host:6379"
    : /replica/i.test(reason)
    ? "name its master in HEADEND_REDIS_URL"
    : "start Redis 7 or later there, mend HEADEND_REDIS_URL, or let TCP from this machine through to its port"

export const redis = ({ instance, queue, registry }: Settings) =>
  Effect.gen(function*() {
    const named = yield* given("HEADEND_REDIS_URL")
    if (Option.isNone(named) && registry !== "redis" && queue !== "redis") return []
    // loaded only where it is asked for
    const { look } = yield* Effect.promise(() => import("@headend/queue/redis/RedisServer"))
    const { layerConfig } = yield* Effect.promise(() => import("@headend/queue/redis/RedisConfig"))
    return yield* Effect.match(Effect.provide(look(instance), layerConfig), {
      onFailure: (error) =>
        error._tag === "RedisUnusable"
          ? [bad("redis", `${error.address}: ${error.reason}`, redisAdvice(error.reason))]
          : error.wrong.map((line) => bad("redis", line, "mend the setting")),
      onSuccess: ({ address, version, warnings }) => [
        warnings.length === 0
          ? ok("redis", `${address}, version ${version}`)
          : warn(
            "redis",
            `${address}, version ${version}: ${warnings.join("; ")}`,
            "docs/operations.md says more, under Redis"
          )
      ]
    })
  })

const kafkaAdvice = (reason: string): string =>
  /SASL|AUTHENTICATION/i.test(reason)
    ? "set HEADEND_KAFKA_SASL_MECHANISM, HEADEND_KAFKA_USERNAME and HEADEND_KAFKA_PASSWORD as the broker has them"
    : /AUTHORIZATION/i.test(reason)
    ? "give this user the rights that docs/operations.md names under Kafka"
    : "start it there, or mend HEADEND_KAFKA_BROKERS; a listener with TLS or SASL needs HEADEND_KAFKA_TLS or " +
      "HEADEND_KAFKA_SASL_MECHANISM, and one in clear takes neither"

export const kafka = ({ instance, queue }: Settings) =>
  Effect.gen(function*() {
    const brokers = yield* given("HEADEND_KAFKA_BROKERS")
    // named as the queue without an address, it is a setting that cannot be used
    if (Option.isNone(brokers)) return []
    const { layer } = yield* Effect.promise(() => import("@headend/queue/kafka/KafkaJs"))
    const { topicsOf } = yield* Effect.promise(() => import("@headend/queue/kafka/KafkaJobQueue"))
    const topics = Effect.scoped(Effect.provide(
      KafkaPort.use((port) => port.topics),
      Layer.provide(layer, KafkaConfig.layerConfig)
    ))
    return yield* topics.pipe(
      Effect.timeout("15 seconds"),
      Effect.match({
        onFailure: (error) => {
          const reason = error._tag === "TimeoutError" ? "does not answer" : error.message
          return [bad("kafka", `${brokers.value}: ${reason}`, kafkaAdvice(reason))]
        },
        onSuccess: (topics) => {
          const missing = topicsOf(instance).filter((topic) => !topics.has(topic))
          if (missing.length === 0) return [ok("kafka", `${brokers.value}, with the topics of ${instance}`)]
          const evidence = `${brokers.value} has no topic ${missing.join(", ")}, or this user may not see it`
          return [bad(
            "kafka",
            evidence,
            `create it as docs/operations.md says under Kafka${
              queue === "kafka" ? "" : ", or unset HEADEND_KAFKA_BROKERS"
            }`
          )]
        }
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
