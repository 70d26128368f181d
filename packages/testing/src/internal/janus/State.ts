// All that a `kill` loses, and the one rule that ties the plugins together: a forwarder that sends to the port of a
// mountpoint keeps that media fresh.
import * as os from "node:os"
import type { Forwarder, Handle, Media, Mountpoint, Room, Session } from "./model.ts"
import { PortRange } from "./ports.ts"
import type { Fields, Id } from "./wire.ts"

/** Settings of the fake, all with the values of the test Janus. */
export interface Settings {
  readonly version: number
  readonly serverName: string
  readonly address: string
  readonly apiSecret: string | undefined
  readonly tokens: Readonly<Record<string, ReadonlyArray<string>>> | undefined
  readonly sessionTimeout: number
  readonly reclaimSessionTimeout: number
  readonly streamingAdminKey: string | null
  readonly videoroomAdminKey: string | null
  readonly lockRtpForward: boolean
  readonly streamingPorts: readonly [number, number]
  readonly stringIds: boolean
  readonly fullTrickle: boolean
  readonly connectMillis: number
  readonly now: () => number
}

/** What the plugins may do to a client; the core gives it. */
export interface Gateway {
  readonly event: (handle: Handle, data: Fields, transaction?: string, jsep?: Fields) => void
  /** The plugin has said offer or answer: candidates follow, and after an answer the media comes up. */
  readonly negotiate: (handle: Handle, state: "offered" | "negotiated", mid: string) => void
  readonly closePc: (handle: Handle, reason: string) => void
}

/** What was written to Janus' configuration files: it is there again after a restart. */
export interface Saved {
  readonly mountpoints: Map<string, Mountpoint>
  readonly rooms: Map<Id, Room>
}

const ownAddresses = (): ReadonlySet<string> => {
  const found = new Set(["127.0.0.1", "0.0.0.0", "::1"])
  for (const list of Object.values(os.networkInterfaces())) for (const entry of list ?? []) found.add(entry.address)
  return found
}

const ownNames = () => new Set(Object.keys(os.networkInterfaces()))

export class State {
  readonly settings: Settings
  readonly saved: Saved
  readonly sessions = new Map<number, Session>()
  readonly mountpoints = new Map<Id, Mountpoint>()
  readonly rooms = new Map<Id, Room>()
  readonly ports: PortRange
  readonly addresses = ownAddresses()
  readonly #interfaces = ownNames()
  readonly #media = new Map<number, Set<Media>>()
  readonly #forwarders = new Map<number, Set<Forwarder>>()
  #localRtcp = 40_000

  constructor(settings: Settings, saved: Saved) {
    this.settings = settings
    this.saved = saved
    this.ports = new PortRange(settings.streamingPorts[0], settings.streamingPorts[1])
    for (const mountpoint of saved.mountpoints.values()) {
      const media = mountpoint.media.map((line) => ({ ...line, lastPacket: settings.now(), feeds: 0 }))
      for (const port of media.flatMap(mediaPorts)) this.ports.take(port)
      this.addMountpoint({ ...mountpoint, media, viewers: new Set(), enabled: true })
    }
    for (const room of saved.rooms.values()) this.rooms.set(room.id, { ...room, participants: new Map() })
  }

  /** The address that a mountpoint's `iface` stands for: an address of this machine, or the name of an interface. */
  interfaceAddress(iface: string): string | undefined {
    if (this.addresses.has(iface)) return iface
    if (!this.#interfaces.has(iface)) return undefined
    return os.networkInterfaces()[iface]?.find((entry) => entry.family === "IPv4")?.address
  }

  /** The candidates of an answer or offer: none when they are trickled afterwards. */
  candidates(): ReadonlyArray<string> {
    return this.settings.fullTrickle ? [] : [this.candidate()]
  }

  candidate(): string {
    const port = 31_000 + Math.floor(Math.random() * 1000)
    return `candidate:1 1 udp 2015363327 ${this.settings.address} ${port} typ host`
  }

  /** Janus opens an RTCP socket of its own for every forwarder that asks for feedback. */
  localRtcpPort(): number {
    this.#localRtcp = this.#localRtcp >= 60_000 ? 40_000 : this.#localRtcp + 1
    return this.#localRtcp
  }

  addMountpoint(mountpoint: Mountpoint) {
    this.mountpoints.set(mountpoint.id, mountpoint)
    for (const media of mountpoint.media) {
      if (media.port === 0) continue
      const there = this.#media.get(media.port)
      if (there) there.add(media)
      else this.#media.set(media.port, new Set([media]))
    }
  }

  removeMountpoint(mountpoint: Mountpoint) {
    this.mountpoints.delete(mountpoint.id)
    for (const media of mountpoint.media) {
      this.#media.get(media.port)?.delete(media)
      if (this.#media.get(media.port)?.size === 0) this.#media.delete(media.port)
      for (const port of mediaPorts(media)) this.ports.give(port)
    }
  }

  addForwarder(forwarder: Forwarder) {
    forwarder.participant.forwarders.set(forwarder.id, forwarder)
    const there = this.#forwarders.get(forwarder.port)
    if (there) there.add(forwarder)
    else this.#forwarders.set(forwarder.port, new Set([forwarder]))
  }

  removeForwarder(forwarder: Forwarder) {
    this.touch(forwarder)
    forwarder.participant.forwarders.delete(forwarder.id)
    this.#forwarders.get(forwarder.port)?.delete(forwarder)
    if (this.#forwarders.get(forwarder.port)?.size === 0) this.#forwarders.delete(forwarder.port)
  }

  /** The last packet of a forwarder that is about to fall silent. */
  touch(forwarder: Forwarder) {
    if (!this.#flows(forwarder)) return
    for (const media of this.#media.get(forwarder.port) ?? []) {
      if (this.#reaches(forwarder, media)) media.lastPacket = this.settings.now()
    }
  }

  /** Milliseconds since the last packet of this media, or since its creation. */
  age(media: Media): number {
    const now = this.settings.now()
    const since = Math.max(0, Math.floor(now - media.lastPacket))
    return this.isFed(media) ? Math.min(since, Math.floor(now % 20)) : since
  }

  isFed(media: Media): boolean {
    if (media.feeds > 0) return true
    for (const forwarder of this.#forwarders.get(media.port) ?? []) {
      if (this.#flows(forwarder) && this.#reaches(forwarder, media)) return true
    }
    return false
  }

  *forwarders(): Iterable<Forwarder> {
    for (const set of this.#forwarders.values()) yield* set
  }

  /** A data forwarder sends only when there is a message; nobody sends messages here. */
  #flows({ participant, stream }: Forwarder): boolean {
    return participant.published && participant.sending && stream.type !== "data"
  }

  #reaches({ host }: Forwarder, { host: bound }: Media): boolean {
    if (bound === undefined) return this.addresses.has(host)
    return host === bound || (host === "0.0.0.0" && bound === "127.0.0.1")
  }
}

export const mediaPorts = (media: Media): ReadonlyArray<number> =>
  [media.port, media.rtcpPort, media.port2, media.port3].filter((port) => port !== undefined)
