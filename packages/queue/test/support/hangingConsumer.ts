// A worker that takes a job and never finishes it, for a test that kills it.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Installation } from "@headend/core/Installation"
import { JobQueue } from "@headend/core/JobQueue"
import * as Keyring from "@headend/core/Keyring"
import * as RedisConfig from "@headend/queue/redis/RedisConfig"
import * as RedisJobQueue from "@headend/queue/redis/RedisJobQueue"
import { Effect, Layer, Redacted } from "effect"

const { INSTANCE = "", REDIS_URL = "" } = process.env

JobQueue.pipe(
  Effect.flatMap((queue) =>
    queue.consume(({ id }) =>
      Effect.suspend(() => {
        console.log(`it has a job: ${id}`)
        return Effect.never
      }), { concurrency: 1 })
  ),
  Effect.provide(
    RedisJobQueue.layer({ visibility: "1 second" }).pipe(
      Layer.provide(RedisConfig.layer({ url: Redacted.make(REDIS_URL) })),
      Layer.provide(Keyring.layer([Redacted.make(Buffer.alloc(32, 1).toString("base64"))])),
      Layer.provide(Layer.succeed(Installation, { instance: INSTANCE }))
    )
  ),
  NodeRuntime.runMain
)
