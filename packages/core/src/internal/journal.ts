/**
 * What a step of the registry in memory has changed, for a store that keeps it. Without one nothing is written down.
 */
import type { BroadcastEvent } from "../BroadcastEvent.ts"
import type { Changes, KeptKey, KeptRow, KeptStop } from "../RegistryStore.ts"

export class Journal {
  private rows = new Map<string, KeptRow | null>()
  private keys = new Map<string, KeptKey | null>()
  private stops = new Map<string, KeptStop | null>()
  private events: Array<BroadcastEvent> = []
  private readonly isKept: boolean

  constructor(isKept: boolean) {
    this.isKept = isKept
  }

  row(id: string, row: KeptRow | null): void {
    if (this.isKept) this.rows.set(id, row)
  }

  key(key: string, kept: KeptKey | null): void {
    if (this.isKept) this.keys.set(key, kept)
  }

  stop(id: string, kept: KeptStop | null): void {
    if (this.isKept) this.stops.set(id, kept)
  }

  event(event: BroadcastEvent): void {
    if (this.isKept) this.events.push(event)
  }

  /** What has changed since the last time; undefined when nothing has. */
  take(written: number, keep: number): Changes | undefined {
    const { events, keys, rows, stops } = this
    if (rows.size + keys.size + stops.size + events.length === 0) return undefined
    this.rows = new Map()
    this.keys = new Map()
    this.stops = new Map()
    this.events = []
    return { rows, keys, stops, events, written, keep }
  }
}
