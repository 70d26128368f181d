import { requires } from "@headend/integration/Requires"
import * as JobQueueTest from "@headend/testing/JobQueueTest"
import { Duration, Effect, Exit, Layer, Scope } from "effect"
import { afterAll, beforeAll } from "vitest"
import * as Fortress from "./support/fortress.ts"
import { queue } from "./support/redis.ts"

requires("redis-server", "openssl")("the job queue in Redis", () => {
  const scope = Scope.makeUnsafe()
  let fortress: Fortress.Fortress
  beforeAll(() =>
    Effect.runPromise(Effect.map(Scope.provide(Fortress.make(), scope), (made) => void (fortress = made)))
  )
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  JobQueueTest.suite(
    "its contract",
    (options) => Layer.suspend(() => queue(fortress.server, options, { config: fortress.config() })),
    {
      advance: Effect.sleep,
      live: true,
      queue: { visibility: Duration.seconds(1) }
    }
  )
})
