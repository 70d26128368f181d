/**
 * Where Janus is, what opens it, and where media for it must be sent. Read once, while a layer is built.
 */
import * as Setting from "@headend/core/Setting"
import { Context, Duration, Effect, Layer, type Redacted } from "effect"

/** Where Janus is, complete. */
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

/** What may be given; the rest has its default. */
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

/** The settings of Janus in the environment. */
export const variables = {
  url: Setting.make("HEADEND_JANUS_URL", {
    form: Setting.matching(/^wss?:\/\/[^\s/]+/, "a ws:// or wss:// address"),
    default: "ws://127.0.0.1:8188",
    means: "Janus API over WebSocket, `ws://` or `wss://`"
  }),
  apiSecret: Setting.make("HEADEND_JANUS_API_SECRET", {
    form: Setting.redacted(Setting.text),
    means: "Janus' `api_secret`"
  }),
  token: Setting.make("HEADEND_JANUS_TOKEN", {
    form: Setting.redacted(Setting.text),
    means: "a token of Janus' token authentication"
  }),
  streamingAdminKey: Setting.make("HEADEND_JANUS_STREAMING_ADMIN_KEY", {
    form: Setting.redacted(Setting.text),
    means: "`admin_key` of the Streaming plugin"
  }),
  videoroomAdminKey: Setting.make("HEADEND_JANUS_VIDEOROOM_ADMIN_KEY", {
    form: Setting.redacted(Setting.text),
    means: "`admin_key` of the VideoRoom plugin"
  }),
  rtpHost: Setting.open("HEADEND_JANUS_RTP_HOST", {
    form: Setting.text,
    otherwise: "host of the URL",
    means: "where forwarders send, as seen from Janus"
  }),
  rtpInterface: Setting.open("HEADEND_JANUS_RTP_INTERFACE", {
    form: Setting.text,
    otherwise: "`RTP_HOST`",
    means: "what mountpoints bind: an address of the Janus machine, or a host name that resolves to one"
  }),
  requestTimeout: Setting.make("HEADEND_JANUS_REQUEST_TIMEOUT", {
    form: Setting.duration,
    default: "5 seconds",
    means: "for one answer of Janus"
  })
}

const hostOf = (url: string) => new URL(url).hostname.replace(/^\[|\]$/g, "")

const complete = (options: { readonly [K in keyof Options]?: Options[K] | undefined }): Settings => {
  const url = options.url ?? variables.url.absent
  const rtpHost = options.rtpHost ?? hostOf(url)
  return {
    url,
    apiSecret: options.apiSecret,
    token: options.token,
    streamingAdminKey: options.streamingAdminKey,
    videoroomAdminKey: options.videoroomAdminKey,
    rtpHost,
    rtpInterface: options.rtpInterface ?? rtpHost,
    requestTimeout: Duration.fromInputUnsafe(options.requestTimeout ?? variables.requestTimeout.absent)
  }
}

/** With these settings; what is not given has its default. */
export const layer = (options: Options): Layer.Layer<JanusConfig> => Layer.sync(JanusConfig, () => complete(options))

/** With the settings of the environment, each with the prefix `HEADEND_JANUS_`. Fails with all that are wrong. */
export const layerConfig: Layer.Layer<JanusConfig, Setting.SettingsInvalid> = Layer.effect(
  JanusConfig,
  Effect.gen(function*() {
    const from = Setting.reader()
    const { read } = from
    const options = {
      url: yield* read(variables.url),
      apiSecret: yield* read(variables.apiSecret),
      token: yield* read(variables.token),
      streamingAdminKey: yield* read(variables.streamingAdminKey),
      videoroomAdminKey: yield* read(variables.videoroomAdminKey),
      rtpHost: yield* read(variables.rtpHost, undefined),
      rtpInterface: yield* read(variables.rtpInterface, undefined),
      requestTimeout: yield* read(variables.requestTimeout)
    }
    return complete(yield* Setting.checked(from, options))
  })
)
