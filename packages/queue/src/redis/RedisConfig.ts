/**
 * Where Redis is, and what opens it. Read once, while a layer is built. One Redis serves many installations: the name of
 * the installation is in every key.
 */
import { Config, Context, Duration, Effect, Layer, Option, Redacted, Schema } from "effect"

export interface Settings {
  /** `redis://` or `rediss://` with user, password and database as usual; Redis 7 or later. */
  readonly url: Redacted.Redacted
  /** How long one call may take; 1.5 seconds unless given. It may be executed even so. */
  readonly requestTimeout: Duration.Duration
  /** How long the start waits for a Redis that is not there yet; 5 seconds unless given. */
  readonly startTimeout: Duration.Duration
}

export class RedisConfig extends Context.Service<RedisConfig, Settings>()("@headend/queue/redis/RedisConfig") {}

export interface Options {
  readonly url?: Redacted.Redacted
  readonly requestTimeout?: Duration.Input
  readonly startTimeout?: Duration.Input
}

const isUrl = (text: string) => /^rediss?:\/\/[^\s]+$/.test(text) && URL.canParse(text)

/** An address of Redis; it may hold a password. */
export const Url = Schema.RedactedFromValue(
  Schema.String.check(
    Schema.makeFilter((text) => isUrl(text) ? undefined : "expected redis:// or rediss://, host and port")
  )
)

const complete = (options: Options): Settings => ({
  url: options.url ?? Redacted.make("redis://127.0.0.1:6379"),
  requestTimeout: Duration.fromInputUnsafe(options.requestTimeout ?? "1500 millis"),
  startTimeout: Duration.fromInputUnsafe(options.startTimeout ?? "5 seconds")
})

/** With these settings; what is not given has its default. */
export const layer = (options: Options): Layer.Layer<RedisConfig> => Layer.sync(RedisConfig, () => complete(options))

/** With `HEADEND_REDIS_URL`, `redis://127.0.0.1:6379` unless it is set. */
export const layerConfig: Layer.Layer<RedisConfig, Config.ConfigError> = Layer.effect(
  RedisConfig,
  Effect.map(
    Config.option(Config.schema(Url, "HEADEND_REDIS_URL")),
    (url) => complete(Option.isSome(url) ? { url: url.value } : {})
  )
)

/** Host and port, without user and password. */
export const addressOf = ({ url }: Settings): string => new URL(Redacted.value(url)).host

/** It cannot be used as it is: not there, no way in, or too old. Names the setting, and no secret. */
export class RedisUnusable extends Schema.TaggedError<RedisUnusable>()("RedisUnusable", {
  address: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `HEADEND_REDIS_URL: the Redis at ${this.address} cannot be used: ${this.reason}`
  }
}
