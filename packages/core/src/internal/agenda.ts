/**
 * Which broadcasts of a worker are looked at when, in beats of a tenth of a second. Whoever waits here is woken when one
 * is due, and sleeps as long as none is. What is looked at once a second has a beat of its own in it.
 */
import { type Clock, Effect, Latch } from "effect"
import type { Owned } from "./owned.ts"

/** Milliseconds. */
export const beat = 100
const beatsOfSecond = 10

export class Agenda {
  private readonly clock: Clock.Clock
  private readonly beats = new Map<number, Array<Owned>>()
  private readonly earlier = Latch.makeUnsafe()
  private wakesOn = Number.POSITIVE_INFINITY
  private places = 0

  constructor(clock: Clock.Clock) {
    this.clock = clock
  }

  /** To be looked at within so many milliseconds, on the next beat at the earliest; what is planned sooner stays. */
  plan(o: Owned, millis: number): void {
    if (millis === Number.POSITIVE_INFINITY) return
    const next = Math.floor(this.now() / beat) + 1
    const on = Math.max(next, next - 1 + Math.floor(millis / beat))
    const place = o.lookPlace ??= this.places++ % beatsOfSecond
    this.put(o, on - next < beatsOfSecond - 1 ? on : on - (on - place) % beatsOfSecond)
  }

  /** On the next beat. */
  readonly soon = (o: Owned): void => this.plan(o, beat)

  /** Waits until some are due, and takes them. */
  readonly due: Effect.Effect<ReadonlyArray<Owned>> = Effect.suspend(() => {
    let first = Number.POSITIVE_INFINITY
    for (const on of this.beats.keys()) first = Math.min(first, on)
    const wait = first * beat - this.now()
    if (wait <= 0) return Effect.succeed(this.take(first))
    this.wakesOn = first
    this.earlier.closeUnsafe()
    const changed = this.earlier.await
    return Effect.flatMap(
      first === Number.POSITIVE_INFINITY ? changed : Effect.timeoutOption(changed, Math.ceil(wait)),
      () => this.due
    )
  })

  private take(on: number): ReadonlyArray<Owned> {
    const due = (this.beats.get(on) ?? []).filter((o) => o.lookOn === on)
    this.beats.delete(on)
    for (const o of due) o.lookOn = Number.POSITIVE_INFINITY
    return due
  }

  private put(o: Owned, on: number): void {
    if (o.lookOn <= on) return
    o.lookOn = on
    const others = this.beats.get(on)
    if (others === undefined) this.beats.set(on, [o])
    else others.push(o)
    if (on < this.wakesOn) this.earlier.openUnsafe()
  }

  /** Milliseconds of the monotonic clock: the wall clock may be set. */
  private now(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe()) / 1e6
  }
}
