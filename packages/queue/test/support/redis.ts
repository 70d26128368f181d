// What the tests on a real Redis share: a keyring and kinds, and registries in a key space of their own.
import type { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { Installation } from "@headend/core/Installation"
import * as Keyring from "@headend/core/Keyring"
import type { RegistryUnavailable, Timings } from "@headend/core/Lease"
import { frontendOwned } from "@headend/core/source/FrontendOwned"
import * as Sources from "@headend/core/Sources"
import * as RedisBroadcastRegistry from "@headend/queue/redis/RedisBroadcastRegistry"
import * as RedisConfig from "@headend/queue/redis/RedisConfig"
import { Duration, Layer, Redacted } from "effect"

/** Base64 of 32 bytes. */
export const key = (fill: number) => Redacted.make(Buffer.alloc(32, fill).toString("base64"))

export const sources = Sources.layer(Sources.make([frontendOwned]))

/** Short enough for real waits, in proportion. */
export const timings: Timings = {
  leaseTtl: Duration.millis(600),
  renewEvery: Duration.millis(200),
  ownDeadline: Duration.millis(480),
  scanEvery: Duration.millis(100),
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
