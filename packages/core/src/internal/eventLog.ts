/**
 * The event log of the memory registry: bounded, in order, and followed by any number of readers.
 */
import { type Array as Arr, Effect, PubSub, Stream } from "effect"
import { type Announcement, type BroadcastEvent, type EventBody, type EventId, logStart } from "../BroadcastEvent.ts"
import { PositionTooOld } from "../RegistryFailure.ts"
import { iso } from "../RunRecord.ts"
import type { Journal } from "./journal.ts"
import type { Row, Run } from "./row.ts"

/** So many of the newest are kept. */
export const kept = 50_000

/** What was written in one go. */
export type Batch = Arr.NonEmptyReadonlyArray<BroadcastEvent>

export class EventLog {
  private events: Array<BroadcastEvent>
  /** Number of events that were ever written. */
  written: number
  /** Written, and not told to the readers yet. */
  private untold: Arr.NonEmptyArray<BroadcastEvent> | undefined
  private readonly hub: PubSub.PubSub<Batch>
  /** Names this log: a position of another one, as before a restart, is none of it. */
  private readonly life: string
  private readonly journal: Journal

  constructor(
    hub: PubSub.PubSub<Batch>,
    journal: Journal,
    past: { readonly life: string; readonly written: number; readonly events: ReadonlyArray<BroadcastEvent> }
  ) {
    this.hub = hub
    this.journal = journal
    this.life = past.life
    this.written = past.written
    this.events = [...past.events]
  }

  get position(): EventId {
    return `${this.life}-${this.written}`
  }

  write(row: Row, run: Run, now: number, body: EventBody): void {
    this.append(now, body, { broadcast: run.declaration.id, run: run.run, epoch: row.epoch })
  }

  announce(now: number, { broadcast, ...body }: Announcement): void {
    this.append(now, body, { broadcast, run: null, epoch: null })
  }

  private append(
    now: number,
    body: EventBody | Omit<Announcement, "broadcast">,
    whose: Pick<BroadcastEvent, "broadcast" | "run" | "epoch">
  ): void {
    const event = {
      ...body,
      ...whose,
      position: `${this.life}-${++this.written}`,
      time: iso(now),
      cause: body.cause ?? null
    } as BroadcastEvent // a body with what every event has in common is the event of that body
    this.events.push(event)
    this.journal.event(event)
    if (this.events.length > kept * 1.2) this.events = this.events.slice(-kept)
    if (this.untold === undefined) this.untold = [event]
    else this.untold.push(event)
  }

  /** At the end of every step: readers are woken once for all that it wrote. */
  tell(): void {
    const batch = this.untold
    this.untold = undefined
    if (batch !== undefined) PubSub.publishUnsafe(this.hub, batch)
  }

  /** Subscribes first, then reads the past, then drops what both have. */
  readonly follow = (after: EventId | undefined): Stream.Stream<BroadcastEvent, PositionTooOld> =>
    Stream.unwrap(Effect.gen({ self: this }, function*() {
      const subscription = yield* PubSub.subscribe(this.hub)
      const from = this.written
      const first = from - this.events.length
      const asked = after === undefined ? from : after === logStart ? first : this.count(after)
      if (!Number.isSafeInteger(asked) || asked < first || asked > from) {
        return Stream.fail(new PositionTooOld({ position: after ?? "" }))
      }
      return Stream.concat(
        Stream.fromIterable(this.events.slice(asked - first)),
        Stream.fromSubscription(subscription).pipe(
          Stream.flattenArray,
          Stream.filter((event) => this.count(event.position) > from)
        )
      )
    }))

  /** How many events there were at a position; not a number when it is of another log. */
  private count(position: EventId): number {
    const [, life, count] = /^(.+)-(\d+)$/.exec(position) ?? []
    return life === this.life ? Number(count) : Number.NaN
  }
}
