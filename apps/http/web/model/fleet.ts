// What the fleet says about a broadcast that nobody has taken.
import type { Fleet } from "@headend/api/Workers"

/** A cost or a room, as people read it. */
export const units = (cost: number): string => (Math.round(cost * 10) / 10).toString()

/** When each worker was last heard of, by the clock of this page: that of the workers may be another. */
export type Heard = ReadonlyMap<string, { readonly seenAt: string; readonly at: number }>

/** A worker whose `seenAt` is another than before was heard of just now. */
export const withFleet = (before: Heard, { workers }: Fleet, now: number): Heard =>
  new Map(workers.map(({ id, seenAt }) => {
    const known = before.get(id)
    return [id, known?.seenAt === seenAt ? known : { seenAt, at: now }]
  }))

/** Older news of a worker than this are worth a word, in milliseconds: it tells of itself every few seconds. */
const late = 15_000

/** For how long a worker had not been heard of when the fleet was read; undefined where that is as usual. */
export const silence = (heard: Heard, id: string, readAt: number): number | undefined => {
  const age = readAt - (heard.get(id)?.at ?? readAt)
  return age > late ? age : undefined
}

/** Why a broadcast is not taken yet, as far as the workers tell. */
export const waitsFor = (fleet: Fleet | undefined): string => {
  if (fleet === undefined) return "waits for a worker to take it"
  if (fleet.workers.length === 0) return "there is no worker to take it"
  const taking = fleet.workers.filter(({ draining, reachesJanus }) => !draining && reachesJanus)
  if (taking.length === 0) return "waits for a worker that takes broadcasts: none reaches Janus and stays"
  const most = Math.max(0, ...taking.map(({ capacity, used }) => capacity - used))
  return `waits for a worker with room for it: ${units(most)} is the most that one has left`
}
