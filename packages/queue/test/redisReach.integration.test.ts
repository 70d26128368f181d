// What keeps us out of a Redis is told at the start. That we come in, and what we do there, is for the contracts.
import { assert, it } from "@effect/vitest"
import * as Redis from "@headend/integration/Redis"
import { requires } from "@headend/integration/Requires"
import { Effect, Layer } from "effect"
import * as Fortress from "./support/fortress.ts"
import { registry } from "./support/redis.ts"

requires("redis-server", "openssl")("a Redis that lets not everybody in", () => {
  it.live("says who is not let in why, at once and without the password", () =>
    Effect.gen(function*() {
      const { config, server, tls, url } = yield* Fortress.make()
      const refused = (how: Parameters<typeof config>[0]) =>
        Effect.map(
          Effect.flip(Layer.build(registry("", { config: config(how) }))).pipe(Effect.scoped),
          ({ message }) => message
        )
      const stranger = yield* refused({ ca: tls.stranger })
      assert.match(stranger, /^HEADEND_REDIS_URL, HEADEND_REDIS_TLS_CA: the Redis at 127\.0\.0\.1:\d+ .*certificate/)
      const name = yield* refused({ url: url.replace("127.0.0.1", "localhost") })
      assert.match(name, /HEADEND_REDIS_TLS_CA.*altnames/)
      assert.match(
        yield* refused({ url: url.replace(`${server.tlsPort}`, `${server.port}`) }),
        /^HEADEND_REDIS_URL: .* cannot be used/
      )
      const wrong = yield* refused({ url: url.replace(Fortress.password, "let-me-in") })
      assert.match(wrong, /^HEADEND_REDIS_URL: .*WRONGPASS/)
      assert.notInclude(wrong, "let-me-in")
      yield* Redis.raw(server.port, [
        "ACL",
        "SETUSER",
        "reader",
        "on",
        `>${Fortress.password}`,
        "~*",
        "+@read",
        "+info"
      ])
      assert.match(yield* refused({ url: url.replace("headend", "reader") }), /^HEADEND_REDIS_URL.*NOPERM/)
      const elsewhere = yield* Fortress.make(false)
      const apart = yield* Effect.flip(Layer.build(registry("", { config: elsewhere.config() }))).pipe(Effect.scoped)
      assert.match(
        apart.message,
        /^HEADEND_REDIS_URL: .*it is a node of a cluster, and headend keeps to one server: .*CLUSTERDOWN/
      )
    }).pipe(Effect.scoped), 60_000)
})
