/**
 * Who takes what: the other workers as the registry tells of them, how much one claims at a time and how long it holds
 * back, so that load spreads by itself. It decides about what nobody owns; nothing that is placed is ever moved.
 */
import { Duration } from "effect"
import type { Fleet, Timings, WorkerId } from "../Lease.ts"

/** A worker as young as this takes little at a time: its fellows may be about to begin, too. Milliseconds. */
const youth = 30_000
/** So many from one scan to the next, while it is young and not alone. */
const whileYoung = 5
/** A full worker holds back for so long: the less loaded one wins. Milliseconds. */
const holdBack = 150
/** A capacity is counted with for so long after its worker was seen last: it may come back. Milliseconds. */
const remembered = 60_000

type Member = Fleet["workers"][number]

export class Neighbours {
  private readonly self: WorkerId
  private readonly capacity: number
  private readonly quiet: number
  private readonly bornAt: number
  private readonly capacities = new Map<WorkerId, { readonly capacity: number; readonly at: number }>()
  private others: ReadonlyArray<Member> | undefined
  private taken = 0

  /** Times are milliseconds of the monotonic clock. */
  constructor(self: WorkerId, capacity: number, timings: Timings, now: number) {
    this.self = self
    this.capacity = capacity
    this.quiet = Duration.toMillis(timings.scanEvery) * 4
    this.bornAt = now
  }

  /** What the registry tells. Who has not been heard of for four scans is taken for gone. */
  see({ workers }: Fleet, now: number): void {
    // by the registry's own clock, of which the newest sign of life is the best that is known
    const newest = Math.max(...workers.map(({ seenAt }) => seenAt))
    this.others = workers.filter((one) => one.id !== this.self && one.seenAt >= newest - this.quiet)
    for (const { capacity, id } of this.others) this.capacities.set(id, { capacity, at: now })
    for (const [id, { at }] of this.capacities) if (now - at > remembered) this.capacities.delete(id)
  }

  /** Nobody else is there, as far as is known. */
  get alone(): boolean {
    return this.others?.length === 0
  }

  /** Nobody else was there for so long that no lease can run out but its own. */
  isSolitary(now: number): boolean {
    return this.alone && this.capacities.size === 0 && now - this.bornAt >= remembered
  }

  /** Somebody else can put things on air. */
  get someReachJanus(): boolean {
    return this.reaching.length > 0
  }

  /** How much room those have who can put things on air. */
  get room(): number {
    return this.reaching.reduce((sum, { capacity, used }) => sum + Math.max(0, capacity - used), 0)
  }

  /** The largest capacity of all; not known before everybody has had the time to show up. */
  largest(now: number): number | undefined {
    if (now - this.bornAt < youth) return undefined
    return Math.max(this.capacity, ...[...this.capacities.values()].map(({ capacity }) => capacity))
  }

  /** A scan begins. */
  scan(): void {
    this.taken = 0
  }

  took(count: number): void {
    this.taken += count
  }

  /** How many of the unowned it may claim now: its part of them. */
  share(unplaced: number, now: number): number {
    const live = 1 + (this.others ?? []).filter((one) => !one.draining).length
    const part = Math.ceil(unplaced / live)
    return this.alone || now - this.bornAt >= youth ? part : Math.min(part, Math.max(0, whileYoung - this.taken))
  }

  /** How long it holds back before it claims, in milliseconds. */
  delay(used: number): number {
    return this.alone ? 0 : holdBack * Math.min(1, this.capacity > 0 ? used / this.capacity : 1)
  }

  private get reaching(): ReadonlyArray<Member> {
    return (this.others ?? []).filter((one) => one.reachesJanus && !one.draining)
  }
}
