/**
 * A mountpoint: a Janus Streaming mountpoint, RTP ports in, viewers out.
 */
import { Schema, SchemaGetter } from "effect"
import { DurationInput } from "./DurationInput.ts"
import { MountpointExtra } from "./Extra.ts"
import { PlacedTrack, Track } from "./Track.ts"

/** A number from 1 to 2^53 - 1, or a string where Janus runs with `string_ids`. */
export const ResourceId = Schema.Union([
  Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  Schema.String.check(Schema.isPattern(/^\S{1,128}$/, {
    message: "expected 1 to 128 characters without white space"
  }))
])
export type ResourceId = typeof ResourceId.Type

export const MountpointId = ResourceId
export type MountpointId = ResourceId

const Secret = Schema.RedactedFromValue(Schema.NonEmptyString)

const common = {
  id: Schema.optionalKey(MountpointId),
  name: Schema.optionalKey(Schema.String),
  description: Schema.optionalKey(Schema.String),
  /** The caller's own; kept beside our mark. */
  metadata: Schema.optionalKey(Schema.Unknown),
  /** Needed to edit and destroy it; derived when absent. */
  secret: Schema.optionalKey(Secret),
  /** Needed by viewers to watch it. */
  pin: Schema.optionalKey(Secret),
  private: Schema.optionalKey(Schema.Boolean),
  /** Written into the configuration file of Janus, too. */
  permanent: Schema.optionalKey(Schema.Boolean),
  enabled: Schema.optionalKey(Schema.Boolean),
  /** Passed through to Janus untouched; nothing that headend sets itself. */
  extra: Schema.optionalKey(MountpointExtra)
}

const tracks = Schema.Array(Track).check(
  Schema.isMinLength(1),
  Schema.makeFilter((media: ReadonlyArray<Track>) => {
    const issues: Array<Schema.FilterIssue> = []
    const seen = new Map<string, number>()
    const ports = new Map<number, string>()
    media.forEach((track, i) => {
      if (track.mid !== undefined) {
        const before = seen.get(track.mid)
        if (before !== undefined) {
          issues.push({ path: [i, "mid"], issue: `"${track.mid}" is the mid of track ${before}` })
        } else seen.set(track.mid, i)
      }
      const named = { port: track.port, rtcpPort: track.type === "data" ? undefined : track.rtcpPort }
      for (const [field, port] of Object.entries(named)) {
        if (port === undefined || port === 0) continue
        const before = ports.get(port)
        if (before !== undefined) issues.push({ path: [i, field], issue: `port ${port} is taken by ${before}` })
        else ports.set(port, `track ${i}`)
      }
      if (track.sourceMid !== undefined && track.sourceIndex !== undefined) {
        issues.push({
          path: [i, "sourceIndex"],
          issue: "name the source's track by sourceMid or by sourceIndex, not both"
        })
      }
    })
    return issues
  })
)

/** Encrypted RTP into the mountpoint (SRTP): `suite` 32 or 80, `crypto` base64 of the 30-byte key. */
export const Srtp = Schema.Struct({
  suite: Schema.Literals([32, 80]),
  crypto: Schema.RedactedFromValue(Schema.String.check(Schema.isPattern(/^[A-Za-z0-9+/]{40}$/, {
    message: "expected base64 of 30 bytes, 40 characters"
  })))
})

export const RtpMountpointSpec = Schema.Struct({
  ...common,
  type: Schema.tag("rtp"),
  /** H.264 and Opus, or what the publisher sends, when absent. */
  media: Schema.optionalKey(tracks),
  threads: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 64 }))),
  /**
   * Packets of a new sender are dropped until the old one has been silent for so long. 200 ms unless given. 100 to
   * 300 ms keep two senders apart; 0 mixes them, 500 and more costs broken frames at every restart of a relay.
   */
  collision: Schema.optionalKey(DurationInput),
  srtp: Schema.optionalKey(Srtp)
})

const FileMountpointSpec = <T extends "live" | "ondemand">(type: T) =>
  Schema.Struct({ ...common, type: Schema.tag(type), filename: Schema.NonEmptyString })

export const RtspMountpointSpec = Schema.Struct({
  ...common,
  type: Schema.tag("rtsp"),
  url: Schema.RedactedFromValue(Schema.String.check(Schema.isPattern(/^rtsps?:\/\/[^\s]+$/, {
    message: "expected an rtsp:// address"
  }))),
  rtspUser: Schema.optionalKey(Schema.String),
  rtspPassword: Schema.optionalKey(Secret),
  rtspTimeout: Schema.optionalKey(DurationInput),
  rtspConnectTimeout: Schema.optionalKey(DurationInput),
  rtspReconnectDelay: Schema.optionalKey(DurationInput)
})

const kinds = Schema.Union([
  RtpMountpointSpec,
  FileMountpointSpec("live"),
  FileMountpointSpec("ondemand"),
  RtspMountpointSpec
]).annotate({ message: "expected a \"type\" of \"rtp\", \"live\", \"ondemand\" or \"rtsp\"" })

/** A mountpoint to create; its `type` is `rtp` when it names none. Other types bring their own media. */
export const MountpointSpec = Schema.Record(Schema.String, Schema.Unknown).pipe(
  Schema.decodeTo(kinds, {
    // with the type filled in first, the union knows which member is meant, and names its failing fields only
    decode: SchemaGetter.transform((given: { readonly [key: string]: unknown }) =>
      ("type" in given ? given : { type: "rtp", ...given }) as typeof kinds.Encoded
    ),
    encode: SchemaGetter.transform((spec: typeof kinds.Encoded) => ({ ...spec }))
  })
)
export type MountpointSpec = typeof MountpointSpec.Type
export type RtpMountpointSpec = typeof RtpMountpointSpec.Type

/** A mountpoint that exists, whoever made it. */
export const Adopted = Schema.Struct({
  id: MountpointId,
  secret: Schema.optionalKey(Secret),
  /** Its tracks with their ports: needed when the secret is not known, since Janus hides the ports then. */
  media: Schema.optionalKey(tracks)
})
export type Adopted = typeof Adopted.Type

/** A mountpoint as it is on the media server. */
export const Mountpoint = Schema.Struct({
  /** The id inside Janus. */
  id: MountpointId,
  /** Address of the Janus that has it. */
  janus: Schema.String,
  /** We made it, and destroy it. */
  created: Schema.Boolean,
  media: Schema.Array(PlacedTrack)
})
export type Mountpoint = typeof Mountpoint.Type

/** Where RTP for a track goes. */
export interface Target {
  readonly host: string
  readonly port: number
}

/** How fresh a mountpoint's media is. */
export interface MountpointReading {
  readonly enabled: boolean
  /** Time since the last packet of each track, or since its creation: a fresh mountpoint looks alive. */
  readonly tracks: ReadonlyArray<{ readonly mid: string; readonly ageMs: number | null }>
  readonly viewers: number | null
}
