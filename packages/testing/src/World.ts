/**
 * Every fake in one layer, and the hand that moves them: people publish and leave, the media server dies and returns.
 */
import { Encoders } from "@headend/core/Encoders"
import { Forwarders } from "@headend/core/Forwarders"
import { Ingests } from "@headend/core/Ingests"
import type { Keyring } from "@headend/core/Keyring"
import type { MountpointId, MountpointSpec } from "@headend/core/Mountpoint"
import { Mountpoints } from "@headend/core/Mountpoints"
import { Relays } from "@headend/core/Relays"
import type { PublishedTrack, Publisher, RoomId } from "@headend/core/Room"
import { Rooms } from "@headend/core/Rooms"
import { Clock, Context, Effect, Layer } from "effect"
import * as FakeEncoders from "./FakeEncoders.ts"
import * as FakeForwarders from "./FakeForwarders.ts"
import * as FakeIngests from "./FakeIngests.ts"
import * as FakeMountpoints from "./FakeMountpoints.ts"
import * as FakeRelays from "./FakeRelays.ts"
import * as FakeRooms from "./FakeRooms.ts"
import { Faults } from "./Faults.ts"
import { FakeMedia } from "./internal/media.ts"
import type { FakeForwarder, FakeMountpoint, FakeRoom } from "./internal/mediaModel.ts"
import * as PromptKeyring from "./internal/promptKeyring.ts"
import { Journal } from "./Journal.ts"

/** What a browser sends when nothing else is said: Opus and H.264. */
export const camera: ReadonlyArray<PublishedTrack> = [
  { mid: "0", type: "audio", codec: "opus" },
  { mid: "1", type: "video", codec: "h264" }
]

export class World extends Context.Service<World, {
  readonly journal: Journal
  readonly faults: Faults
  /** Somebody publishes; dies when there is no such room. */
  readonly publish: (
    room: RoomId,
    publisher?: {
      readonly id?: Publisher["id"]
      readonly display?: string
      readonly tracks?: ReadonlyArray<PublishedTrack>
    }
  ) => Effect.Effect<Publisher>
  readonly leave: (room: RoomId, publisher: Publisher["id"]) => Effect.Effect<void>
  /** A room of somebody else's. */
  readonly foreignRoom: (
    id: RoomId,
    secrets?: { readonly secret?: string; readonly pin?: string }
  ) => Effect.Effect<void>
  /** A mountpoint of somebody else's. */
  readonly foreignMountpoint: (spec: MountpointSpec & { readonly id: MountpointId }) => Effect.Effect<void>
  /** RTP arrives at a mountpoint from outside, or no more. */
  readonly feed: (id: MountpointId, isFed?: boolean) => Effect.Effect<void>
  /** Its owner enables or disables a mountpoint. */
  readonly enable: (id: MountpointId, isEnabled: boolean) => Effect.Effect<void>
  /** Somebody destroys a mountpoint, whosever it is. */
  readonly destroyMountpoint: (id: MountpointId) => Effect.Effect<void>
  /** Somebody destroys a room with everybody in it, whosever it is. */
  readonly destroyRoom: (id: RoomId) => Effect.Effect<void>
  /** Somebody stops every forwarder of a room. */
  readonly stopForwarders: (room: RoomId) => Effect.Effect<void>
  /** How many people who send nothing sit in a room. */
  readonly guests: (room: RoomId, count: number) => Effect.Effect<void>
  /** The media server is killed: what it had is gone, and it is out of reach until `restart`. */
  readonly kill: Effect.Effect<void>
  readonly restart: Effect.Effect<void>
  /** Out of reach, but whole, until `reconnect`. */
  readonly disconnect: Effect.Effect<void>
  readonly reconnect: Effect.Effect<void>
  /** How many watchers of ours are in a room. */
  readonly watchers: (room: RoomId) => number
  readonly mountpoints: () => ReadonlyArray<FakeMountpoint>
  readonly rooms: () => ReadonlyArray<FakeRoom>
  readonly forwarders: () => ReadonlyArray<FakeForwarder>
  /** The relays that run, oldest first. */
  readonly relays: () => ReadonlyArray<FakeRelays.FakeRelay>
  /** What relays bring that begin from now on. */
  readonly relaysBring: ReturnType<typeof FakeRelays.make>["bring"]
  /** Where a relay of a broadcast began to send while another one of it still did, in words. */
  readonly clashes: () => ReadonlyArray<string>
  /** The operator denies inputs of this type, for this reason. */
  readonly refuseInput: ReturnType<typeof FakeRelays.make>["refuse"]
  /** People who publish to RTMP servers. */
  readonly rtmp: FakeIngests.FakeRtmp
  /** The OBS at an address: it exists as soon as somebody asks. */
  readonly obs: ReturnType<typeof FakeEncoders.make>["obs"]
  /** What an ingest does with an encoder that wants to publish there. */
  readonly ingest: ReturnType<typeof FakeEncoders.make>["ingest"]
}>()("@headend/testing/World") {}

