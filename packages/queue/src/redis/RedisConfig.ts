/**
 * Where Redis is, and what opens it. Read once, while a layer is built. One Redis serves many installations: the name of
 * the installation is in every key.
 */
import * as Setting from "@headend/core/Setting"
import { Context, Duration, Effect, FileSystem, Layer, Option, Redacted, Schema } from "effect"
import * as Pem from "../internal/pem.ts"

/** Where Redis is, complete. */
export interface Settings {
  /** `redis://` or `rediss://` with user, password and database as usual; Redis 7 or later. */
  readonly url: Redacted.Redacted
  /** With `rediss://`: the CA in PEM, where it is not one that Node knows. */
  readonly ca: string | undefined
  /** How long one call may take; 1.5 seconds unless given. It may be executed even so. */
  readonly requestTimeout: Duration.Duration
  /** How long the start waits for a Redis that is not there yet; 5 seconds unless given. */
  readonly startTimeout: Duration.Duration
}

export class RedisConfig extends Context.Service<RedisConfig, Settings>()("@headend/queue/redis/RedisConfig") {}

/** What may be given; the rest has its default. */
export interface Options {
  readonly url?: Redacted.Redacted
  readonly ca?: string | undefined
  readonly requestTimeout?: Duration.Input
  readonly startTimeout?: Duration.Input
}

/** The settings of Redis in the environment. */
export const variables = {
  url: Setting.make("HEADEND_REDIS_URL", {
    form: Setting.redacted(
      Setting.form(
        "redis:// or rediss://, host and port",
        (text) => /^rediss?:\/\/[^\s]+$/.test(text) && URL.canParse(text) ? Option.some(text) : Option.none()
      )
    ),
    default: "redis://127.0.0.1:6379",
    means: "with user, password and database as usual; Redis 7 or later"
  }),
  ca: Setting.make("HEADEND_REDIS_TLS_CA", {
    form: Pem.form,
    means: "file with the CA in PEM, where it is not one that Node knows; with `rediss://`"
  })
}

const complete = (options: Options): Settings => ({
  url: options.url ?? variables.url.absent,
  ca: options.ca,
  requestTimeout: Duration.fromInputUnsafe(options.requestTimeout ?? "1500 millis"),
  startTimeout: Duration.fromInputUnsafe(options.startTimeout ?? "5 seconds")
})

/** With these settings; what is not given has its default. */
export const layer = (options: Options): Layer.Layer<RedisConfig> => Layer.sync(RedisConfig, () => complete(options))

/** With the settings of the environment. */
export const layerConfig: Layer.Layer<RedisConfig, Setting.SettingsInvalid, FileSystem.FileSystem> = Layer.effect(
  RedisConfig,
  Effect.gen(function*() {
    const from = Setting.reader()
    const url = yield* from.read(variables.url)
    const ca = yield* Pem.content(from, yield* FileSystem.FileSystem, variables.ca)
    if (ca !== undefined && !isEncrypted(url)) {
      from.wrong.push(`${variables.ca.name}: of no use unless ${variables.url.name} begins with rediss://`)
    }
    return complete(yield* Setting.checked(from, { url, ca }))
  })
)

const isEncrypted = (url: Redacted.Redacted) => Redacted.value(url).startsWith("rediss://")

/** Host and port, without user and password. */
export const addressOf = ({ url }: Settings): string => new URL(Redacted.value(url)).host

/** It cannot be used as it is: not there, no way in, or too old. Names the setting, and no secret. */
export class RedisUnusable extends Schema.TaggedError<RedisUnusable>()("RedisUnusable", {
  address: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    const names = /certificate|altname/i.test(this.reason)
      ? [variables.url.name, variables.ca.name]
      : [variables.url.name]
    return `${names.join(", ")}: the Redis at ${this.address} cannot be used: ${this.reason}`
  }
}
