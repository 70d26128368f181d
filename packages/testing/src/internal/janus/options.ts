// The settings of the fake, with the values of the test Janus as defaults.
import type { Settings } from "./State.ts"

/** Settings; the defaults are those of the test Janus. Times are in the unit that the name says. */
export interface FakeJanusOptions {
  /** The port to listen on; 0, the default, lets the kernel choose. */
  readonly port?: number
  /** 1102, the default, is 1.1.2; 1104 and later take a viewer's offer. */
  readonly version?: number
  readonly serverName?: string
  /** The address in SDP and candidates. */
  readonly address?: string
  readonly apiSecret?: string
  /** Token authentication: each token with the plugins that it opens. */
  readonly tokens?: Readonly<Record<string, ReadonlyArray<string>>>
  /** Seconds without any request of a session before it ends; 0 for never. Default 60. */
  readonly sessionTimeout?: number
  /** Seconds during which a session may be claimed after its socket was lost. Default 0. */
  readonly reclaimSessionTimeout?: number
  /** Milliseconds between two looks for silent sessions. Default 2000, as in Janus. */
  readonly watchdogMillis?: number
  /** The admin key of the Streaming plugin, or null for none. */
  readonly streamingAdminKey?: string | null
  /** The admin key of the VideoRoom plugin, or null for none. */
  readonly videoroomAdminKey?: string | null
  /** Whether rtp_forward needs the admin key, too. Default true. */
  readonly lockRtpForward?: boolean
  /** First and last port for mountpoints that leave the choice to Janus. */
  readonly streamingPorts?: readonly [number, number]
  /** Ids are strings in both plugins. */
  readonly stringIds?: boolean
  /** Candidates come as events; otherwise they are in the answer. Default true. */
  readonly fullTrickle?: boolean
  /** Milliseconds from an answer to media, default 20; Infinity for a peer that never connects. */
  readonly connectMillis?: number
  /** How many journal entries are kept at least. Default 100 000. */
  readonly journalLimit?: number
  /** A clock in milliseconds; only differences count. */
  readonly now?: () => number
}

export const settingsOf = (options: FakeJanusOptions): Settings => ({
  version: options.version ?? 1102,
  serverName: options.serverName ?? "headend-fake",
  address: options.address ?? "127.0.0.1",
  apiSecret: options.apiSecret,
  tokens: options.tokens,
  sessionTimeout: options.sessionTimeout ?? 60,
  reclaimSessionTimeout: options.reclaimSessionTimeout ?? 0,
  streamingAdminKey: options.streamingAdminKey === undefined ? "streaming-admin" : options.streamingAdminKey,
  videoroomAdminKey: options.videoroomAdminKey === undefined ? "videoroom-admin" : options.videoroomAdminKey,
  lockRtpForward: options.lockRtpForward ?? true,
  streamingPorts: options.streamingPorts ?? [32_000, 39_999],
  stringIds: options.stringIds ?? false,
  fullTrickle: options.fullTrickle ?? true,
  connectMillis: options.connectMillis ?? 20,
  now: options.now ?? (() => performance.now())
})
