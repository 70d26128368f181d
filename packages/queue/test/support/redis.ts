// What the tests on a real Redis share: a keyring and kinds, and registries in a key space of their own.
import type { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import type { QueueOptions, QueueUnavailable } from "@headend/core/Delivery"
import { Installation } from "@headend/core/Installation"
import type { JobQueue } from "@headend/core/JobQueue"
import * as Keyring from "@headend/core/Keyring"
import type { Timings } from "@headend/core/Lease"
import type { RegistryUnavailable } from "@headend/core/RegistryFailure"
import { frontendOwned } from "@headend/core/source/FrontendOwned"
import * as Sources from "@headend/core/Sources"
import * as Redis from "@headend/integration/Redis"
import * as RedisBroadcastRegistry from "@headend/queue/redis/RedisBroadcastRegistry"
import * as RedisConfig from "@headend/queue/redis/RedisConfig"
import * as RedisJobQueue from "@headend/queue/redis/RedisJobQueue"
import { ForeignProducer } from "@headend/testing/JobQueueTest"
import { Duration, Effect, Layer, Redacted } from "effect"

/** Base64 of 32 bytes. */
export const key = (fill: number) => Redacted.make(Buffer.alloc(32, fill).toString("base64"))

export const sources = Sources.layer(Sources.make([frontendOwned]))

/** Short enough for real waits, in proportion. */
export const timings: Timings = {
  leaseTtl: Duration.millis(1_000),
  renewEvery: Duration.millis(300),
  ownDeadline: Duration.millis(800),
  scanEvery: Duration.millis(150),
  stealMargin: Duration.millis(50)
}

let spaces = 0

export interface Options {
  readonly timings?: Timings
  /** A name of its own unless given. */
  readonly instance?: string
  readonly key?: number
  readonly config?: RedisConfig.Options
}

/** A queue, and a producer that puts text into its stream by hand. */
export const queue = (
  server: Redis.RedisServer,
  how: QueueOptions,
  options: Omit<Options, "timings"> = {}
): Layer.Layer<JobQueue | ForeignProducer, RedisConfig.RedisUnusable | QueueUnavailable> =>
  Layer.suspend(() => {
    const instance = options.instance ?? `space-${++spaces}`
    const producer = Layer.succeed(ForeignProducer, {
      offerText: (text) => Effect.orDie(Redis.raw(server.port, ["XADD", `hd:{${instance}}:jobs`, "*", "j", text]))
    })
    return Layer.merge(
      producer,
      RedisJobQueue.layer(how).pipe(
        Layer.provide(RedisConfig.layer({ url: Redacted.make(server.url), ...options.config })),
        Layer.provide(Keyring.layer([key(options.key ?? 1)])),
        Layer.provide(Layer.succeed(Installation, { instance }))
      )
    )
  })

export const registry = (
  url: string,
  options: Options = {}
): Layer.Layer<BroadcastRegistry, RedisConfig.RedisUnusable | RegistryUnavailable> =>
  RedisBroadcastRegistry.layer(options.timings ?? timings).pipe(
    Layer.provide(RedisConfig.layer({ url: Redacted.make(url), ...options.config })),
    Layer.provide(sources),
    Layer.provide(Keyring.layer([key(options.key ?? 1)])),
    Layer.provide(Layer.sync(Installation, () => ({ instance: options.instance ?? `space-${++spaces}` }))),
    Layer.fresh
  )
