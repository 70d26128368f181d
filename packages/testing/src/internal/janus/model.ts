// What exists in the fake server: sessions, handles, mountpoints, rooms, participants and forwarders.
// A test may read these; only the handlers change them.
import type { Id } from "./wire.ts"

export type MediaType = "audio" | "video" | "data"

/** One media line of a mountpoint. Times are milliseconds of the server's own clock. */
export interface Media {
  readonly mindex: number
  readonly type: MediaType
  readonly mid: string
  readonly label: string
  readonly msid: string | undefined
  readonly pt: number
  readonly codec: string | undefined
  readonly fmtp: string | undefined
  readonly iface: string | undefined
  readonly host: string | undefined
  readonly port: number
  readonly rtcpPort: number | undefined
  readonly port2: number | undefined
  readonly port3: number | undefined
  readonly bufferKeyframes: boolean
  readonly simulcast: boolean
  readonly svc: boolean
  readonly skew: boolean
  lastPacket: number
  /** How many things outside of Janus send to it: `server.feed`. */
  feeds: number
}

/** A mountpoint, as the fake keeps it. */
export interface Mountpoint {
  readonly id: Id
  readonly name: string
  readonly type: "rtp" | "live" | "ondemand" | "rtsp"
  readonly media: ReadonlyArray<Media>
  readonly collision: number
  readonly threads: number
  readonly srtp: boolean
  readonly filename: string | undefined
  readonly rtsp:
    | { readonly url: string; readonly user: string | undefined; readonly password: string | undefined }
    | undefined
  readonly viewers: Set<Handle>
  description: string
  metadata: string | undefined
  secret: string | null
  pin: string | null
  isPrivate: boolean
  enabled: boolean
}

/** One track that a participant offers. */
export interface Stream {
  readonly type: MediaType
  readonly mindex: number
  readonly mid: string
  readonly codec: string | undefined
  readonly fec: boolean
  readonly h264Profile: string | undefined
  description: string | undefined
}

/** An `rtp_forward` that runs. */
export interface Forwarder {
  readonly id: number
  readonly participant: Participant
  readonly stream: Stream
  readonly host: string
  readonly port: number
  readonly rtcpPort: number
  readonly localRtcpPort: number
  readonly pt: number
  readonly ssrc: number
  readonly substream: number
  readonly srtp: boolean
}

/** Somebody in a room. */
export interface Participant {
  readonly id: Id
  readonly roomId: Id
  readonly privateId: number
  /** Absent for a publisher that the test made with `server.publish`. */
  readonly handle: Handle | undefined
  readonly forwarders: Map<number, Forwarder>
  display: string | undefined
  room: Room | undefined
  streams: ReadonlyArray<Stream>
  /** The media is up: others see a publisher. */
  published: boolean
  /** Packets leave the publisher. False while a test holds them back. */
  sending: boolean
  kicked: boolean
}

/** A room, as the fake keeps it. */
export interface Room {
  readonly id: Id
  readonly participants: Map<Id, Participant>
  readonly audioCodecs: ReadonlyArray<string>
  readonly videoCodecs: ReadonlyArray<string>
  readonly bitrateCap: boolean
  readonly requireE2ee: boolean
  readonly notifyJoining: boolean
  readonly record: boolean
  readonly opusFec: boolean
  readonly opusDtx: boolean
  readonly videoSvc: boolean
  readonly audiolevelExt: boolean
  readonly audiolevelEvent: boolean
  readonly audioActivePackets: number
  readonly audioLevelAverage: number
  readonly videoorientExt: boolean
  readonly playoutdelayExt: boolean
  readonly transportWideCcExt: boolean
  allowed: ReadonlySet<string> | undefined
  description: string
  secret: string | null
  pin: string | null
  isPrivate: boolean
  requirePvtid: boolean
  maxPublishers: number
  bitrate: number
  firFreq: number
  lockRecord: boolean
  recDir: string | undefined
}

/** A peer connection as signalling sees it: offered or negotiated, and after a while up. */
export interface PeerConnection {
  state: "offered" | "negotiated" | "up"
}

export interface Viewer {
  readonly mountpoint: Mountpoint
  readonly media: ReadonlyArray<Media>
  readonly role: "offer" | "answer"
  started: boolean
  paused: boolean
}

export interface Subscriber {
  readonly roomId: Id
  readonly streams: ReadonlyArray<{ readonly feed: Participant; readonly stream: Stream }>
  paused: boolean
}

export type PluginName = "janus.plugin.streaming" | "janus.plugin.videoroom"

export interface Handle {
  readonly id: number
  readonly session: Session
  readonly plugin: PluginName
  readonly opaqueId: string | undefined
  pc: PeerConnection | undefined
  viewer: Viewer | undefined
  participant: Participant | undefined
  subscriber: Subscriber | undefined
}

/** Whatever carries messages to a client; closed ones swallow what they get. */
export interface Channel {
  readonly send: (message: object) => void
}

/** A client's session. */
export interface Session {
  readonly id: number
  readonly handles: Map<number, Handle>
  channel: Channel | undefined
  lastActivity: number
  /** When the socket was lost, while the session may still be claimed. */
  lostAt: number | undefined
}
