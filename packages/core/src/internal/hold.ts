/**
 * The registry has been away for longer than our leases are surely ours. Janus has the last word: while the mountpoint
 * carries our epoch, media go on; a higher one, or no answer from Janus either, and what is in this process ends.
 */
import { Effect } from "effect"
import type { MountpointId } from "../Mountpoint.ts"
import type { Mountpoints } from "../Mountpoints.ts"
import type { Owned } from "./owned.ts"

/** No longer than this. */
const longest = 5 * 60_000

/** Those that must be given up; the registry has been away for so many milliseconds. */
export const hold = (
  all: ReadonlyArray<Owned>,
  mountpoints: Mountpoints["Service"],
  away: number
): Effect.Effect<ReadonlyArray<Owned>> =>
  Effect.map(
    Effect.forEach(all, (o) => Effect.map(isOurs(o, mountpoints, away), (ours) => (ours ? [] : [o])), {
      concurrency: 16
    }),
    (lost) => lost.flat()
  )

const isOurs = (o: Owned, mountpoints: Mountpoints["Service"], away: number): Effect.Effect<boolean> => {
  // nothing flows yet, or it is being undone: what is made or undone is asked of the registry first
  if (o.doing !== "onAir" || (o.placed === undefined && away <= longest)) return Effect.succeed(true)
  // without a mountpoint of ours there is no fence at the resource
  if (o.placed === undefined || !o.placed.mountpoint.created || away > longest) return Effect.succeed(false)
  return Effect.map(hasOurEpoch(o, o.placed.mountpoint.id, mountpoints), (ours) => ours === true)
}

/** Whether a mountpoint of ours says that no other has taken over; one that is gone has said nothing else. */
export const hasOurEpoch = (
  o: Owned,
  id: MountpointId,
  mountpoints: Mountpoints["Service"]
): Effect.Effect<boolean | "unknown"> =>
  Effect.match(mountpoints.mark(id), {
    onSuccess: (mark) => mark !== null && mark.epoch <= o.mark.epoch && mark.run === o.mark.run,
    onFailure: (error) => (error._tag === "MountpointMissing" ? true : "unknown" as const)
  })
