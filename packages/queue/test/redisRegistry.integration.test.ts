import { assert, it } from "@effect/vitest"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import * as Keyring from "@headend/core/Keyring"
import { Sources } from "@headend/core/Sources"
import * as Redis from "@headend/integration/Redis"
import { requires } from "@headend/integration/Requires"
import { schedules } from "@headend/testing/BroadcastRegistryModel"
import { suite, wanted, worker } from "@headend/testing/BroadcastRegistryTest"
import { Duration, Effect, Exit, Layer, Scope } from "effect"
import { afterAll, beforeAll } from "vitest"
import * as Fortress from "./support/fortress.ts"
import { key, type Options, registry as registryOn, sources, timings } from "./support/redis.ts"

/** Nothing fails here: an answer that comes late, on a busy machine, is one. */
const registry = (url: string, options: Options = {}) =>
  registryOn(url, { ...options, config: { requestTimeout: "20 seconds", ...options.config } })

requires("redis-server", "openssl")("the registry in Redis", () => {
  const scope = Scope.makeUnsafe()
  let server: Redis.RedisServer
  let fortress: Fortress.Fortress
  beforeAll(() =>
    Effect.runPromise(Effect.map(Scope.provide(Fortress.make(), scope), (made) => {
      fortress = made
      server = made.server
    }))
  )
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  suite(
    "its contract",
    (timings) => Layer.unwrap(Effect.sync(() => registry("", { timings, config: fortress.config() }))),
    {
      timings,
      advance: Effect.sleep,
      live: true
    }
  )

  const short = {
    ...timings,
    leaseTtl: Duration.millis(300),
    scanEvery: Duration.millis(60),
    stealMargin: Duration.millis(20)
  }
  schedules("side by side", (timings) => Layer.unwrap(Effect.sync(() => registry(server.url, { timings }))), {
    timings: short,
    advance: Effect.sleep,
    runs: 48,
    atOnce: 16
  })

  const secret = "correct horse battery"
  const withSecret = Effect.gen(function*() {
    const { decode, encode } = yield* Sources
    const spec = yield* decode({
      id: "lobby",
      mountpoint: { create: { type: "rtsp", url: "rtsp://camera/", rtspPassword: secret } },
      source: { kind: "frontend_owned" }
    })
    const keyring = yield* Keyring.Keyring
    const [fingerprint] = yield* keyring.fingerprints(JSON.stringify(encode(spec)))
    return { ...wanted("lobby"), spec, fingerprint }
  }).pipe(Effect.provide(Layer.merge(sources, Keyring.layer([key(1)]))))

  it.live("nothing secret is in Redis in clear, and a claim has it all the same", () =>
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const declaration = yield* withSecret
      yield* registry.declare(declaration)
      const [claim] = yield* registry.claim(worker("w1"), 1)
      assert.deepStrictEqual(claim?.wanted === "running" ? claim.spec : undefined, declaration.spec)
      const script = "local all = {} for _, key in ipairs(redis.call('KEYS', '*')) do "
        + "all[#all + 1] = redis.call('DUMP', key) "
        + "local kind = redis.call('TYPE', key)['ok'] "
        + "if kind == 'hash' then all[#all + 1] = table.concat(redis.call('HGETALL', key), ' ') end "
        + "if kind == 'string' then all[#all + 1] = redis.call('GET', key) end "
        + "if kind == 'stream' then all[#all + 1] = cjson.encode(redis.call('XRANGE', key, '-', '+')) end end "
        + "return table.concat(all, ' ')"
      const everything = yield* Redis.raw(server.port, ["EVAL", script, "0"])
      assert.include(everything, "frontend_owned")
      assert.notInclude(everything, secret)
      assert.notInclude(everything, "horse")
    }).pipe(Effect.provide(registry(server.url))))

  it.live("what no key opens any more can be seen, and is claimed to be taken down only, with that reason", () =>
    Effect.gen(function*() {
      const instance = "unreadable"
      yield* Effect.flatMap(BroadcastRegistry, (registry) => Effect.flatMap(withSecret, registry.declare)).pipe(
        Effect.provide(registry(server.url, { instance }))
      )
      yield* Effect.gen(function*() {
        const registry = yield* BroadcastRegistry
        const entry = yield* registry.get("lobby")
        assert.strictEqual(entry.snapshot.source.kind, "frontend_owned")
        assert.strictEqual((yield* Effect.flip(entry.spec))._tag, "SpecUnreadable")
        const [claim] = yield* registry.claim(worker("w1"), 1)
        assert.deepStrictEqual([claim?.wanted, claim?.ending?.code], ["stopped", "spec_unreadable"])
        assert.include(claim?.ending?.message, "no configured key opens")
        assert.strictEqual((yield* registry.get("lobby")).snapshot.state, "stopping")
        yield* registry.release(claim!, { ended: claim!.ending!, leftBehind: [] })
        const { endReason, state } = (yield* registry.get("lobby")).snapshot
        assert.deepStrictEqual([state, endReason?.code], ["failed", "spec_unreadable"])
      }).pipe(Effect.provide(registry(server.url, { instance, key: 2 })))
    }))

  it.live("two installations in one Redis do not see each other", () =>
    Effect.gen(function*() {
      const declare = Effect.flatMap(BroadcastRegistry, (registry) => registry.declare(wanted("a", { key: "k" })))
      const outcomes = yield* Effect.forEach(["one", "two"], (instance) =>
        Effect.provide(declare, registry(server.url, { instance })))
      assert.deepStrictEqual(
        outcomes.map(({ outcome }) =>
          outcome
        ),
        ["created", "created"]
      )
    }))
})
