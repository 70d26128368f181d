/**
 * A room, the publishers in it, and the forwarders that carry their tracks to RTP ports.
 */
import { Schema } from "effect"
import { between } from "./DurationInput.ts"
import { RoomExtra } from "./Extra.ts"
import { ResourceId } from "./Mountpoint.ts"
import { type Resolved, Secret } from "./Secret.ts"
import { Line } from "./Text.ts"
import { AudioCodec, VideoCodec } from "./Track.ts"

/** A number or a text, as Janus is set up. */
export const RoomId = ResourceId
export type RoomId = ResourceId
/** A number or a text, as Janus is set up. */
export const PublisherId = ResourceId
export type PublisherId = ResourceId

const Flag = Schema.optionalKey(Schema.Boolean)

/** What Janus takes when a room is made, under friendly names. */
export const RoomSpec = Schema.Struct({
  description: Schema.optionalKey(Schema.String),
  /** Needed to edit, forward from and destroy it; derived when absent. */
  secret: Schema.optionalKey(Secret),
  /** Needed to join it. */
  pin: Schema.optionalKey(Secret),
  private: Flag,
  permanent: Flag,
  /** How many may publish at once; 3 unless given. */
  publishers: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 }))),
  /** Bit/s that a publisher is told to stay under. */
  bitrate: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000 }))),
  bitrateCap: Flag,
  /** How often a keyframe is asked of each publisher; 10 seconds unless given. Janus counts in whole seconds. */
  firInterval: Schema.optionalKey(between("0 seconds", "1 hour")),
  /** Order is preference. Those of the mountpoint unless given. */
  audioCodecs: Schema.optionalKey(Schema.Array(AudioCodec).check(Schema.isMinLength(1), Schema.isMaxLength(5))),
  videoCodecs: Schema.optionalKey(Schema.Array(VideoCodec).check(Schema.isMinLength(1), Schema.isMaxLength(5))),
  vp9Profile: Schema.optionalKey(Line),
  h264Profile: Schema.optionalKey(Line),
  opusFec: Flag,
  opusDtx: Flag,
  audioLevel: Flag,
  audioLevelEvents: Flag,
  audioActivePackets: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  audioLevelAverage: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 127 }))),
  videoOrientation: Flag,
  playoutDelay: Flag,
  transportWideCongestionControl: Flag,
  record: Flag,
  recordFolder: Schema.optionalKey(Line),
  lockRecord: Flag,
  requirePrivateId: Flag,
  signedTokens: Flag,
  notifyJoining: Flag,
  requireE2ee: Flag,
  dummyPublisher: Flag,
  /** Helper threads for many subscribers (Janus 1.2.3 and later). */
  threads: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 64 }))),
  /** Tokens that may join. */
  allowed: Schema.optionalKey(Schema.Array(Secret)),
  /** The plugin's admin key, when the configured one is not meant. */
  adminKey: Schema.optionalKey(Secret),
  /** Passed through to Janus untouched; nothing that headend sets itself. */
  extra: Schema.optionalKey(RoomExtra)
})
export type RoomSpec = Resolved<typeof RoomSpec.Type>

/** A room as it is on the media server. */
export const Room = Schema.Struct({ id: RoomId, created: Schema.Boolean })
export type Room = typeof Room.Type

/** A track that a publisher sends; `mid` is the publisher's own. */
export interface PublishedTrack {
  readonly mid: string
  readonly type: "audio" | "video" | "data"
  readonly codec: string | null
}

/** A participant who sends. */
export interface Publisher {
  readonly id: PublisherId
  readonly display: string | null
  readonly tracks: ReadonlyArray<PublishedTrack>
}

/** A forwarder wanted: one track of a publisher to one track of a mountpoint. */
export interface Forward {
  readonly sourceMid: string
  /** `mid` of the mountpoint's track. */
  readonly mid: string
  readonly type: "audio" | "video" | "data"
  readonly host: string
  readonly port: number
  readonly rtcpPort: number | null
  readonly pt: number | null
}

/** How to forward; for those who know why. */
export const ForwardOptions = Schema.Struct({
  /** A fixed SSRC. Another one than a running forwarder's stops the picture. */
  ssrc: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4_294_967_295 }))),
  /** Forward a simulcast publisher's layers as they are. */
  simulcast: Schema.optionalKey(Schema.Boolean),
  srtp: Schema.optionalKey(Schema.Struct({
    suite: Schema.Literals([32, 80]),
    crypto: Secret
  }))
})
export type ForwardOptions = Resolved<typeof ForwardOptions.Type>

/** A forwarder that runs. */
export const Forwarder = Schema.Struct({
  mid: Schema.String,
  streamId: Schema.Int,
  host: Schema.String,
  port: Schema.Int
})
export type Forwarder = typeof Forwarder.Type
