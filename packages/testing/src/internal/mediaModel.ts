/**
 * What the media server in memory has: mountpoints, rooms, forwarders.
 */
import type { Mark } from "@headend/core/Mark"
import type { MountpointId } from "@headend/core/Mountpoint"
import type { Forward, Publisher, RoomId, RoomSpec } from "@headend/core/Room"
import type { PlacedTrack } from "@headend/core/Track"

export interface FakeMountpoint {
  readonly id: MountpointId
  /** Null: somebody else's. */
  mark: Mark | null
  readonly secret: string | null
  enabled: boolean
  readonly tracks: ReadonlyArray<PlacedTrack>
  readonly createdAt: number
}

export interface FakeRoom {
  readonly id: RoomId
  mark: Mark | null
  readonly secret: string | null
  readonly pin: string | null
  /** As it was asked for; null for somebody else's. */
  readonly spec: RoomSpec | null
  publishers: ReadonlyArray<Publisher>
  /** People who only listen, or have joined and not published. */
  guests: number
  readonly forwarders: Map<number, FakeForwarder>
}

export interface FakeForwarder {
  readonly streamId: number
  readonly publisher: Publisher["id"]
  readonly forward: Forward
  readonly since: number
}