type Ports = Mountpoints | Rooms | Forwarders | Relays | Ingests | Encoders | Keyring

const world: Layer.Layer<World | Exclude<Ports, Keyring>> = Layer.effectContext(Effect.sync(() => {
  const media = new FakeMedia()
  const journal = new Journal()
  const faults = new Faults()
  const fakes = { media, journal, faults }
  const { bring, refuse, relays, running } = FakeRelays.make(fakes)
  const { ingests, rtmp } = FakeIngests.make(fakes)
  const { encoders, ingest, obs } = FakeEncoders.make(fakes)
  const world = World.of({
    journal,
    faults,
    publish: (room, { display, id, tracks } = {}) =>
      Effect.suspend(() => {
        const publisher = media.publish(room, {
          ...(id === undefined ? {} : { id }),
          ...(display === undefined ? {} : { display }),
          tracks: tracks ?? camera
        })
        return publisher === undefined ? Effect.die(new Error(`there is no room ${room}`)) : Effect.succeed(publisher)
      }),
    leave: (room, publisher) => Effect.map(Clock.currentTimeMillis, (now) => media.leave(room, publisher, now)),
    foreignRoom: (id, secrets = {}) => Effect.sync(() => void media.addRoom(id, null, secrets)),
    foreignMountpoint: (spec) =>
      Effect.map(Clock.currentTimeMillis, (now) => void media.addMountpoint(spec, null, now)),
    feed: (id, isFed = true) => Effect.map(Clock.currentTimeMillis, (now) => media.feed(id, isFed, now)),
    enable: (id, isEnabled) =>
      Effect.sync(() => {
        const mountpoint = media.mountpoints.get(id)
        if (mountpoint !== undefined) mountpoint.enabled = isEnabled
      }),
    destroyMountpoint: (id) => Effect.sync(() => media.removeMountpoint(id)),
    destroyRoom: (id) => Effect.map(Clock.currentTimeMillis, (now) => media.removeRoom(id, now)),
    stopForwarders: (id) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const room = media.rooms.get(id)
        if (room !== undefined) media.stop(room, () => true, now)
      }),
    guests: (room, count) =>
      Effect.sync(() => {
        const there = media.rooms.get(room)
        if (there !== undefined) there.guests = count
      }),
    kill: Effect.sync(() => media.kill()),
    restart: Effect.sync(() => media.comeBack()),
    disconnect: Effect.sync(() => media.goAway()),
    reconnect: Effect.sync(() => media.comeBack()),
    watchers: (room) => media.watchersOf(room),
    mountpoints: () => [...media.mountpoints.values()],
    rooms: () => [...media.rooms.values()],
    forwarders: () => media.forwarders,
    relays: running,
    relaysBring: bring,
    clashes: () => media.clashes,
    refuseInput: refuse,
    rtmp,
    obs,
    ingest
  })
  return Context.make(World, world).pipe(
    Context.add(Mountpoints, FakeMountpoints.make(fakes)),
    Context.add(Rooms, FakeRooms.make(fakes)),
    Context.add(Forwarders, FakeForwarders.make(fakes)),
    Context.add(Relays, relays),
    Context.add(Ingests, ingests),
    Context.add(Encoders, encoders)
  )
}))

/** The fakes, and a keyring that takes no time. */
export const layer: Layer.Layer<World | Ports> = Layer.merge(world, PromptKeyring.layer)
