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

/** `lost`: to be given up. `homeless`: it sends to where nothing is, or may be another's soon. */
export type Standing = "ours" | "lost" | "homeless"

/** Those that cannot go on, and why; the registry has been away for so many milliseconds. */
export const hold = (
  all: ReadonlyArray<Owned>,
  mountpoints: Mountpoints["Service"],
  away: number
): Effect.Effect<ReadonlyArray<readonly [Owned, Exclude<Standing, "ours">]>> =>
  Effect.map(
    Effect.forEach(all, (o) => Effect.map(standing(o, mountpoints, away), (is) => [o, is] as const), {
      concurrency: 16
    }),
    (each) => each.flatMap(([o, is]) => is === "ours" ? [] : [[o, is]])
  )

const standing = (o: Owned, mountpoints: Mountpoints["Service"], away: number): Effect.Effect<Standing> => {
  // nothing flows yet, or it is being undone: what is made or undone is asked of the registry first
  if (o.doing !== "onAir" || (o.placed === undefined && away <= longest)) return Effect.succeed("ours")
  // without a mountpoint of ours there is no fence at the resource
  if (o.placed === undefined || !o.placed.mountpoint.created || away > longest) return Effect.succeed("lost")
  return Effect.map(epochAt(o, o.placed.mountpoint.id, mountpoints), (is) =>
    is === "gone"
      ? o.feed?.outlivesMountpoint === true ? "homeless" : "ours"
      : is === "ours"
      ? "ours"
      : "lost")
}

/** What the mark of a mountpoint of ours says of us: no other has taken over, or somebody has. */
const epochAt = (
  o: Owned,
  id: MountpointId,
  mountpoints: Mountpoints["Service"]
): Effect.Effect<"ours" | "another's" | "gone" | "unknown"> =>
  Effect.match(mountpoints.mark(id), {
    onSuccess: (mark) => mark !== null && mark.epoch <= o.mark.epoch && mark.run === o.mark.run ? "ours" : "another's",
    onFailure: (error) => (error._tag === "MountpointMissing" ? "gone" : "unknown")
  })

/** Whether a mountpoint of ours says that no other has taken over; one that is gone has said nothing else. */
export const hasOurEpoch = (
  o: Owned,
  id: MountpointId,
  mountpoints: Mountpoints["Service"]
): Effect.Effect<boolean | "unknown"> =>
  Effect.map(epochAt(o, id, mountpoints), (is) => is === "unknown" ? is : is !== "another's")
