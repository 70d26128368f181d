/**
 * A track: one audio, video or data line of a mountpoint. Janus takes nonsense here without complaint (port 70000,
 * payload type 300, an unknown codec), so what it would not refuse is refused by these schemas.
 */
import { Schema } from "effect"
import { Line } from "./Text.ts"

/** A UDP port; 0 lets Janus choose. */
export const Port = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))

/** An RTP payload type, 0 to 127 (RFC 3551) but for 64 to 95, which look like RTCP on the same port (RFC 5761). */
export const PayloadType = Schema.Int.check(
  Schema.isBetween({ minimum: 0, maximum: 127 }),
  Schema.makeFilter((pt: number) => pt < 64 || pt > 95 || "payload types 64 to 95 cannot be told from RTCP")
)

/** An RTP media id (RFC 8843). */
export const Mid = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9._~-]{1,64}$/, {
    message: "expected 1 to 64 letters, digits, dots, dashes, tildes or underscores"
  })
)

/** The address or the name of a network interface of the media server. */
export const Interface = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9._:-]{1,64}$/, {
  message: "expected an address or the name of a network interface"
}))

const octet = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)"
const multicast4 = new RegExp(`^(?:22[4-9]|23\\d)(?:\\.${octet}){3}$`)
const isIpv6 = (text: string) => {
  const halves = text.split("::").map((half) => (half === "" ? [] : half.split(":")))
  const groups = halves.flat()
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    && (halves.length === 1 ? groups.length === 8 : halves.length === 2 && groups.length < 8)
}
const isMulticast = (text: string) => multicast4.test(text) || (/^ff[0-9a-f]{2}:/i.test(text) && isIpv6(text))

/** A multicast group: IPv4 224.0.0.0 to 239.255.255.255, or IPv6 ff00::/8. */
export const MulticastGroup = Schema.String.check(
  Schema.makeFilter((text: string) => isMulticast(text) || "expected a multicast address, such as 239.0.0.1 or ff05::1")
)

const common = {
  mid: Schema.optionalKey(Mid),
  /** RTP port on the media server; 0 or absent: Janus chooses. */
  port: Schema.optionalKey(Port),
  interface: Schema.optionalKey(Interface),
  /** A multicast group to join. */
  multicast: Schema.optionalKey(MulticastGroup),
  label: Schema.optionalKey(Line),
  /** The `mid` of the source's track to take, when it has several of this type. */
  sourceMid: Schema.optionalKey(Mid),
  /** Or its position among those of this type, from 0. */
  sourceIndex: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 63 })))
}

const rtp = {
  pt: Schema.optionalKey(PayloadType),
  fmtp: Schema.optionalKey(Line),
  /** RTCP port; 0 or absent: Janus chooses. */
  rtcpPort: Schema.optionalKey(Port)
}

/** Audio codecs that Janus passes on. */
export const AudioCodec = Schema.Literals(["opus", "multiopus", "pcmu", "pcma", "g722", "l16", "l16-48"])
/** Video codecs that Janus passes on; the first two play in every browser. */
export const VideoCodec = Schema.Literals(["h264", "vp8", "vp9", "av1", "h265"])
export type AudioCodec = typeof AudioCodec.Type
export type VideoCodec = typeof VideoCodec.Type

/** A line of audio. */
export const AudioTrack = Schema.Struct({
  type: Schema.tag("audio"),
  ...common,
  ...rtp,
  codec: Schema.optionalKey(AudioCodec)
})

/** A line of video. */
export const VideoTrack = Schema.Struct({
  type: Schema.tag("video"),
  ...common,
  ...rtp,
  codec: Schema.optionalKey(VideoCodec),
  simulcast: Schema.optionalKey(Schema.Boolean),
  svc: Schema.optionalKey(Schema.Boolean),
  /** Keep the last keyframe for viewers who come later; on unless set to false. */
  bufferKeyframes: Schema.optionalKey(Schema.Boolean),
  /** Base64 parameter sets, when they do not travel in the media (Janus 1.3 and later). */
  h264Sps: Schema.optionalKey(Line)
})

