/**
 * Where Janus is, what opens it, and where media for it must be sent. Read once, while a layer is built.
 */
import { Config, Context, Duration, Effect, Layer, Option, Redacted, Schema } from "effect"

export interface Settings {
  /** WebSocket address of the Janus API, `ws://` or `wss://`. */
  readonly url: string
  readonly apiSecret: Redacted.Redacted | undefined
  readonly token: Redacted.Redacted | undefined
  /** Needed to create and to list private mountpoints, where the Streaming plugin has one. */
  readonly streamingAdminKey: Redacted.Redacted | undefined
  /** Needed to create, list and forward, where the VideoRoom plugin has one. */
  readonly videoroomAdminKey: Redacted.Redacted | undefined
  /** Host to which relays and forwarders send RTP. */
  readonly rtpHost: string
  /** What mountpoints bind: an address or the name of an interface of the media server; a host name is looked up. */
  readonly rtpInterface: string
  /** How long one request may take; 5 seconds unless given. It may be executed even so. */
  readonly requestTimeout: Duration.Duration
}

export class JanusConfig extends Context.Service<JanusConfig, Settings>()("@headend/janus/JanusConfig") {}

export interface Options {
  readonly url?: string
  readonly apiSecret?: Redacted.Redacted
  readonly token?: Redacted.Redacted
  readonly streamingAdminKey?: Redacted.Redacted
  readonly videoroomAdminKey?: Redacted.Redacted
  readonly rtpHost?: string
  readonly rtpInterface?: string
  readonly requestTimeout?: Duration.Input
}

/** An address of the Janus API. */
export const Url = Schema.String.check(
  Schema.isPattern(/^wss?:\/\/[^\s/]+/, { message: "expected a ws:// or wss:// address" })
)

const hostOf = (url: string) => new URL(url).hostname.replace(/^\[|\]$/g, "")

const complete = (options: Options): Settings => {
  const url = options.url ?? "ws://127.0.0.1:8188"
  const rtpHost = options.rtpHost ?? hostOf(url)
  return {
    url,
    apiSecret: options.apiSecret,
    token: options.token,
    streamingAdminKey: options.streamingAdminKey,
    videoroomAdminKey: options.videoroomAdminKey,
    rtpHost,
    rtpInterface: options.rtpInterface ?? rtpHost,
    requestTimeout: Duration.fromInputUnsafe(options.requestTimeout ?? "5 seconds")
  }
}

/** With these settings; what is not given has its default. */
export const layer = (options: Options): Layer.Layer<JanusConfig> => Layer.sync(JanusConfig, () => complete(options))

const given = <A>(config: Config.Config<A>) => Config.map(Config.option(config), Option.getOrUndefined)

const environment = Config.all({
  url: given(Config.schema(Url, "HEADEND_JANUS_URL")),
  apiSecret: given(Config.Redacted("HEADEND_JANUS_API_SECRET")),
  token: given(Config.Redacted("HEADEND_JANUS_TOKEN")),
  streamingAdminKey: given(Config.Redacted("HEADEND_JANUS_STREAMING_ADMIN_KEY")),
  videoroomAdminKey: given(Config.Redacted("HEADEND_JANUS_VIDEOROOM_ADMIN_KEY")),
  rtpHost: given(Config.schema(Schema.NonEmptyString, "HEADEND_JANUS_RTP_HOST")),
  rtpInterface: given(Config.schema(Schema.NonEmptyString, "HEADEND_JANUS_RTP_INTERFACE")),
  requestTimeout: given(Config.Duration("HEADEND_JANUS_REQUEST_TIMEOUT"))
})

const defined = <A extends object>(fields: A) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof A]?: Exclude<A[K], undefined>
  }

/** With the settings of the environment, each with the prefix `HEADEND_JANUS_`. */
export const layerConfig: Layer.Layer<JanusConfig, Config.ConfigError> = Layer.effect(
  JanusConfig,
  Effect.map(environment, (settings) => complete(defined(settings)))
)
