/**
 * A media server in memory: mountpoints, rooms, publishers and forwarders, and who may do what to them. The three fake
 * ports are views on it, so that what one makes the others see: they find one another by where RTP goes.
 */
import type { Mark } from "@headend/core/Mark"
import type { MountpointId, MountpointSpec } from "@headend/core/Mountpoint"
import type { Forward, PublishedTrack, Publisher, RoomId, RoomSpec } from "@headend/core/Room"
import { complete, type PlacedTrack, standard } from "@headend/core/Track"
import { Redacted } from "effect"
import type { FakeForwarder, FakeMountpoint, FakeRoom } from "./mediaModel.ts"
import { Ports, target } from "./ports.ts"

export class FakeMedia {
  readonly mountpoints = new Map<MountpointId, FakeMountpoint>()
  readonly rooms = new Map<RoomId, FakeRoom>()
  isAway = false
  /** How often it was lost: what was joined before is gone. */
  losses = 0
  private nextStream = 1
  private nextPublisher = 1
  private readonly ports = new Ports()
  /** Forwarders, and tracks of mountpoints, by where they send or listen. */
  private readonly senders = new Map<number | string, FakeForwarder>()
  private readonly targets = new Map<number | string, PlacedTrack>()
  /** The broadcasts whose relays send to a place, whether anything is there or not. */
  private readonly relayed = new Map<number | string, ReadonlyArray<string>>()
  /** Where a relay of a broadcast began to send while another one of it still did, in words. */
  readonly clashes: Array<string> = []
  /** Tracks that somebody outside sends to. */
  private readonly fedFromOutside = new WeakSet<PlacedTrack>()
  /** When the last packet of a track came, where nobody sends any more. */
  private readonly lastPacket = new WeakMap<PlacedTrack, number>()
  private readonly watchers = new Map<RoomId, Set<() => void>>()
  private returned: Array<() => void> = []

  get forwarders(): ReadonlyArray<FakeForwarder> {
    return [...this.rooms.values()].flatMap((room) => [...room.forwarders.values()])
  }

  addMountpoint(
    spec: MountpointSpec & { readonly id: MountpointId },
    mark: Mark | null,
    now: number,
    formerly: ReadonlyArray<PlacedTrack> = []
  ): FakeMountpoint {
    const isFree = formerly.every((one) => !this.targets.has(target(one)))
    const former = isFree ? formerly : []
    const mountpoint: FakeMountpoint = {
      id: spec.id,
      mark,
      secret: spec.secret === undefined ? null : Redacted.value(spec.secret),
      enabled: spec.enabled ?? true,
      tracks: spec.type === "rtp" ?
        complete(spec.media ?? standard).map((track) =>
          this.ports.place(track, former.find(({ mid }) => mid === track.mid))
        ) :
        [],
      createdAt: now
    }
    this.mountpoints.set(spec.id, mountpoint)
    for (const track of mountpoint.tracks) this.targets.set(target(track), track)
    return mountpoint
  }

  removeMountpoint(id: MountpointId): void {
    for (const track of this.mountpoints.get(id)?.tracks ?? []) {
      this.targets.delete(target(track))
      this.ports.release(track)
    }
    this.mountpoints.delete(id)
  }

  /** Milliseconds since the last packet of a track, or since its creation. */
  age(mountpoint: FakeMountpoint, track: PlacedTrack, now: number): number {
    const sender = this.senders.get(target(track))
    if (sender !== undefined) return Math.min(20, now - sender.since)
    if (this.fedFromOutside.has(track) || this.relayed.has(target(track))) return 20
    return now - (this.lastPacket.get(track) ?? mountpoint.createdAt)
  }

  /** Somebody outside sends to a mountpoint, or no more. */
  feed(id: MountpointId, isFed: boolean, now: number): void {
    for (const track of this.mountpoints.get(id)?.tracks ?? []) {
      if (isFed) this.fedFromOutside.add(track)
      else if (this.fedFromOutside.delete(track)) this.lastPacket.set(track, now)
    }
  }

