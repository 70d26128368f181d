import * as Redis from "@headend/integration/Redis"
import { requires } from "@headend/integration/Requires"
import * as JobQueueTest from "@headend/testing/JobQueueTest"
import { Duration, Effect, Exit, Layer, Scope } from "effect"
import { afterAll, beforeAll } from "vitest"
import { queue } from "./support/redis.ts"

requires("redis-server")("the job queue in Redis", () => {
  const scope = Scope.makeUnsafe()
  let server: Redis.RedisServer
  beforeAll(() =>
    Effect.runPromise(Effect.map(Scope.provide(Redis.make({ durable: true }), scope), (made) => void (server = made)))
  )
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  JobQueueTest.suite("its contract", (options) => Layer.suspend(() => queue(server, options)), {
    advance: Effect.sleep,
    live: true,
    queue: { visibility: Duration.seconds(1) }
  })
})
