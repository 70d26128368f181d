/**
 * Whether leases that are over may be given up. Not when nobody has scanned for a while: then the registry itself was away,
 * and owners who are alive get the time of one lease to renew.
 */
import { Duration } from "effect"
import type { Timings } from "../Lease.ts"

/** Looking for them costs something, and each scan of each worker asks. Milliseconds. */
const lookEvery = 500

export class Grace {
  private readonly quiet: number
  private readonly lease: number
  private scannedAt = 0
  private until = 0
  private lookedAt = 0

  constructor(timings: Timings) {
    this.quiet = Duration.toMillis(timings.scanEvery) * 3
    this.lease = Duration.toMillis(timings.leaseTtl)
  }

  /** To be asked on every scan: whether it is time to look for leases that are over. */
  isOver(now: number): boolean {
    if (now - this.scannedAt > this.quiet) this.until = now + this.lease
    this.scannedAt = now
    if (now < this.until || now - this.lookedAt < lookEvery) return false
    this.lookedAt = now
    return true
  }
}
