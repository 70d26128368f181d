// What relays move now, by broadcast. It is apart from the snapshots: it changes each second, and a card need not.
import type { Figures } from "@headend/api/Events"
import type { Snapshot } from "@headend/core/Snapshot"
import type { Broadcasts } from "./broadcasts.ts"

/** fps, bitrateKbps, speed, drops, dups, cpuPercent, memoryMb: those that are known. */
export type Progress = Readonly<Record<string, number>>

export type Progresses = ReadonlyMap<string, Progress>

/** As these snapshots tell, and they are all that there are. */
export const progressOf = (snapshots: ReadonlyArray<Snapshot>): Progresses =>
  new Map(snapshots.flatMap(({ id, relay }) => relay?.progress == null ? [] : [[id, relay.progress] as const]))

/** As this snapshot tells. */
export const withProgress = (before: Progresses, { id, relay }: Snapshot): Progresses => {
  const after = new Map(before)
  if (relay?.progress == null) after.delete(id)
  else after.set(id, relay.progress)
  return after
}

/** As figures tell; those of a run that is not known, or has no relay, change nothing. */
export const withFigures = (before: Progresses, broadcasts: Broadcasts, items: Figures["items"]): Progresses => {
  const known = items.filter(({ broadcast, run }) => {
    const one = broadcasts.get(broadcast)
    return one?.run === run && one.relay !== null
  })
  return known.length === 0
    ? before
    : new Map([...before, ...known.map(({ broadcast, progress }) => [broadcast, progress] as const)])
}
