/**
 * The settings that every app has: what each takes, its default, what it means. `Settings` reads them, and the table in
 * `docs/operations.md` is made of them: a word that changes here changes there.
 */
import { Scope } from "@headend/api/Authorized"
import { defaultPolicy } from "@headend/core/Autoscaling"
import { defaultTimings, fastTimings } from "@headend/core/Lease"
import * as Setting from "@headend/core/Setting"
import * as JanusConfig from "@headend/janus/JanusConfig"
import * as InputPolicy from "@headend/relay/InputPolicy"
import { Duration, type LogLevel, Redacted, Result, Schema } from "effect"
import { isBuiltin } from "node:module"
import type { ApiToken } from "./ApiTokens.ts"
import type { QueueName, RegistryName } from "./Backends.ts"
import * as OperatorSecrets from "./OperatorSecrets.ts"

const { boolean, duration, listOf, make, matching, number, oneOf, open, redacted, text } = Setting

const token: Setting.Form<ApiToken> = {
  takes: "name:scope:token, separated by commas; scopes are read and write",
  parse: (given) => {
    const [, name, scope, secret] = /^([A-Za-z0-9_-]+):([a-z]+):(\S+)$/.exec(given) ?? []
    return name !== undefined && secret !== undefined && Schema.is(Scope)(scope)
      ? Result.succeed({ name, scope, token: Redacted.make(secret) })
      : Result.fail(`expected ${token.takes}`)
  }
}

const tokens: Setting.Form<ReadonlyArray<ApiToken>> = {
  takes: token.takes,
  parse: (given) =>
    Result.flatMap(listOf(token).parse(given), (list) =>
      new Set(list.map(({ name }) => name)).size === list.length
        ? Result.succeed(list)
        : Result.fail("two tokens have the same name"))
}

const networks = listOf<string>({
  takes: "addresses or networks such as 10.0.0.0/8, separated by commas",
  parse: (given) => Result.map(InputPolicy.network(given), () => given)
})

const registryNames = { memory: "memory", sqlite: "sqlite", redis: "redis" } as const

/** Node 22.13 and later; before, what is wanted is kept in memory unless the settings say where. */
export const hasSqlite = isBuiltin("node:sqlite")

/** Where each app listens unless told otherwise. */
export const ports = { http: 8080, worker: 8081 } as const

