/**
 * The settings that all apps share. Those of Janus are read where Janus is known, in `JanusConfig`; those of one app
 * alone, in the app.
 */
import { Scope } from "@headend/api/Authorized"
import * as Autoscaling from "@headend/core/Autoscaling"
import { defaultTimings, fastTimings, type Timings } from "@headend/core/Lease"
import * as InputPolicy from "@headend/relay/InputPolicy"
import { type Config, Duration, Effect, type LogLevel, Redacted, Result, Schema } from "effect"
import { isBuiltin } from "node:module"
import { hostname } from "node:os"
import type { ApiToken } from "./ApiTokens.ts"
import type { QueueName, RegistryName } from "./Backends.ts"
import * as OperatorSecrets from "./OperatorSecrets.ts"
import { duration, listOf, matching, number, oneOf, type Parse, type Reader, text } from "./SettingsReader.ts"

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
  /** Where `pull` may read files; nowhere when empty. */
  readonly inputFolder: string
  /** Variables that a secret of a specification may be given by: names, and beginnings of names with a `*` behind them. */
  readonly secretsEnv: ReadonlyArray<string>
  /** Below which it may be given by a file; nowhere when empty. */
  readonly secretsFolder: string
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

const key: Parse<Redacted.Redacted> = (given) =>
  Result.map(
    matching(/^[A-Za-z0-9+/]{43}=$/, "base64 of 32 bytes; several are separated by commas")(given),
    Redacted.make
  )

const token: Parse<ApiToken> = (given) => {
  const [, name, scope, secret] = /^([A-Za-z0-9_-]+):([a-z]+):(\S+)$/.exec(given) ?? []
  return name !== undefined && secret !== undefined && Schema.is(Scope)(scope)
    ? Result.succeed({ name, scope, token: Redacted.make(secret) })
    : Result.fail("expected name:scope:token, separated by commas; scopes are read and write")
}

const tokens: Parse<ReadonlyArray<ApiToken>> = (given) =>
  Result.flatMap(listOf(token)(given), (list) =>
    new Set(list.map(({ name }) => name)).size === list.length
      ? Result.succeed(list)
      : Result.fail("two tokens have the same name"))

const network: Parse<string> = (given) => Result.map(InputPolicy.network(given), () => given)

const registryNames = { memory: "memory", sqlite: "sqlite", redis: "redis" } as const
const queueNames = { ...registryNames, kafka: "kafka" } as const

const levels = {
  all: "All",
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  warning: "Warn",
  error: "Error",
  fatal: "Fatal",
  none: "None"
} as const

/** Names and addresses of this machine, as seen from itself. */
export const isLoopback = (name: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(name)

const autoscaling = Effect.fnUntraced(function*({ read, wrong }: Reader) {
  const { defaultPolicy } = Autoscaling
  const policy: Autoscaling.Policy = {
    ...defaultPolicy,
    minWorkers: yield* read("AUTOSCALE_MIN_WORKERS", number(0, 10_000, true), defaultPolicy.minWorkers),
    maxWorkers: yield* read("AUTOSCALE_MAX_WORKERS", number(1, 10_000, true), defaultPolicy.maxWorkers),
    targetUtilisation: yield* read("AUTOSCALE_UTILISATION", number(0.05, 1, false), defaultPolicy.targetUtilisation),
    headroomCost: yield* read("AUTOSCALE_HEADROOM", number(0, 1_000_000, false), defaultPolicy.headroomCost),
    downStabilisationMs: Duration.toMillis(
      yield* read("AUTOSCALE_DOWN_AFTER", duration, Duration.millis(defaultPolicy.downStabilisationMs))
    )
  }
  if (policy.minWorkers > policy.maxWorkers) {
    wrong.push("HEADEND_AUTOSCALE_MIN_WORKERS: more than HEADEND_AUTOSCALE_MAX_WORKERS")
  }
  return policy
})

/** Node 22.13 and later; before, what is wanted is kept in memory unless the settings say where. */
export const hasSqlite = isBuiltin("node:sqlite")

/** Reads them; `port` is what stands for an absent `HEADEND_HTTP_PORT`. */
export const shared = Effect.fnUntraced(function*(
  from: Reader,
  absent: { readonly port: number }
): Effect.fn.Return<Settings, Config.ConfigError> {
  const { read } = from
  const registry = yield* read("REGISTRY", oneOf<RegistryName>(registryNames), hasSqlite ? "sqlite" : "memory")
  return {
    instance: yield* read("INSTANCE", matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "letters and digits"), "default"),
    fakeJanus: (yield* read("JANUS_URL", text, "")) === "fake",
    secretKeys: yield* read("SECRET_KEY", listOf(key), []),
    registry,
    // where the registry is shared, the queue is
    queue: yield* read("QUEUE", oneOf<QueueName>(queueNames), registry),
    sqlitePath: yield* read("SQLITE_PATH", text, "./headend.db"),
    host: yield* read("HTTP_HOST", matching(/^\S+$/, "an address or a host name"), "127.0.0.1"),
    port: yield* read("HTTP_PORT", number(0, 65_535, true), absent.port),
    tokens: yield* read("API_TOKENS", tokens, []),
    workerId: yield* read("WORKER_ID", matching(/^\S{1,128}$/, "no spaces"), `${hostname()}-${process.pid}`),
    workerCapacity: yield* read("WORKER_CAPACITY", number(0, 1_000_000, false), 100),
    timings: yield* read("FLEET_PROFILE", oneOf({ default: defaultTimings, fast: fastTimings }), defaultTimings),
    finishWithin: (yield* read("DRAIN", oneOf({ handover: false, finish: true }), false))
      ? yield* read("DRAIN_TIMEOUT", duration, Duration.hours(1))
      : undefined,
    autoscaling: yield* autoscaling(from),
    inputAllow: yield* read("INPUT_ALLOW", listOf(network), []),
    inputDeny: yield* read("INPUT_DENY", listOf(network), []),
    inputFolder: yield* read("INPUT_FOLDER", matching(/^\//, "an absolute path"), ""),
    secretsEnv: yield* read("SECRETS_ENV", listOf(OperatorSecrets.variable), []),
    secretsFolder: yield* read("SECRETS_FOLDER", matching(/^\/./, "an absolute path"), ""),
    allowPipelines: yield* read("ALLOW_CUSTOM_PIPELINES", oneOf({ true: true, false: false }), false),
    relayCpuPercent: yield* read<number | undefined>("RELAY_CPU_PERCENT", number(1, 10_000, false), undefined),
    relayMemoryMb: yield* read<number | undefined>("RELAY_MEMORY_MB", number(1, 1_000_000, false), undefined),
    otlpUrl: yield* read<string | undefined>(
      "OTLP_URL",
      matching(/^https?:\/\/[^\s@]+$/, "the address of a collector, http:// or https://"),
      undefined
    ),
    logLevel: yield* read("LOG_LEVEL", oneOf<LogLevel.LogLevel>(levels), "Info"),
    logFormat: yield* read("LOG_FORMAT", oneOf({ pretty: "pretty", logfmt: "logfmt", json: "json" }), "logfmt")
  }
})
