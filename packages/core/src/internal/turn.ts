/**
 * When a relay may begin to send, and when a mountpoint may go. Nothing fences the packets of a worker that was taken over
 * from: it ends its relays as soon as it sees the new epoch at Janus. So who took over waits until nothing arrives any
 * more, and whose lease may have run out asks Janus first. Forwarders are Janus' own and survive their owner: they do not
 * wait.
 */
import { Clock, Duration, Effect, Option } from "effect"
import type { ServerUnavailable } from "../Failure.ts"
import * as Holding from "../Holding.ts"
import type { Mountpoint, MountpointId } from "../Mountpoint.ts"
import type { Mountpoints } from "../Mountpoints.ts"
import { hasOurEpoch } from "./hold.ts"
import type { Owned } from "./owned.ts"

/** Silence of so long is the end of a sender: it is longer than one takes to see the new epoch. Milliseconds. */
const silence = 1_000
/** A sender that has not ended by then is none of ours: Janus takes the packets of one, and drops the other's. */
const patience = Duration.toMillis("10 seconds")
const lookEvery = 100

export const turn = Effect.fnUntraced(function*(
  o: Owned,
  { created, id }: Mountpoint,
  mountpoints: Mountpoints["Service"]
): Effect.fn.Return<void, Holding.LedgerFenced> {
  // one of somebody else's carries no epoch: its relays end before the lease does
  if (!created) return
  if (!o.isSure() && (yield* hasOurEpoch(o, id, mountpoints)) === false) return yield* new Holding.LedgerFenced()
  if (!o.isSilentBefore) yield* silenced(o, id, mountpoints, "a relay begins beside them")
})

/**
 * Before a mountpoint is destroyed whose owner before us may be sending: its ports may be another's right after. Once it
 * carries our epoch, even who has nothing to send just now sees it in the time that we wait.
 */
export const parting = Effect.fnUntraced(function*(
  o: Owned,
  id: MountpointId,
  mountpoints: Mountpoints["Service"]
): Effect.fn.Return<void, ServerUnavailable> {
  if (o.isSilentBefore || o.formerly()?.length === 0) return
  // it has carried our epoch for long
  if (o.placed !== undefined && (yield* Clock.currentTimeMillis) - o.placed.at >= patience) return
  // whose secret nobody knows is left behind, which its destruction says
  yield* Effect.catchTag(mountpoints.fence(id, o.mark), "Unauthorized", () => Effect.void)
  yield* Effect.sleep(silence)
  yield* silenced(o, id, mountpoints, "it is destroyed all the same")
})

/** Waits until nobody sends into it, but not for ever. */
const silenced = (o: Owned, id: MountpointId, mountpoints: Mountpoints["Service"], otherwise: string) =>
  Effect.gen(function*() {
    const isOver = yield* Effect.timeoutOption(falls(id, mountpoints), patience)
    if (Option.isNone(isOver)) {
      yield* Effect.logWarning(`somebody else sends into mountpoint ${id} of ${o.claim.id}: ${otherwise}`)
    }
    o.isSilentBefore = true
  })

/** Waits until nothing has arrived for long enough. */
const falls = (id: MountpointId, mountpoints: Mountpoints["Service"]): Effect.Effect<void> =>
  Effect.flatMap(youngest(id, mountpoints), (age) =>
    age >= silence
      ? Effect.void
      : Effect.andThen(Effect.sleep(Math.max(lookEvery, silence - age)), falls(id, mountpoints)))

/** Milliseconds since the last packet of any track. */
const youngest = (id: MountpointId, mountpoints: Mountpoints["Service"]): Effect.Effect<number> =>
  Effect.match(mountpoints.read(id), {
    onSuccess: ({ tracks }) => Math.min(...tracks.map(({ ageMs }) => ageMs ?? Number.POSITIVE_INFINITY)),
    // it is gone, and nobody sends into it; or Janus cannot be asked now
    onFailure: (error) => (error._tag === "MountpointMissing" ? Number.POSITIVE_INFINITY : 0)
  })