export const variables = {
  instance: make("HEADEND_INSTANCE", {
    form: matching(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      "1 to 64 letters, digits, dots, dashes and underscores, the first a letter or digit"
    ),
    default: "default",
    means:
      "name of this installation, in every mark on Janus. **Two apps on one Janus need two names**: they would sweep "
      + "each other's broadcasts"
  }),
  janusUrl: {
    ...JanusConfig.variables.url,
    form: { ...text, takes: `${JanusConfig.variables.url.form.takes}, or fake` },
    means: `${JanusConfig.variables.url.means}; \`fake\` runs the built-in fake Janus`
  },
  secretKey: open("HEADEND_SECRET_KEY", {
    form: listOf(redacted(matching(
      /^[A-Za-z0-9+/]{43}=$/,
      "base64 of 32 bytes; several are separated by commas"
    ))),
    otherwise: "the file `headend.key`",
    means: "the key of this installation (`openssl rand -base64 32`); of several the newest first. See below"
  }),
  httpHost: make("HEADEND_HTTP_HOST", {
    form: matching(/^\S+$/, "an address or a host name"),
    default: "127.0.0.1",
    means: "where to listen; any but loopback needs `HEADEND_API_TOKENS`"
  }),
  httpPort: open("HEADEND_HTTP_PORT", {
    form: number(0, 65_535, true),
    otherwise: `\`${ports.http}\`; worker: \`${ports.worker}\``,
    means: "where to listen; 0 takes a free one"
  }),
  apiTokens: make("HEADEND_API_TOKENS", {
    form: tokens,
    default: "",
    means: "who may ask: with `read` to read, with `write` to change things; needed on any address but loopback"
  }),
  workerId: open("HEADEND_WORKER_ID", {
    form: matching(/^\S{1,128}$/, "1 to 128 characters without spaces"),
    otherwise: "host name and process id",
    means: "unique among the workers of a registry"
  }),
  workerCapacity: make("HEADEND_WORKER_CAPACITY", {
    form: number(0, 1_000_000, false),
    default: "100",
    means: "in units of cost: a forward costs 0.1, a relay that copies 0.5, a test pattern 1, a relay that is told to "
      + "transcode 2; more stay `pending`"
  }),
  fleetProfile: make("HEADEND_FLEET_PROFILE", {
    form: oneOf({ default: defaultTimings, fast: fastTimings }),
    default: "default",
    means: "lease of 15 s, renewed every 5 s; `fast`: 6 s, every 2 s. The same for all processes of a fleet"
  }),
  registry: open("HEADEND_REGISTRY", {
    form: oneOf<RegistryName>(registryNames),
    otherwise: "`sqlite`; `memory` before Node 22.13",
    means: "where what is wanted is kept: `memory`, gone with the process; `sqlite`, in one file, for one process; "
      + "`redis`, shared by any number of HTTP apps and workers. Redis needs `HEADEND_SECRET_KEY`, the same for all"
  }),
  sqlitePath: make("HEADEND_SQLITE_PATH", {
    form: text,
    default: "./headend.db",
    means:
      "the file of registry and queue in SQLite, locked by the one process that uses it; `headend.key` lies beside it"
  }),
  queue: open("HEADEND_QUEUE", {
    form: oneOf<QueueName>({ ...registryNames, kafka: "kafka" }),
    otherwise: "as the registry",
    means: "where jobs wait; `kafka` needs `HEADEND_KAFKA_BROKERS`"
  }),
  autoscaleMinWorkers: make("HEADEND_AUTOSCALE_MIN_WORKERS", {
    form: number(0, 10_000, true),
    default: String(defaultPolicy.minWorkers),
    means: "what `/v1/autoscale` recommends at least"
  }),
  autoscaleMaxWorkers: make("HEADEND_AUTOSCALE_MAX_WORKERS", {
    form: number(1, 10_000, true),
    default: String(defaultPolicy.maxWorkers),
    means: "and at most"
  }),
  autoscaleUtilisation: make("HEADEND_AUTOSCALE_UTILISATION", {
    form: number(0.05, 1, false),
    default: String(defaultPolicy.targetUtilisation),
    means: "how full a worker is meant to be"
  }),
  autoscaleHeadroom: make("HEADEND_AUTOSCALE_HEADROOM", {
    form: number(0, 1_000_000, false),
    default: String(defaultPolicy.headroomCost),
    means: "cost that is to fit besides what is there"
  }),
  autoscaleDownAfter: make("HEADEND_AUTOSCALE_DOWN_AFTER", {
    form: duration,
    default: `${Duration.toMinutes(Duration.millis(defaultPolicy.downStabilisationMs))} minutes`,
    means: "it recommends fewer only when fewer were enough for so long"
  }),
  drain: make("HEADEND_DRAIN", {
    form: oneOf({ handover: false, finish: true }),
    default: "handover",
    means:
      "what a worker does at SIGTERM (not with a registry in memory, which ends by stopping): `handover` gives its "
      + "broadcasts to others at once; `finish` takes nothing more and waits for them to end"
  }),
  drainTimeout: make("HEADEND_DRAIN_TIMEOUT", {
    form: duration,
    default: "1 hour",
    means: "how long `finish` waits before it hands over the rest"
  }),
  inputAllow: make("HEADEND_INPUT_ALLOW", {
    form: networks,
    default: "",
    means: "addresses and networks (`192.0.2.0/24,2001:db8::/32`) that relays may read from; when set, no others"
  }),
  inputDeny: make("HEADEND_INPUT_DENY", {
    form: networks,
    default: "",
    means:
      "and those that they may not, besides link-local, cloud metadata, unspecified and multicast addresses, which "
      + "are never allowed"
  }),
  inputFolder: make("HEADEND_INPUT_FOLDER", {
    form: matching(/^\//, "an absolute path"),
    means: "`pull` reads files below it, links followed; without it no files at all"
  }),
  relayCpuPercent: make("HEADEND_RELAY_CPU_PERCENT", {
    form: number(1, 10_000, false),
    means:
      "what each relay may use: percent of one core (for five seconds); `relay.limits` of a specification may ask for "
      + "less"
  }),
  relayMemoryMb: make("HEADEND_RELAY_MEMORY_MB", {
    form: number(1, 1_000_000, false),
    means: "and resident memory, in MiB"
  }),
  secretsEnv: make("HEADEND_SECRETS_ENV", {
    form: listOf(OperatorSecrets.variable),
    default: "",
    means: "variables that a secret of a specification may be given by; `CAMERA_*` allows all that begin so. Never a "
      + "setting of headend: of names with `HEADEND_` only those with `HEADEND_SECRET_`, and not the key"
  }),
  secretsFolder: make("HEADEND_SECRETS_FOLDER", {
    form: matching(/^\/./, "an absolute path"),
    means: "a secret may be given by a file below it, of at most 16 KiB; links are followed as long as they stay below"
  }),
  allowCustomPipelines: make("HEADEND_ALLOW_CUSTOM_PIPELINES", {
    form: boolean,
    default: "false",
    means:
      "`true`: callers may bring GStreamer pipelines (`relay.pipeline`). **A pipeline is a program**: it reads and "
      + "writes files and reaches every network as this process does"
  }),
  otlpUrl: make("HEADEND_OTLP_URL", {
    form: matching(/^https?:\/\/[^\s@]+$/, "the address of a collector, http:// or https://"),
    means: "base address of an OpenTelemetry collector (`http://127.0.0.1:4318`): traces to `/v1/traces`, logs to "
      + "`/v1/logs`, as JSON"
  }),
  logLevel: make("HEADEND_LOG_LEVEL", {
    form: oneOf<LogLevel.LogLevel>({
      all: "All",
      trace: "Trace",
      debug: "Debug",
      info: "Info",
      warn: "Warn",
      warning: "Warn",
      error: "Error",
      fatal: "Fatal",
      none: "None"
    }),
    default: "info",
    means: "what is logged: this, and what is worse"
  }),
  logFormat: make("HEADEND_LOG_FORMAT", {
    form: oneOf({ pretty: "pretty", logfmt: "logfmt", json: "json" }),
    default: "logfmt",
    means: "how it is logged"
  })
}
