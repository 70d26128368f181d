/**
 * The settings that all apps share, as they are read: `Variables` says what each takes and means. Those of Janus are read
 * where Janus is known, in `JanusConfig`; those of one app alone, in the app.
 */
import * as Autoscaling from "@headend/core/Autoscaling"
import type { Timings } from "@headend/core/Lease"
import type { Reader } from "@headend/core/Setting"
import { Duration, Effect, type LogLevel, type Redacted } from "effect"
import { hostname } from "node:os"
import type { ApiToken } from "./ApiTokens.ts"
import type { QueueName, RegistryName } from "./Backends.ts"
import { hasSqlite, variables } from "./Variables.ts"

export interface Settings {
  readonly instance: string
  /** The embedded fake, for trying the API without a media server. */
  readonly fakeJanus: boolean
  /** Newest first, each base64 of 32 bytes; none: the key file. */
  readonly secretKeys: ReadonlyArray<Redacted.Redacted>
  readonly registry: RegistryName
  readonly queue: QueueName
  readonly sqlitePath: string
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly tokens: ReadonlyArray<ApiToken>
  readonly workerId: string
  readonly workerCapacity: number
  readonly timings: Timings
  /** At the end: hand over at once, or take nothing more and wait so long for broadcasts to end. */
  readonly finishWithin: Duration.Duration | undefined
  readonly autoscaling: Autoscaling.Policy
  /** Addresses and networks that inputs may come from; all that are not denied when empty. */
  readonly inputAllow: ReadonlyArray<string>
  /** And may not come from, besides those that never may. */
  readonly inputDeny: ReadonlyArray<string>
  /** Where `pull` may read files; nowhere when undefined. */
  readonly inputFolder: string | undefined
  /** Variables that a secret of a specification may be given by: names, and beginnings of names with a `*` behind them. */
  readonly secretsEnv: ReadonlyArray<string>
  /** Below which it may be given by a file; nowhere when undefined. */
  readonly secretsFolder: string | undefined
  /** Callers may bring GStreamer pipelines of their own. */
  readonly allowPipelines: boolean
  /** What each relay may use; no limit where undefined. */
  readonly relayCpuPercent: number | undefined
  readonly relayMemoryMb: number | undefined
  /** Of the collector that gets traces and logs; nobody gets any when undefined. */
  readonly otlpUrl: string | undefined
  readonly logLevel: LogLevel.LogLevel
  readonly logFormat: "pretty" | "logfmt" | "json"
}

/** Names and addresses of this machine, as seen from itself. */
export const isLoopback = (name: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(name)

const autoscaling = Effect.fnUntraced(function*({ read, wrong }: Reader) {
  const { autoscaleMaxWorkers, autoscaleMinWorkers } = variables
  const policy: Autoscaling.Policy = {
    ...Autoscaling.defaultPolicy,
    minWorkers: yield* read(autoscaleMinWorkers),
    maxWorkers: yield* read(autoscaleMaxWorkers),
    targetUtilisation: yield* read(variables.autoscaleUtilisation),
    headroomCost: yield* read(variables.autoscaleHeadroom),
    downStabilisationMs: Duration.toMillis(yield* read(variables.autoscaleDownAfter))
  }
  if (policy.minWorkers > policy.maxWorkers) {
    wrong.push(`${autoscaleMinWorkers.name}: more than ${autoscaleMaxWorkers.name}`)
  }
  return policy
})

/** Reads them; `port` is what stands for an absent `HEADEND_HTTP_PORT`. */
export const shared = Effect.fnUntraced(function*(
  from: Reader,
  absent: { readonly port: number }
): Effect.fn.Return<Settings> {
  const { read } = from
  const registry = yield* read(variables.registry, hasSqlite ? "sqlite" : "memory")
  return {
    instance: yield* read(variables.instance),
    fakeJanus: (yield* read(variables.janusUrl)) === "fake",
    secretKeys: yield* read(variables.secretKey, []),
    registry,
    // where the registry is shared, the queue is
    queue: yield* read(variables.queue, registry),
    sqlitePath: yield* read(variables.sqlitePath),
    host: yield* read(variables.httpHost),
    port: yield* read(variables.httpPort, absent.port),
    tokens: yield* read(variables.apiTokens),
    workerId: yield* read(variables.workerId, `${hostname()}-${process.pid}`),
    workerCapacity: yield* read(variables.workerCapacity),
    timings: yield* read(variables.fleetProfile),
    finishWithin: (yield* read(variables.drain)) ? yield* read(variables.drainTimeout) : undefined,
    autoscaling: yield* autoscaling(from),
    inputAllow: yield* read(variables.inputAllow),
    inputDeny: yield* read(variables.inputDeny),
    inputFolder: yield* read(variables.inputFolder),
    secretsEnv: yield* read(variables.secretsEnv),
    secretsFolder: yield* read(variables.secretsFolder),
    allowPipelines: yield* read(variables.allowCustomPipelines),
    relayCpuPercent: yield* read(variables.relayCpuPercent),
    relayMemoryMb: yield* read(variables.relayMemoryMb),
    otlpUrl: yield* read(variables.otlpUrl),
    logLevel: yield* read(variables.logLevel),
    logFormat: yield* read(variables.logFormat)
  }
})
