/**
 * A mountpoint: a Janus Streaming mountpoint, RTP ports in, viewers out.
 */
import { Effect, Schema, SchemaGetter, SchemaIssue } from "effect"
import { between, DurationInput } from "./DurationInput.ts"
import { MountpointExtra } from "./Extra.ts"
import * as Cross from "./internal/crossChecks.ts"
import { redacted, type Resolved, Secret, secret } from "./Secret.ts"
import { Line } from "./Text.ts"
import { PlacedTrack, Track } from "./Track.ts"

/** A number from 1 to 2^53 - 1, or a string where Janus runs with `string_ids`. */
export const ResourceId = Schema.Union([
  Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  Schema.String.check(Schema.isPattern(/^[^\s\p{Cc}]{1,128}$/u, {
    message: "expected 1 to 128 characters without white space"
  }))
])
export type ResourceId = typeof ResourceId.Type

/** A number or a text, as Janus is set up. */
export const MountpointId = ResourceId
export type MountpointId = ResourceId

const common = {
  id: Schema.optionalKey(MountpointId),
  name: Schema.optionalKey(Line),
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

const tracks = Schema.Array(Track).check(Schema.isMinLength(1), Schema.makeFilter(Cross.tracks))

/** Encrypted RTP into the mountpoint (SRTP): `suite` 32 or 80, `crypto` base64 of the 30-byte key. */
export const Srtp = Schema.Struct({
  suite: Schema.Literals([32, 80]),
  crypto: secret(Schema.String.check(Schema.isPattern(/^[A-Za-z0-9+/]{40}$/, {
    message: "expected base64 of 30 bytes, 40 characters"
  })))
})
export type Srtp = Resolved<typeof Srtp.Type>

/** RTP ports in: the type that sources feed. */
export const RtpMountpointSpec = Schema.Struct({
  ...common,
  type: Schema.tag("rtp"),
  /** H.264 and Opus, or what the publisher sends, when absent. */
  media: Schema.optionalKey(tracks.check(Schema.makeFilter(Cross.payloadTypes))),
  threads: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 64 }))),
  /**
   * Packets of a new sender are dropped until the old one has been silent for so long: 100 ms (three frames at 30 per
   * second) to 10 seconds, 200 ms unless given. 500 and more costs broken frames at every restart of a relay.
   */
  collision: Schema.optionalKey(between("100 millis", "10 seconds")),
  srtp: Schema.optionalKey(Srtp)
})

const FileMountpointSpec = <T extends "live" | "ondemand">(type: T) =>
  Schema.Struct({ ...common, type: Schema.tag(type), filename: Line.check(Schema.isNonEmpty()) })

/** Janus pulls from an RTSP server by itself. */
export const RtspMountpointSpec = Schema.Struct({
  ...common,
  type: Schema.tag("rtsp"),
  url: redacted(Schema.String.check(Schema.isPattern(/^rtsps?:\/\/[^\s]+$/, {
    message: "expected an rtsp:// address"
  }))),
  rtspUser: Schema.optionalKey(Line),
  rtspPassword: Schema.optionalKey(Secret),
  rtspTimeout: Schema.optionalKey(DurationInput),
  rtspConnectTimeout: Schema.optionalKey(DurationInput),
  rtspReconnectDelay: Schema.optionalKey(DurationInput)
})

const types: ReadonlyArray<unknown> = ["rtp", "live", "ondemand", "rtsp"]
const expectedType = "expected a \"type\" of \"rtp\", \"live\", \"ondemand\" or \"rtsp\""

const kinds = Schema.Union([
  RtpMountpointSpec,
  FileMountpointSpec("live"),
  FileMountpointSpec("ondemand"),
  RtspMountpointSpec
])

/** A mountpoint to create; its `type` is `rtp` when it names none. Other types bring their own media. */
export const MountpointSpec = Schema.Record(Schema.String, Schema.Unknown).pipe(
  Schema.decodeTo(kinds, {
    // with the type filled in first, the union knows which member is meant, and names its failing fields only
    decode: SchemaGetter.transformEffect((given: { readonly [key: string]: unknown }) =>
      !("type" in given) || types.includes(given["type"])
        ? Effect.succeed({ type: "rtp", ...given } as typeof kinds.Encoded)
        : Effect.fail(new SchemaIssue.Pointer(["type"], new SchemaIssue.InvalidValue({ message: expectedType })))
    ),
    encode: SchemaGetter.transform((spec: typeof kinds.Encoded) => ({ ...spec }))
  })
)
export type MountpointSpec = Resolved<typeof MountpointSpec.Type>
export type RtpMountpointSpec = Resolved<typeof RtpMountpointSpec.Type>

/** A mountpoint that exists, whoever made it. */
export const Adopted = Schema.Struct({
  id: MountpointId,
  secret: Schema.optionalKey(Secret),
  /** Its tracks with their ports: needed when the secret is not known, since Janus hides the ports then. */
  media: Schema.optionalKey(tracks)
})
export type Adopted = Resolved<typeof Adopted.Type>

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
