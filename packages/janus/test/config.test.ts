// Settings: their defaults, and what is said of wrong ones.
import { assert, it } from "@effect/vitest"
import * as JanusConfig from "@headend/janus/JanusConfig"
import { ConfigProvider, Duration, Effect, Layer, Redacted } from "effect"

const read = (environment: Record<string, string>) =>
  JanusConfig.JanusConfig.pipe(
    Effect.provide(Layer.provide(
      JanusConfig.layerConfig,
      ConfigProvider.layer(ConfigProvider.fromUnknown(environment))
    ))
  )

it.effect("without any, Janus is on this machine", () =>
  Effect.gen(function*() {
    const settings = yield* read({})
    assert.strictEqual(settings.url, "ws://127.0.0.1:8188")
    assert.strictEqual(settings.rtpHost, "127.0.0.1")
    assert.strictEqual(settings.rtpInterface, "127.0.0.1")
    assert.strictEqual(Duration.toSeconds(settings.requestTimeout), 5)
    assert.isUndefined(settings.apiSecret)
  }))

it.effect("RTP goes where Janus is, unless said otherwise", () =>
  Effect.gen(function*() {
    const remote = yield* read({ HEADEND_JANUS_URL: "wss://janus.example/ws" })
    assert.deepStrictEqual([remote.rtpHost, remote.rtpInterface], ["janus.example", "janus.example"])
    const six = yield* read({ HEADEND_JANUS_URL: "ws://[fd00::1]:8188" })
    assert.strictEqual(six.rtpHost, "fd00::1")
    const split = yield* read({
      HEADEND_JANUS_URL: "ws://janus.example",
      HEADEND_JANUS_RTP_HOST: "10.0.0.2",
      HEADEND_JANUS_RTP_INTERFACE: "eth1",
      HEADEND_JANUS_API_SECRET: "hush",
      HEADEND_JANUS_REQUEST_TIMEOUT: "800 millis"
    })
    assert.deepStrictEqual([split.rtpHost, split.rtpInterface], ["10.0.0.2", "eth1"])
    assert.strictEqual(Duration.toMillis(split.requestTimeout), 800)
    assert.strictEqual(Redacted.value(split.apiSecret ?? Redacted.make("")), "hush")
    assert.notInclude(JSON.stringify(split), "hush")
  }))

it.effect("an address that is none is named at start", () =>
  Effect.gen(function*() {
    const error = yield* Effect.flip(read({ HEADEND_JANUS_URL: "http://janus.example" }))
    assert.include(error.message, "HEADEND_JANUS_URL")
    assert.include(error.message, "ws://")
  }))
