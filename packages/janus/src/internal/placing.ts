// Where media must be sent: from what Janus answers, and from what a specification says about an adopted mountpoint.
import type { Adopted, MountpointReading, MountpointSpec, Target } from "@headend/core/Mountpoint"
import type { CompleteTrack, PlacedTrack, Track } from "@headend/core/Track"
import { Duration } from "effect"
import { isIP } from "node:net"
import type { Created, Info } from "../StreamingHandle.ts"
import { tracksOf } from "./wire.ts"

type Type = PlacedTrack["type"]
type Media = NonNullable<Info["media"]>[number]

const isType = (type: string): type is Type => type === "audio" || type === "video" || type === "data"

/** A group or an address of its own is where a track must be sent; the name of an interface is no address. */
const hostOf = (track: Track | undefined, rtpHost: string) => {
  if (track?.multicast !== undefined) return track.multicast
  const bound = track?.interface
  return bound !== undefined && isIP(bound) !== 0 && bound !== "0.0.0.0" && bound !== "::" ? bound : rtpHost
}

/** Tracks of a mountpoint that was just made. */
export const created = (spec: MountpointSpec, answer: Created, rtpHost: string): ReadonlyArray<PlacedTrack> => {
  if (spec.type !== "rtp") return []
  const ports = new Map(answer.stream.ports?.map((port) => [port.mid, port]))
  return tracksOf(spec).flatMap((track): ReadonlyArray<PlacedTrack> => {
    const port = ports.get(track.mid)
    if (port?.port === undefined) return []
    return [{
      mid: track.mid,
      type: track.type,
      codec: track.type === "data" ? null : track.codec ?? null,
      pt: track.type === "data" ? null : track.pt ?? null,
      host: hostOf(track, rtpHost),
      port: port.port,
      rtcpPort: port.rtcp_port ?? null
    }]
  })
}

/** The same, on the ports of these tracks where Janus would choose; the specification itself when it chooses nowhere. */
export const onPortsOf = <S extends MountpointSpec>(spec: S, formerly: ReadonlyArray<PlacedTrack>): S => {
  if (spec.type !== "rtp" || formerly.length === 0) return spec
  const isOpen = (port: number | undefined) => port === undefined || port === 0
  const media = tracksOf(spec).map((track) => {
    const former = formerly.find(({ mid, type }) => mid === track.mid && type === track.type)
    if (former === undefined || !isOpen(track.port)) return track
    const rtcpPort = track.type !== "data" && isOpen(track.rtcpPort) ? former.rtcpPort : null
    return { ...track, port: former.port, ...(rtcpPort === null ? {} : { rtcpPort }) }
  })
  return { ...spec, media }
}

/** Whether the secret was the right one, or none was needed. */
export const isOpen = (info: Info): boolean => info.name !== undefined

const place = (media: Media, track: CompleteTrack | undefined, rtpHost: string): ReadonlyArray<PlacedTrack> =>
  media.mid === undefined || media.port === undefined || !isType(media.type)
    ? []
    : [{
      mid: media.mid,
      type: media.type,
      codec: media.codec ?? null,
      pt: media.type === "data" ? null : media.pt ?? null,
      host: hostOf(track, rtpHost),
      port: media.port,
      rtcpPort: media.rtcpport ?? null
    }]

/** Tracks of one of ours, read with its secret. */
export const found = (spec: MountpointSpec, info: Info, rtpHost: string): ReadonlyArray<PlacedTrack> => {
  const tracks = spec.type === "rtp" ? tracksOf(spec) : []
  return (info.media ?? []).flatMap((media) => place(media, tracks.find((track) => track.mid === media.mid), rtpHost))
}

/** Where its RTP goes in. */
export const ports = (info: Info, rtpHost: string): ReadonlyArray<Target> =>
  (info.media ?? []).flatMap(({ port }) => (port === undefined ? [] : [{ host: info.host ?? rtpHost, port }]))

/** In what a mountpoint differs from its specification, in words. */
export const misfit = (spec: MountpointSpec, info: Info): string | undefined => {
  if (spec.type !== "rtp") return undefined
  for (const track of tracksOf(spec)) {
    const media = info.media?.find((media) => media.mid === track.mid)
    if (media === undefined || media.type !== track.type) return `it has no ${track.type} track ${track.mid}`
    if (track.type !== "data" && media.codec !== undefined && media.codec !== track.codec) {
      return `track ${track.mid} is ${media.codec}, not ${track.codec}`
    }
  }
  return undefined
}

const match = (given: Track, index: number, all: ReadonlyArray<Track>, info: Info): Media | undefined => {
  if (given.mid !== undefined) return info.media?.find((media) => media.mid === given.mid && media.type === given.type)
  const position = all.slice(0, index).filter((track) => track.type === given.type && track.mid === undefined).length
  const named = new Set(all.flatMap((track) => (track.mid === undefined ? [] : [track.mid])))
  return info.media?.filter((media) => media.type === given.type && !named.has(media.mid ?? ""))[position]
}

/** Tracks of one that somebody else made; or why it cannot be used. */
export const adopted = (adopted: Adopted, info: Info, rtpHost: string): ReadonlyArray<PlacedTrack> | string => {
  const { media } = adopted
  if (media === undefined) {
    if (isOpen(info)) return (info.media ?? []).flatMap((media) => place(media, undefined, rtpHost))
    return adopted.secret === undefined
      ? "its ports are hidden: give its secret, or its tracks with their ports"
      : "its ports are hidden: the secret is wrong"
  }
  const placed: Array<PlacedTrack> = []
  for (const [index, track] of media.entries()) {
    const line = match(track, index, media, info)
    const name = track.mid === undefined ? `${track.type} track` : `${track.type} track ${track.mid}`
    if (line?.mid === undefined) return `it has no ${name}`
    const port = track.port === undefined || track.port === 0 ? line.port : track.port
    if (port === undefined) return `the port of its ${name} is hidden, and not given`
    const rtp = track.type === "data" ? undefined : track
    placed.push({
      mid: line.mid,
      type: track.type,
      codec: line.codec ?? rtp?.codec ?? null,
      pt: track.type === "data" ? null : line.pt ?? rtp?.pt ?? null,
      host: hostOf(track, rtpHost),
      port,
      rtcpPort: (rtp?.rtcpPort === undefined || rtp.rtcpPort === 0 ? line.rtcpport : rtp.rtcpPort) ?? null
    })
  }
  return placed
}

export const reading = (info: Info): MountpointReading => ({
  enabled: info.enabled,
  tracks: (info.media ?? []).flatMap(({ age_ms, mid }) => mid === undefined ? [] : [{ mid, ageMs: age_ms ?? null }]),
  viewers: info.viewers ?? null
})

/** How long a create may take: Janus connects to a camera before it answers. */
export const patience = (spec: MountpointSpec, request: Duration.Duration): Duration.Duration =>
  spec.type !== "rtsp"
    ? request
    : Duration.sum(
      request,
      Duration.sum(
        spec.rtspConnectTimeout ?? Duration.seconds(5),
        spec.rtspTimeout ?? Duration.seconds(10)
      )
    )
