/**
 * Where what is wanted and the jobs are kept. A backend is loaded only where the settings name it.
 */
import * as BroadcastRegistry from "@headend/core/BroadcastRegistry"
import type { QueueUnavailable } from "@headend/core/Delivery"
import * as JobQueue from "@headend/core/JobQueue"
import type { Keyring } from "@headend/core/Keyring"
import type { RegistryUnavailable } from "@headend/core/RegistryFailure"
import { SettingsInvalid } from "@headend/core/Setting"
import type { Sources } from "@headend/core/Sources"
import type { KafkaRefused } from "@headend/queue/kafka/KafkaPort"
import type { RedisUnusable } from "@headend/queue/redis/RedisConfig"
import { Effect, type FileSystem, Layer } from "effect"
import { named } from "./Janus.ts"
import type { Settings } from "./Settings.ts"
import { hasSqlite, variables } from "./Variables.ts"

export type RegistryName = "memory" | "sqlite" | "redis"
export type QueueName = RegistryName | "kafka"

type Unusable =
  | QueueUnavailable
  | KafkaRefused
  | RedisUnusable
  | RegistryUnavailable
  | SettingsInvalid
type Needs = Keyring | Sources | FileSystem.FileSystem

const loaded = <A, E, R>(layer: () => Promise<Layer.Layer<A, E, R>>) => Layer.unwrap(Effect.promise(layer))

const sqlite = (path: string) =>
  loaded(() => import("@headend/queue/sqlite/SqliteFile").then(({ layer }) => layer(path))).pipe(
    Layer.catch(({ message }) =>
      Layer.effectContext(Effect.fail(new SettingsInvalid({ wrong: [`${variables.sqlitePath.name}: ${message}`] })))
    )
  )
const redis = loaded(() => import("@headend/queue/redis/RedisConfig").then(({ layerConfig }) => layerConfig))
const kafka = loaded(() => import("@headend/queue/kafka/KafkaConfig").then(({ layerConfig }) => layerConfig))

const kafkaWrong = Effect.flatMap(
  Effect.promise(() => import("@headend/queue/kafka/KafkaConfig")),
  ({ settings }) => Effect.match(settings, { onSuccess: () => [], onFailure: (error) => error.wrong })
)

/** The registry and the queue of the settings; both in one file where both are in SQLite. */
export const layer = (
  settings: Settings
): Layer.Layer<BroadcastRegistry.BroadcastRegistry | JobQueue.JobQueue, Unusable, Needs> => {
  const { timings } = settings
  const file = sqlite(settings.sqlitePath)
  const registries = {
    memory: () => BroadcastRegistry.layerMemory(timings),
    sqlite: () =>
      loaded(() => import("@headend/queue/sqlite/SqliteBroadcastRegistry").then(({ layer }) => layer(timings)))
        .pipe(Layer.provide(file)),
    redis: () =>
      loaded(() => import("@headend/queue/redis/RedisBroadcastRegistry").then(({ layer }) => layer(timings)))
        .pipe(Layer.provide(redis))
  } satisfies Record<RegistryName, () => Layer.Layer<BroadcastRegistry.BroadcastRegistry, Unusable, Needs>>
  const queues = {
    memory: () => JobQueue.layerMemory(),
    sqlite: () =>
      loaded(() => import("@headend/queue/sqlite/SqliteJobQueue").then(({ layer }) => layer()))
        .pipe(Layer.provide(file)),
    redis: () =>
      loaded(() => import("@headend/queue/redis/RedisJobQueue").then(({ layer }) => layer()))
        .pipe(Layer.provide(redis)),
    kafka: () =>
      loaded(() => import("@headend/queue/kafka/KafkaJobQueue").then(({ layer }) => layer()))
        .pipe(Layer.provide(kafka))
  } satisfies Record<QueueName, () => Layer.Layer<JobQueue.JobQueue, Unusable, Needs>>
  const registry: Layer.Layer<BroadcastRegistry.BroadcastRegistry, Unusable, Needs> = registries[settings.registry]()
  const queue: Layer.Layer<JobQueue.JobQueue, Unusable, Needs> = queues[settings.queue]()
  return Layer.merge(registry, queue)
}

/** What is wrong with the settings of the backends in use. */
export const wrong = (settings: Settings): Effect.Effect<ReadonlyArray<string>, never, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const { queue, registry, secretKeys } = settings
    const shared = [
      ...registry === "redis" ? ["HEADEND_REGISTRY=redis"] : [],
      ...queue === "redis" || queue === "kafka" ? [`HEADEND_QUEUE=${queue}`] : []
    ]
    return [
      ...shared.length > 0 && secretKeys.length === 0
        ? [`HEADEND_SECRET_KEY: needed with ${shared.join(" and ")}, the same for all processes of the installation`]
        : [],
      ...registry === "redis" || queue === "redis" ? yield* named(redis) : [],
      ...queue === "kafka" ? yield* kafkaWrong : []
    ]
  })

/** A queue brings jobs, and knows of no broadcast: with several workers they need a registry that they share. */
export const warnings = ({ queue, registry }: Settings): Layer.Layer<never> =>
  Layer.effectDiscard(Effect.gen(function*() {
    if ((queue === "kafka" || queue === "redis") && registry !== "redis") {
      yield* Effect.logWarning(
        `jobs come from ${queue}, and the registry is this process' own (HEADEND_REGISTRY): run one process only, or share a registry in Redis`
      )
    }
    if (registry === "memory") {
      yield* Effect.logWarning(
        "what is wanted is kept in memory (HEADEND_REGISTRY): it is forgotten when this process ends"
          + (hasSqlite ? "" : "; to keep it in a file (sqlite), headend needs Node 22.13 or later")
      )
    }
  }))
