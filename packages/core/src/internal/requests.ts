/**
 * What was asked of the registry in memory, kept for a day: request keys, each of which starts at most one run, and
 * stops, which cancel every start that was offered before them.
 */
import type { Kept, KeptKey, KeptStop } from "../RegistryStore.ts"
import type { Journal } from "./journal.ts"

export const day = 24 * 60 * 60_000

export class Requests {
  private readonly keys = new Map<string, KeptKey>()
  private readonly stops = new Map<string, KeptStop>()
  private readonly journal: Journal

  constructor(journal: Journal) {
    this.journal = journal
  }

  restore({ keys, stops }: Pick<Kept, "keys" | "stops">): void {
    for (const [key, kept] of keys) this.keys.set(key, kept)
    for (const [id, kept] of stops) this.stops.set(id, kept)
  }

  /** The run that this key started. */
  seen(key: string): KeptKey | undefined {
    return this.keys.get(key)
  }

  see(key: string, kept: KeptKey): void {
    this.keys.set(key, kept)
    this.journal.key(key, kept)
  }

  /** A stop came that was offered after this. */
  isCancelled(id: string, offeredAt: number): boolean {
    const stop = this.stops.get(id)
    return stop !== undefined && offeredAt < stop.offeredAt
  }

  stop(id: string, offeredAt: number, now: number): void {
    const before = this.stops.get(id)
    if (before !== undefined && before.offeredAt >= offeredAt) return
    const stop = { offeredAt, at: now }
    this.stops.set(id, stop)
    this.journal.stop(id, stop)
  }

  purge(now: number): void {
    for (const [key, { at }] of this.keys) {
      if (now - at <= day) continue
      this.keys.delete(key)
      this.journal.key(key, null)
    }
    for (const [id, { at }] of this.stops) {
      if (now - at <= day) continue
      this.stops.delete(id)
      this.journal.stop(id, null)
    }
  }
}
