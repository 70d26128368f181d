/**
 * When a relay may begin to send. Nothing fences the packets of a worker that was taken over from: it ends its relays as
 * soon as it sees the new epoch at Janus. So who took over waits until nothing arrives any more, and whose lease may have
 * run out asks Janus first. Forwarders are Janus' own and survive their owner: they do not wait.
 */
import { Duration, Effect, Option } from "effect"
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
  if (o.isSilentBefore) return
  const isOver = yield* Effect.timeoutOption(falls(id, mountpoints), patience)
  if (Option.isNone(isOver)) {
    yield* Effect.logWarning(`somebody else sends into mountpoint ${id} of ${o.claim.id}: a relay begins beside them`)
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
