/**
 * Where what is wanted and the jobs are kept. A backend is loaded only where the settings name it.
 */
import * as BroadcastRegistry from "@headend/core/BroadcastRegistry"
import type { Keyring } from "@headend/core/Keyring"
import type { RegistryUnavailable } from "@headend/core/Lease"
import type { Sources } from "@headend/core/Sources"
import type { RedisUnusable } from "@headend/queue/redis/RedisConfig"
import { type Config, Effect, Layer } from "effect"
import { named } from "./Janus.ts"
import type { Settings } from "./Settings.ts"

const redisRegistry = ({ timings }: Settings) =>
  Layer.unwrap(Effect.gen(function*() {
    const redis = yield* Effect.promise(() => import("@headend/queue/redis/RedisConfig"))
    const { layer } = yield* Effect.promise(() => import("@headend/queue/redis/RedisBroadcastRegistry"))
    return Layer.provide(layer(timings), redis.layerConfig)
  }))

export const registry = (
  settings: Settings
): Layer.Layer<
  BroadcastRegistry.BroadcastRegistry,
  Config.ConfigError | RedisUnusable | RegistryUnavailable,
  Keyring | Sources
> => settings.registry === "redis" ? redisRegistry(settings) : BroadcastRegistry.layerMemory(settings.timings)

/** What is wrong with the settings of the backends in use. */
export const wrong = (settings: Settings): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function*() {
    if (settings.registry !== "redis") return []
    const { layerConfig } = yield* Effect.promise(() => import("@headend/queue/redis/RedisConfig"))
    const shared = settings.secretKeys.length > 0
      ? []
      : ["HEADEND_SECRET_KEY: needed with HEADEND_REGISTRY=redis, the same for all processes of the installation"]
    return [...shared, ...yield* named(layerConfig)]
  })
