/**
 * How long a worker's leases are surely its own: counted from before the last good renewal was sent, on the monotonic
 * clock, since the wall clock may be set.
 */
import type { Clock } from "effect"

export class Deadline {
  private readonly clock: Clock.Clock
  /** How long, in milliseconds. */
  private readonly within: number
  private renewedAt: number

  constructor(clock: Clock.Clock, within: number) {
    this.clock = clock
    this.within = within
    this.renewedAt = this.now()
  }

  /** Milliseconds of the monotonic clock. */
  now(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe()) / 1e6
  }

  /** All leases were renewed, by a request that was sent then. */
  renewed(sentAt: number): void {
    this.renewedAt = sentAt
  }

  /** Milliseconds since the last good renewal was sent. */
  away(): number {
    return this.now() - this.renewedAt
  }

  /** By how much it is over; 0 while it is not. */
  over(): number {
    return Math.max(0, this.away() - this.within)
  }

  /** Nobody can have taken over what is ours. */
  isSure(): boolean {
    return this.away() < this.within
  }

  /** Until it is over; 0 when it is. */
  left(): number {
    return Math.max(0, this.within - this.away())
  }

  /** Whether this process, to be woken then, did not get to run for longer than its leases were its own. */
  wasFrozen(wakeAt: number): boolean {
    return this.now() - wakeAt > this.within
  }
}