/** A line of data; fed by publishers of a room only. */
export const DataTrack = Schema.Struct({
  type: Schema.tag("data"),
  ...common,
  dataType: Schema.optionalKey(Schema.Literals(["text", "binary"])),
  /** Keep the last message for viewers who come later. */
  bufferLatestMessage: Schema.optionalKey(Schema.Boolean)
})

/** One line of a mountpoint, told apart by `type`. */
export const Track = Schema.Union([AudioTrack, VideoTrack, DataTrack]).annotate({
  message: "expected a track whose \"type\" is \"audio\", \"video\" or \"data\""
})
export type Track = typeof Track.Type
/** `audio`, `video` or `data`. */
export type TrackType = Track["type"]

/** H.264 and Opus: what a mountpoint gets when nobody says otherwise. */
export const standard: ReadonlyArray<Track> = [{ type: "audio", codec: "opus" }, { type: "video", codec: "h264" }]

/** A track of a mountpoint that exists: where media must be sent. */
export const PlacedTrack = Schema.Struct({
  mid: Schema.String,
  type: Schema.Literals(["audio", "video", "data"]),
  codec: Schema.NullOr(Schema.String),
  pt: Schema.NullOr(Schema.Int),
  /** Where to send RTP. */
  host: Schema.String,
  /** RTP port on `host`. */
  port: Schema.Int,
  rtcpPort: Schema.NullOr(Schema.Int)
})
export type PlacedTrack = typeof PlacedTrack.Type

/** A track with every choice made that the specification left open: `mid`, codec, payload type, format. */
export type CompleteTrack = Track & { readonly mid: string }

const staticPayload: Partial<Record<string, number>> = { pcmu: 0, pcma: 8, g722: 9, opus: 111 }
const baselineProfile = "profile-level-id=42e01f;packetization-mode=1"

/** Fills in what the specification left open: `mid` a, v, d (then a2, …), H.264 and Opus, their payload types. */
export const complete = (tracks: ReadonlyArray<Track>): ReadonlyArray<CompleteTrack> => {
  const taken = new Set(tracks.flatMap((track) => (track.mid === undefined ? [] : [track.mid])))
  const nextMid = (type: TrackType) => {
    for (let n = 1;; n++) {
      const mid = n === 1 ? type[0]! : `${type[0]}${n}`
      if (!taken.has(mid)) {
        taken.add(mid)
        return mid
      }
    }
  }
  const payloads = new Set(
    tracks.flatMap((track) => (track.type === "data" || track.pt === undefined ? [] : [track.pt]))
  )
  // all tracks of a mountpoint share one transport to a viewer, where each needs a payload type of its own
  const nextPayload = (wanted: number) => {
    let pt = wanted
    if (payloads.has(pt)) { for (pt = 96; payloads.has(pt) && pt < 127;) pt++ }
    payloads.add(pt)
    return pt
  }
  return tracks.map((track): CompleteTrack => {
    const mid = track.mid ?? nextMid(track.type)
    if (track.type === "data") return { ...track, mid }
    if (track.type === "audio") {
      const codec = track.codec ?? "opus"
      return { ...track, mid, codec, pt: track.pt ?? nextPayload(staticPayload[codec] ?? 111) }
    }
    const codec = track.codec ?? "h264"
    const fmtp = track.fmtp ?? (codec === "h264" ? baselineProfile : undefined)
    return { ...track, mid, codec, pt: track.pt ?? nextPayload(96), ...(fmtp === undefined ? {} : { fmtp }) }
  })
}

/** As a track of a mountpoint of ours was asked for: what it was made with is what the schemas allow. */
export const asked = ({ codec, mid, pt, type }: PlacedTrack): Track =>
  ({ type, mid, ...(codec === null ? {} : { codec }), ...(pt === null ? {} : { pt }) }) as Track
