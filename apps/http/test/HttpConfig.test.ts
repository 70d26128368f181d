import { assert, describe, it } from "@effect/vitest"
import * as Janus from "@headend/app/Janus"
import { fastTimings } from "@headend/core/Lease"
import { ConfigProvider, Effect, Redacted } from "effect"
import { settings } from "../src/HttpConfig.ts"

const given = (environment: Record<string, string>) =>
  Effect.provide(settings, ConfigProvider.layer(ConfigProvider.fromUnknown(environment)))

const key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

describe("the settings", () => {
  it.effect("of hooks: a secret that cannot be guessed, and one where somebody is to be refused", () =>
    Effect.gen(function*() {
      const { settings: absent } = yield* given({})
      assert.deepStrictEqual(absent.hooks, { secrets: [], refuseUnknown: false })
      const { wrong: short } = yield* given({ HEADEND_HOOK_SECRET: "hush", HEADEND_HOOK_REFUSE_UNKNOWN: "true" })
      assert.strictEqual(short.length, 1)
      assert.match(short[0]!, /^HEADEND_HOOK_SECRET: expected 16 or more/)
      const { wrong: none } = yield* given({ HEADEND_HOOK_REFUSE_UNKNOWN: "true" })
      assert.match(none.join("\n"), /^HEADEND_HOOK_SECRET: needed/)
    }))

  it.effect("have defaults that serve this machine only", () =>
    Effect.gen(function*() {
      const { settings, wrong } = yield* given({})
      assert.deepStrictEqual(wrong, [])
      assert.deepInclude(settings, {
        instance: "default",
        fakeJanus: false,
        host: "127.0.0.1",
        port: 8080,
        tokens: [],
        embedWorker: true,
        workerCapacity: 100,
        logLevel: "Info"
      })
    }))

  it.effect("are read from the environment", () =>
    Effect.gen(function*() {
      const { settings, wrong } = yield* given({
        HEADEND_INSTANCE: "studio-1",
        HEADEND_JANUS_URL: "fake",
        HEADEND_SECRET_KEY: `${key}, ${key}`,
        HEADEND_HTTP_HOST: "0.0.0.0",
        HEADEND_HTTP_PORT: "0",
        HEADEND_API_TOKENS: "ann:read:a:b,bob:write:c",
        HEADEND_EMBED_WORKER: "false",
        HEADEND_WORKER_ID: "w7",
        HEADEND_WORKER_CAPACITY: "2.5",
        HEADEND_FLEET_PROFILE: "fast",
        HEADEND_ICE_SERVERS: "stun:a.example, turn:b.example?transport=udp|user|pass",
        HEADEND_HOOK_SECRET: "0123456789abcdef,another-way-in-here",
        HEADEND_HOOK_REFUSE_UNKNOWN: "true",
        HEADEND_LOG_LEVEL: "debug",
        HEADEND_LOG_FORMAT: "json"
      })
      assert.deepStrictEqual(wrong, [])
      assert.deepInclude(settings, {
        instance: "studio-1",
        fakeJanus: true,
        host: "0.0.0.0",
        port: 0,
        embedWorker: false,
        workerId: "w7",
        workerCapacity: 2.5,
        timings: fastTimings,
        logLevel: "Debug",
        logFormat: "json"
      })
      assert.isTrue(settings.hooks.refuseUnknown)
      assert.deepStrictEqual(settings.hooks.secrets.map(Redacted.value), ["0123456789abcdef", "another-way-in-here"])
      assert.strictEqual(settings.secretKeys.length, 2)
      assert.deepStrictEqual(settings.tokens.map((one) => [one.name, one.scope, Redacted.value(one.token)]), [
        ["ann", "read", "a:b"],
        ["bob", "write", "c"]
      ])
      const [, turn] = settings.iceServers
      assert.deepStrictEqual([turn!.url, turn!.username, Redacted.value(turn!.credential!)], [
        "turn:b.example?transport=udp",
        "user",
        "pass"
      ])
      assert.notInclude(JSON.stringify(settings), "pass")
    }))

  it.effect("are all named when they are wrong, and their values are not told", () =>
    Effect.gen(function*() {
      const { wrong } = yield* given({
        HEADEND_INSTANCE: "a b",
        HEADEND_SECRET_KEY: "too-short-a-secret",
        HEADEND_REGISTRY: "etcd",
        HEADEND_QUEUE: "rabbit",
        HEADEND_AUTOSCALE_MIN_WORKERS: "30",
        HEADEND_HTTP_PORT: "65536",
        HEADEND_API_TOKENS: "ann:admin:hidden-token",
        HEADEND_EMBED_WORKER: "maybe",
        HEADEND_WORKER_ID: "a b",
        HEADEND_WORKER_CAPACITY: "-1",
        HEADEND_FLEET_PROFILE: "slow",
        HEADEND_ICE_SERVERS: "http://x|u|hidden-credential",
        HEADEND_LOG_LEVEL: "loud",
        HEADEND_LOG_FORMAT: "xml"
      })
      assert.deepStrictEqual(
        wrong.map((line) => line.split(":")[0]!.replace("HEADEND_", "")).toSorted(),
        [
          "API_TOKENS",
          "AUTOSCALE_MIN_WORKERS",
          "EMBED_WORKER",
          "FLEET_PROFILE",
          "HTTP_PORT",
          "ICE_SERVERS",
          "INSTANCE",
          "LOG_FORMAT",
          "LOG_LEVEL",
          "QUEUE",
          "REGISTRY",
          "SECRET_KEY",
          "WORKER_CAPACITY",
          "WORKER_ID"
        ]
      )
      for (const secret of ["too-short-a-secret", "hidden-token", "hidden-credential"]) {
        assert.notInclude(wrong.join("\n"), secret)
      }
      assert.include(wrong.join("\n"), "HEADEND_REGISTRY: expected one of memory, sqlite, redis")
    }))

  it.effect("need tokens on an address that others reach", () =>
    Effect.gen(function*() {
      for (const host of ["0.0.0.0", "192.0.2.7", "::", "tv.example"]) {
        const { wrong } = yield* given({ HEADEND_HTTP_HOST: host })
        assert.lengthOf(wrong, 1, host)
        assert.match(wrong[0]!, /^HEADEND_API_TOKENS: needed to listen on .* \(HEADEND_HTTP_HOST\)/)
        assert.deepStrictEqual((yield* given({ HEADEND_HTTP_HOST: host, HEADEND_API_TOKENS: "a:read:b" })).wrong, [])
      }
      for (const host of ["127.0.0.1", "::1", "localhost"]) {
        assert.deepStrictEqual((yield* given({ HEADEND_HTTP_HOST: host })).wrong, [], host)
      }
    }))

  it.effect("want a worker in this process where what is accepted is in its memory: nobody else could ever take that", () =>
    Effect.gen(function*() {
      const wrong = (more: Record<string, string>) =>
        Effect.map(given({ HEADEND_EMBED_WORKER: "false", ...more }), (all) => all.wrong)
      const nobody = "HEADEND_EMBED_WORKER: without a worker in this process nobody ever takes what is in"
      assert.deepStrictEqual(yield* wrong({ HEADEND_REGISTRY: "memory" }), [
        `${nobody} HEADEND_REGISTRY=memory and HEADEND_QUEUE=memory`
      ])
      assert.deepStrictEqual(yield* wrong({ HEADEND_REGISTRY: "redis", HEADEND_QUEUE: "memory" }), [
        `${nobody} HEADEND_QUEUE=memory`
      ])
      assert.deepStrictEqual(yield* wrong({ HEADEND_REGISTRY: "sqlite" }), [])
      assert.deepStrictEqual(yield* wrong({ HEADEND_REGISTRY: "redis" }), [])
      assert.deepStrictEqual(yield* wrong({ HEADEND_REGISTRY: "redis", HEADEND_QUEUE: "kafka" }), [])
    }))

  it.effect("know no two tokens of one name, and take an empty setting for none", () =>
    Effect.gen(function*() {
      assert.lengthOf((yield* given({ HEADEND_API_TOKENS: "a:read:x,a:write:y" })).wrong, 1)
      const { settings, wrong } = yield* given({ HEADEND_API_TOKENS: "", HEADEND_HTTP_PORT: "", HEADEND_REGISTRY: "" })
      assert.deepStrictEqual([wrong, settings.tokens, settings.port], [[], [], 8080])
    }))

  it.effect("of Janus are named by Janus", () =>
    Effect.gen(function*() {
      const told = (environment: Record<string, string>) =>
        Effect.provide(Janus.wrong, ConfigProvider.layer(ConfigProvider.fromUnknown(environment)))
      assert.deepStrictEqual(yield* told({}), [])
      assert.deepStrictEqual(yield* told({ HEADEND_JANUS_URL: "http://x" }), [
        "HEADEND_JANUS_URL: expected a ws:// or wss:// address"
      ])
    }))
})
