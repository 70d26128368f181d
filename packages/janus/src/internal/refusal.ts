// What a WHIP or WHEP client is told when Janus refuses.
import type { ServerUnavailable, Unauthorized } from "@headend/core/Failure"
import type { MountpointId } from "@headend/core/Mountpoint"
import { MountpointMissing } from "@headend/core/Mountpoints"
import type { RoomId } from "@headend/core/Room"
import { RoomMissing, RoomRefused } from "@headend/core/Rooms"
import { Effect } from "effect"
import * as JanusError from "../JanusError.ts"
import { DescriptionRefused, RoomFull } from "../SignallingError.ts"

const isBadSdp = ({ code, source }: JanusError.JanusRefused) =>
  source === "core"
    ? code === JanusError.core.invalidSdp || code === JanusError.core.unknownJsep
    : source === "videoroom" && code === JanusError.videoroom.invalidSdp

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
