// A publisher wired into a mountpoint by raw requests, as a broadcast does it.
import type { CreatedMountpoint, Id } from "@headend/integration/JanusListed"
import type { JanusLists } from "@headend/integration/JanusLists"
import { Effect, Schedule } from "effect"

/** Looks again and again, at most 10 s, until it is so. */
export const eventually = <A, E, R>(look: Effect.Effect<A, E, R>, isSo: (seen: A) => boolean) =>
  look.pipe(Effect.repeat({ schedule: Schedule.spaced("20 millis"), until: isSo }), Effect.timeout("10 seconds"))

export interface Publisher {
  readonly id: Id
  readonly tracks: ReadonlyArray<{ readonly type: string; readonly mid: string }>
}

/** Waits until the server has the publisher's media, and forwards each track into the mountpoint's ports. */
export const wire = Effect.fnUntraced(function*(
  lists: JanusLists,
  room: number,
  publisher: Publisher,
  mountpoint: CreatedMountpoint
) {
  yield* eventually(
    lists.participants(room),
    (all) => all.some((one) => one.id === publisher.id && one.publisher)
  )
  yield* lists.forward(
    room,
    publisher.id,
    publisher.tracks.map(({ mid, type }) => {
      const to = mountpoint.ports.find((port) => port.type === type)
      const rtcp = to?.rtcp_port === undefined ? {} : { rtcp_port: to.rtcp_port }
      return { mid, port: to?.port, pt: type === "audio" ? 111 : 96, ...rtcp }
    })
  )
})
