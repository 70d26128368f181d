/**
 * What the contract suites of mountpoints, rooms and forwarders need beside the ports: other people on the same media
 * server, a look at what it holds, and a second process of ours. Each implementation under test brings its own.
 */
import type { Forwarders } from "@headend/core/Forwarders"
import type { ResourceId, Target } from "@headend/core/Mountpoint"
import type { Mountpoints } from "@headend/core/Mountpoints"
import type { PublisherId, RoomId } from "@headend/core/Room"
import type { RoomAccess, Rooms } from "@headend/core/Rooms"
import { Context, type Effect, type Redacted, type Scope } from "effect"

/** The three ports. */
export type Ports = Mountpoints | Rooms | Forwarders

/** Somebody else in a room. */
export interface Person {
  readonly id: PublisherId
  readonly leave: Effect.Effect<void>
}

export class MediaBench extends Context.Service<MediaBench, {
  /** Somebody else makes a mountpoint with an audio track `a` and a video track `v`. */
  readonly makeMountpoint: (
    id: ResourceId,
    secret?: Redacted.Redacted
  ) => Effect.Effect<ReadonlyArray<Target & { readonly mid: string }>>
  /** Somebody else makes a room. */
  readonly makeRoom: (
    id: RoomId,
    keys?: { readonly secret?: Redacted.Redacted; readonly pin?: Redacted.Redacted }
  ) => Effect.Effect<void>
  /** Somebody else destroys their room, with everybody in it. */
  readonly destroyRoom: (id: RoomId, secret?: Redacted.Redacted) => Effect.Effect<void>
  /** All mountpoints that exist, private ones included. */
  readonly mountpoints: Effect.Effect<ReadonlyArray<ResourceId>>
  /** All rooms that exist, private ones included. */
  readonly rooms: Effect.Effect<ReadonlyArray<ResourceId>>
  /** Somebody joins and sends audio and video; done when the media server has their media. */
  readonly publish: (
    room: RoomAccess,
    options?: { readonly display?: string; readonly id?: PublisherId }
  ) => Effect.Effect<Person, never, Scope.Scope>
  /** Somebody joins and sends nothing. */
  readonly join: (room: RoomAccess) => Effect.Effect<Person, never, Scope.Scope>
  /** All forwarders out of a room of somebody else. */
  readonly forwarders: (
    room: RoomId,
    secret?: Redacted.Redacted
  ) => Effect.Effect<ReadonlyArray<Target & { readonly publisher: PublisherId; readonly streamId: number }>>
  /** The media server dies, loses all, and comes back. Done when it is back and the ports know. */
  readonly restart: Effect.Effect<void>
  /** Another process of this installation, with the same keys, on the same media server. */
  readonly another: Effect.Effect<Context.Context<Ports>, never, Scope.Scope>
}>()("@headend/testing/MediaBench") {}
