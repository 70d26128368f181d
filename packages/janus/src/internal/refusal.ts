// What a port says when Janus refuses to make something, and what a WHIP or WHEP client is told.
import type { ServerUnavailable, Unauthorized } from "@headend/core/Failure"
import type { MountpointId } from "@headend/core/Mountpoint"
import { MountpointInvalid, MountpointMissing, MountpointRefused } from "@headend/core/Mountpoints"
import type { RoomId } from "@headend/core/Room"
import { RoomInvalid, RoomMissing, RoomRefused } from "@headend/core/Rooms"
import { Effect } from "effect"
import type { Failure } from "../JanusConnection.ts"
import * as JanusError from "../JanusError.ts"
import { DescriptionRefused, RoomFull } from "../SignallingError.ts"

const isBadSdp = ({ code, source }: JanusError.JanusRefused) =>
  source === "core"
    ? code === JanusError.core.invalidSdp || code === JanusError.core.unknownJsep
    : source === "videoroom" && code === JanusError.videoroom.invalidSdp

const words = ({ code, reason }: JanusError.JanusRefused) => `${code} ${reason}`

export const invalidMountpoint = (id: MountpointId, error: JanusError.JanusRefused) =>
  new MountpointInvalid({ id, reason: words(error) })

/** A mountpoint that is asked about. */
export const missingMountpoint = (id: MountpointId) => (error: Failure) =>
  error._tag === "ServerUnavailable"
    ? error
    : error.code === JanusError.streaming.noSuchMountpoint
    ? new MountpointMissing({ id })
    : JanusError.unexpected(error)

/** The same, where its specification names it. */
export const missingOrInvalidMountpoint = (id: MountpointId) => (error: Failure) =>
  error._tag === "JanusRefused" && JanusError.isInvalid(error)
    ? invalidMountpoint(id, error)
    : missingMountpoint(id)(error)

export const invalidRoom = (id: RoomId, error: JanusError.JanusRefused) => new RoomInvalid({ id, reason: words(error) })

/** A mountpoint that is not made. */
export const mountpoint = (id: MountpointId, error: JanusError.JanusRefused) =>
  JanusError.isUnauthorized(error)
    ? JanusError.unauthorized(`mountpoint ${id}`, error)
    : JanusError.isInvalid(error)
    ? invalidMountpoint(id, error)
    : new MountpointRefused({ id, reason: words(error) })

/** A room that is not made or joined. */
export const room = (id: RoomId, error: JanusError.JanusRefused) =>
  JanusError.isUnauthorized(error)
    ? JanusError.unauthorized(`room ${id}`, error)
    : JanusError.isInvalid(error)
    ? invalidRoom(id, error)
    : new RoomRefused({ id, reason: words(error) })

export const ofRoom = (
  id: RoomId,
  error: JanusError.JanusRefused
): RoomMissing | RoomFull | RoomRefused | Unauthorized | DescriptionRefused => {
  if (isBadSdp(error)) return new DescriptionRefused({ reason: error.reason })
  if (JanusError.isUnauthorized(error)) return JanusError.unauthorized(`room ${id}`, error)
  if (error.source === "videoroom" && error.code === JanusError.videoroom.noSuchRoom) return new RoomMissing({ id })
  if (error.source === "videoroom" && error.code === JanusError.videoroom.roomFull) return new RoomFull({ id })
  return new RoomRefused({ id, reason: `${error.code} ${error.reason}` })
}

export const ofMountpoint = (
  id: MountpointId,
  error: JanusError.JanusRefused
): MountpointMissing | Unauthorized | DescriptionRefused | ServerUnavailable => {
  if (isBadSdp(error)) return new DescriptionRefused({ reason: error.reason })
  if (JanusError.isUnauthorized(error)) return JanusError.unauthorized(`mountpoint ${id}`, error)
  if (error.source === "streaming" && error.code === JanusError.streaming.noSuchMountpoint) {
    return new MountpointMissing({ id })
  }
  return JanusError.unexpected(error)
}

/** A refusal where there is nothing to refuse. */
export const lost = <A, E, R>(
  effect: Effect.Effect<A, E | JanusError.JanusRefused, R>
): Effect.Effect<A, Exclude<E, JanusError.JanusRefused> | ServerUnavailable, R> =>
  Effect.catchIf(
    effect,
    (error): error is JanusError.JanusRefused => error instanceof JanusError.JanusRefused,
    (error) => Effect.fail(JanusError.unexpected(error))
  ) as Effect.Effect<A, Exclude<E, JanusError.JanusRefused> | ServerUnavailable, R>
