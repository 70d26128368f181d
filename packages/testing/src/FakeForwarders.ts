/**
 * Forwarders in memory: the port's promises, kept by a fake media server.
 */
import { Superseded, Unauthorized } from "@headend/core/Failure"
import { Forwarders, ForwardFailed } from "@headend/core/Forwarders"
import type { Target } from "@headend/core/Mountpoint"
import { type RoomAccess, RoomMissing } from "@headend/core/Rooms"
import { Effect, Redacted } from "effect"
import { ask, call, type Fakes } from "./internal/call.ts"
import type { FakeForwarder, FakeRoom } from "./internal/mediaModel.ts"

export const make = (fakes: Fakes): Forwarders["Service"] => {
  const { media } = fakes
  const goesTo = (targets: ReadonlyArray<Target>) => ({ forward }: FakeForwarder) =>
    targets.some(({ host, port }) => host === forward.host && port === forward.port)

  const mayUse = (room: FakeRoom, access: RoomAccess): boolean =>
    room.mark !== null || room.secret === null
    || (access.secret !== undefined && Redacted.value(access.secret) === room.secret)

  const open = Effect.fnUntraced(function*(access: RoomAccess) {
    const room = media.rooms.get(access.id)
    if (room === undefined) return yield* new RoomMissing({ id: access.id })
    if (!mayUse(room, access)) {
      return yield* new Unauthorized({ server: "janus", reason: `room ${room.id}: wrong secret` })
    }
    return room
  })

  return Forwarders.of({
    ensure: (access, publisher, forwards) =>
      call(
        fakes,
        "forwarders.ensure",
        access.id,
        Effect.fnUntraced(function*(now) {
          const room = yield* open(access)
          // as with a derived secret, what opened our room under an older epoch opens it no more
          const epoch = room.mark?.epoch ?? 0
          if ("epoch" in access && typeof access.epoch === "number" && access.epoch < epoch) {
            return yield* new Superseded({ resource: `room ${room.id}`, epoch })
          }
          const sender = room.publishers.find((one) => one.id === publisher)
          const fits = (one: FakeForwarder) =>
            one.publisher === publisher
            && forwards.some((wanted) => goesTo([wanted])(one) && wanted.sourceMid === one.forward.sourceMid)
          media.stop(room, (one) => goesTo(forwards)(one) && !fits(one), now)
          const missing = forwards.find((wanted) => !sender?.tracks.some((track) => track.mid === wanted.sourceMid))
          if (missing !== undefined) {
            const reason = sender === undefined ? "it is not there" : `it has no track ${missing.sourceMid}`
            return yield* new ForwardFailed({ publisher, reason })
          }
          return forwards.map((wanted) => {
            const { forward: { host, mid, port }, streamId } = [...room.forwarders.values()].find(goesTo([wanted])) ??
              media.forward(room, publisher, wanted, now)
            return { mid, streamId, host, port }
          })
        })
      ),
    stop: (access, targets) =>
      call(fakes, "forwarders.stop", access.id, (now) =>
        open(access).pipe(
          Effect.map((room) => media.stop(room, goesTo(targets), now)),
          Effect.catchTag("RoomMissing", () => Effect.void)
        )),
    stopEverywhere: (targets) =>
      ask(fakes, (now) =>
        Effect.sync(() => {
          for (const room of media.rooms.values()) media.stop(room, goesTo(targets), now)
        })),
    plan: (access, publisher, forwards) =>
      Effect.succeed([{
        hop: "forwarder" as const,
        does: `forward ${publisher} from room ${access.id}`,
        request: forwards
      }])
  })
}
