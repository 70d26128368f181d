// Redis behind TLS, with a user who may do no more than is needed, as a node of a cluster: the registry and the queue keep
// their contracts there; and what keeps us out is told in words.
import { assert, it } from "@effect/vitest"
import * as Certificates from "@headend/integration/Certificates"
import * as Redis from "@headend/integration/Redis"
import { requires } from "@headend/integration/Requires"
import * as BroadcastRegistryTest from "@headend/testing/BroadcastRegistryTest"
import * as JobQueueTest from "@headend/testing/JobQueueTest"
import { Duration, Effect, Exit, Layer, Redacted, Schedule, Scope } from "effect"
import { afterAll, beforeAll } from "vitest"
import { queue, registry, timings } from "./support/redis.ts"

const password = "a-secret-of-tests"
/** As the operations page has it. */
const mayDo = ["~hd:*", "&hd:*", "+@all", "-@admin", "-@dangerous", "+info"]

/** All slots are this node's; `false` for none. */
const cluster = Effect.fnUntraced(function*(tls: Certificates.Certificates, isWhole: boolean) {
  const server = yield* Redis.make({ tls, settings: { "cluster-enabled": "yes" } })
  yield* Redis.raw(server.port, ["ACL", "SETUSER", "headend", "on", `>${password}`, ...mayDo])
  if (isWhole) {
    yield* Redis.raw(server.port, ["CLUSTER", "ADDSLOTSRANGE", "0", "16383"])
    yield* Redis.raw(server.port, ["CLUSTER", "INFO"]).pipe(
      Effect.repeat({ schedule: Schedule.spaced("50 millis"), until: (said) => said.includes("cluster_state:ok") }),
      Effect.timeout("20 seconds")
    )
  }
  return server
})

requires("redis-server", "openssl")("Redis with TLS, a user of its own, and in a cluster", () => {
  const scope = Scope.makeUnsafe()
  let server: Redis.RedisServer
  let tls: Certificates.Certificates
  const at = (port: number, user = `headend:${password}@`) => `rediss://${user}127.0.0.1:${port}`
  const config = (how: { readonly url?: string; readonly ca?: string } = {}) => ({
    url: Redacted.make(how.url ?? at(server.tlsPort!)),
    ca: Certificates.read(how.ca ?? tls.ca),
    startTimeout: "2 seconds" as const
  })
  beforeAll(() =>
    Effect.runPromise(Scope.provide(
      Effect.gen(function*() {
        tls = yield* Certificates.certificates
        server = yield* cluster(tls, true)
      }),
      scope
    ))
  )
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  JobQueueTest.suite(
    "the queue's contract",
    (options) => Layer.suspend(() => queue(server, options, { config: config() })),
    {
      advance: Effect.sleep,
      live: true,
      queue: { visibility: Duration.seconds(1) }
    }
  )
  BroadcastRegistryTest.suite(
    "the registry's contract",
    (timings) => Layer.suspend(() => registry("", { timings, config: config() })),
    { advance: Effect.sleep, live: true, timings }
  )

  it.live("who is not let in is told why, at once and without the password", () =>
    Effect.gen(function*() {
      const refused = (how: Parameters<typeof config>[0]) =>
        Effect.map(
          Effect.flip(Layer.build(registry("", { config: config(how) }))).pipe(Effect.scoped),
          ({ message }) => message
        )
      const stranger = yield* refused({ ca: tls.stranger })
      assert.match(stranger, /^HEADEND_REDIS_URL, HEADEND_REDIS_TLS_CA: the Redis at 127\.0\.0\.1:\d+ .*certificate/)
      const name = yield* refused({ url: at(server.tlsPort!).replace("127.0.0.1", "localhost") })
      assert.match(name, /HEADEND_REDIS_TLS_CA.*altnames/)
      assert.match(yield* refused({ url: at(server.port) }), /^HEADEND_REDIS_URL: .* cannot be used/)
      const wrong = yield* refused({ url: at(server.tlsPort!, "headend:let-me-in@") })
      assert.match(wrong, /^HEADEND_REDIS_URL: .*WRONGPASS/)
      assert.notInclude(wrong, "let-me-in")
      yield* Redis.raw(server.port, ["ACL", "SETUSER", "reader", "on", `>${password}`, "~*", "+@read", "+info"])
      assert.match(yield* refused({ url: at(server.tlsPort!, `reader:${password}@`) }), /^HEADEND_REDIS_URL.*NOPERM/)
      const part = yield* cluster(tls, false)
      assert.match(
        yield* refused({ url: at(part.tlsPort!) }),
        /^HEADEND_REDIS_URL: .*it is a node of a cluster, and headend keeps to one server: .*CLUSTERDOWN/
      )
    }).pipe(Effect.scoped), 60_000)
})
