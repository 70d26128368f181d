import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Backends from "@headend/app/Backends"
import * as Settings from "@headend/app/Settings"
import { reader } from "@headend/core/Setting"
import { ConfigProvider, Effect, Layer } from "effect"

const key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/** What is wrong with this environment, of the queue and of all settings. */
const wrong = (environment: Record<string, string>) =>
  Effect.gen(function*() {
    const from = reader()
    const settings = yield* Settings.shared(from, { port: 0 })
    return [...from.wrong, ...(yield* Backends.wrong(settings))]
  }).pipe(
    Effect.provide(
      Layer.merge(NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromUnknown(environment)))
    )
  )

describe("settings of the queue", () => {
  it.effect("ask nothing of who uses the one in memory", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* wrong({}), [])
      assert.deepStrictEqual(yield* wrong({ HEADEND_QUEUE: "memory", HEADEND_KAFKA_BROKERS: "nonsense" }), [])
    }))

  it.effect("want brokers and a key for Kafka", () =>
    Effect.gen(function*() {
      const lines = yield* wrong({ HEADEND_QUEUE: "kafka" })
      assert.deepStrictEqual(lines.map((line) => line.split(":")[0]), ["HEADEND_SECRET_KEY", "HEADEND_KAFKA_BROKERS"])
      assert.lengthOf(yield* wrong({ HEADEND_QUEUE: "redis" }), 1)
      const enough = {
        HEADEND_QUEUE: "kafka",
        HEADEND_KAFKA_BROKERS: "a:9092, b.example:9093",
        HEADEND_SECRET_KEY: key
      }
      assert.deepStrictEqual(yield* wrong(enough), [])
      assert.deepStrictEqual(yield* wrong({ ...enough, HEADEND_KAFKA_USERNAME: "", HEADEND_KAFKA_TLS: "" }), [])
    }))

  it.effect("of Kafka are all named when they are wrong, and no value is told", () =>
    Effect.gen(function*() {
      const kafka = { HEADEND_QUEUE: "kafka", HEADEND_SECRET_KEY: key }
      const lines = yield* wrong({
        ...kafka,
        HEADEND_KAFKA_BROKERS: "kafka",
        HEADEND_KAFKA_TLS: "perhaps",
        HEADEND_KAFKA_TLS_CERT: "/nowhere/cert.pem",
        HEADEND_KAFKA_SASL_MECHANISM: "kerberos",
        HEADEND_KAFKA_PASSWORD: "hidden-password"
      })
      for (const name of ["BROKERS", "TLS:", "TLS_CERT: the file", "SASL_MECHANISM: expected one of plain"]) {
        assert.include(lines.join("\n"), `HEADEND_KAFKA_${name}`)
      }
      assert.notInclude(lines.join("\n"), "hidden-password")
      const half = yield* wrong({ ...kafka, HEADEND_KAFKA_BROKERS: "a:1", HEADEND_KAFKA_SASL_MECHANISM: "plain" })
      assert.deepStrictEqual(half, [
        "HEADEND_KAFKA_USERNAME, HEADEND_KAFKA_PASSWORD: both are needed with HEADEND_KAFKA_SASL_MECHANISM"
      ])
      const nameless = yield* wrong({ ...kafka, HEADEND_KAFKA_BROKERS: "a:1", HEADEND_KAFKA_USERNAME: "headend" })
      assert.include(nameless.join("\n"), "HEADEND_KAFKA_SASL_MECHANISM: needed with a user name")
    }))
})
