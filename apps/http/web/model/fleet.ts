// What the fleet says about a broadcast that nobody has taken.
import type { Fleet } from "@headend/api/Workers"

/** A cost or a room, as people read it. */
export const units = (cost: number): string => (Math.round(cost * 10) / 10).toString()

/** Older news of a worker than this are worth a word, in milliseconds: it tells of itself every few seconds. */
const late = 12_000

export const isLate = (seenAt: string, now: number): boolean => now - Date.parse(seenAt) > late

/** Why a broadcast is not taken yet, as far as the workers tell. */
export const waitsFor = (fleet: Fleet | undefined): string => {
  if (fleet === undefined) return "waits for a worker to take it"
  if (fleet.workers.length === 0) return "there is no worker to take it"
  const taking = fleet.workers.filter(({ draining, reachesJanus }) => !draining && reachesJanus)
  if (taking.length === 0) return "waits for a worker that takes broadcasts: none reaches Janus and stays"
  const most = Math.max(0, ...taking.map(({ capacity, used }) => capacity - used))
  return `waits for a worker with room for it: ${units(most)} is the most that one has left`
}