  /** A relay begins or ceases to send to these ports. */
  relay(
    broadcast: string,
    targets: ReadonlyArray<{ readonly host: string; readonly port: number }>,
    isSending: boolean,
    now: number
  ): void {
    for (const one of targets) {
      const to = target(one)
      const track = this.targets.get(to)
      const before = this.relayed.get(to) ?? []
      const mine = before.indexOf(broadcast)
      const after = isSending ? [...before, broadcast] : before.filter((_, i) => i !== mine)
      if (mine >= 0 && isSending) this.clashes.push(`two relays of ${broadcast} send to ${to}`)
      if (after.length > 0) this.relayed.set(to, after)
      else if (this.relayed.delete(to) && track !== undefined) this.lastPacket.set(track, now)
    }
  }

  addRoom(
    id: RoomId,
    mark: Mark | null,
    secrets: { readonly secret?: string; readonly pin?: string },
    spec: RoomSpec | null = null
  ): FakeRoom {
    const room: FakeRoom = {
      id,
      mark,
      secret: secrets.secret ?? null,
      pin: secrets.pin ?? null,
      spec,
      publishers: [],
      guests: 0,
      forwarders: new Map()
    }
    this.rooms.set(id, room)
    return room
  }

  removeRoom(id: RoomId, now: number): void {
    const room = this.rooms.get(id)
    if (room === undefined) return
    this.stop(room, () => true, now)
    this.rooms.delete(id)
    this.notify(id)
  }

  forward(room: FakeRoom, publisher: Publisher["id"], forward: Forward, now: number): FakeForwarder {
    const forwarder = { streamId: this.nextStream++, publisher, forward, since: now }
    room.forwarders.set(forwarder.streamId, forwarder)
    this.senders.set(target(forward), forwarder)
    return forwarder
  }

  /** Stops those forwarders of a room. */
  stop(room: FakeRoom, which: (forwarder: FakeForwarder) => boolean, now: number): void {
    for (const forwarder of room.forwarders.values()) {
      if (!which(forwarder)) continue
      room.forwarders.delete(forwarder.streamId)
      const key = target(forwarder.forward)
      if (this.senders.get(key) === forwarder) this.senders.delete(key)
      const track = this.targets.get(key)
      if (track !== undefined) this.lastPacket.set(track, now)
    }
  }

  publish(
    id: RoomId,
    given: {
      readonly id?: Publisher["id"]
      readonly display?: string
      readonly tracks: ReadonlyArray<PublishedTrack>
    }
  ): Publisher | undefined {
    const room = this.rooms.get(id)
    if (room === undefined) return undefined
    const publisher: Publisher = {
      id: given.id ?? 1_000 + this.nextPublisher++,
      display: given.display ?? null,
      tracks: given.tracks
    }
    room.publishers = [...room.publishers.filter((one) => one.id !== publisher.id), publisher]
    this.notify(id)
    return publisher
  }

  leave(id: RoomId, publisher: Publisher["id"], now: number): void {
    const room = this.rooms.get(id)
    if (room === undefined) return
    room.publishers = room.publishers.filter((one) => one.id !== publisher)
    this.stop(room, (one) => one.publisher === publisher, now)
    this.notify(id)
  }

  /** Killed: what it had is gone, and nobody reaches it until it is started again. */
  kill(): void {
    this.mountpoints.clear()
    this.rooms.clear()
    this.senders.clear()
    this.targets.clear()
    this.goAway()
  }

  /** Out of reach, but whole. */
  goAway(): void {
    this.isAway = true
    this.losses++
    for (const id of this.watchers.keys()) this.notify(id)
  }

  comeBack(): void {
    this.isAway = false
    const waiting = this.returned
    this.returned = []
    for (const resume of waiting) resume()
  }

  onReturn(resume: () => void): void {
    if (this.isAway) this.returned.push(resume)
    else resume()
  }

  watch(id: RoomId, changed: () => void): () => void {
    const them = this.watchers.get(id) ?? new Set()
    this.watchers.set(id, them.add(changed))
    return () => {
      them.delete(changed)
      if (them.size === 0 && this.watchers.get(id) === them) this.watchers.delete(id)
    }
  }

  watchersOf(id: RoomId): number {
    return this.watchers.get(id)?.size ?? 0
  }

  private notify(id: RoomId): void {
    for (const changed of this.watchers.get(id) ?? []) changed()
  }
}
