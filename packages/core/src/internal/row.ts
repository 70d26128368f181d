/**
 * A broadcast in the memory registry: its runs, who owns it, and what of it the world may see.
 */
import type { EndReason } from "../EndReason.ts"
import * as Health from "../Health.ts"
import type { Held } from "../Holding.ts"
import type { Declaration, StatusChange } from "../Lease.ts"
import type { Mountpoint } from "../Mountpoint.ts"
import type { SpecUnreadable } from "../RegistryFailure.ts"
import type { KeptRow, KeptRun } from "../RegistryStore.ts"
import type { RelayRun } from "../Relays.ts"
import { snapshot } from "../RunRecord.ts"
import { type Left, noFacts, type Snapshot, type SourceFacts } from "../Snapshot.ts"

export class Run implements KeptRun {
  state: Health.State = "pending"
  since: number
  startedAt: number | null = null
  endedAt: number | null = null
  /** Why it is to end, or has ended. */
  ending: EndReason | null = null
  mountpoint: Mountpoint | null = null
  facts: SourceFacts = noFacts
  health: Health.Health = Health.unknown
  held: ReadonlyArray<Held> = []
  leftBehind: ReadonlyArray<Left> = []
  logs: ReadonlyArray<RelayRun> = []
  unreadable: SpecUnreadable | null = null
  readonly run: number
  readonly declaration: Declaration
  readonly declaredAt: number

  constructor(run: number, declaration: Declaration, now: number) {
    this.run = run
    this.declaration = declaration
    this.declaredAt = now
    this.since = now
  }

  static from(kept: KeptRun): Run {
    return Object.assign(new Run(kept.run, kept.declaration, kept.declaredAt), kept)
  }

  /** What an owner reports; the first reason to end stays. */
  apply(change: StatusChange): void {
    this.ending ??= change.ending ?? null
    this.startedAt ??= change.startedAt ?? null
    if (change.mountpoint !== undefined) this.mountpoint = change.mountpoint
    this.facts = change.facts ?? this.facts
    this.health = this.isEnding ? Health.bare("stopping") : change.health ?? this.health
    this.held = change.held ?? this.held
    this.leftBehind = change.leftBehind ?? this.leftBehind
    this.logs = change.logs ?? this.logs
  }

  get isEnded(): boolean {
    return this.endedAt !== null
  }

  /** It is wanted stopped, or is ending by itself. */
  get isEnding(): boolean {
    return this.ending !== null
  }
}

export class Row implements KeptRow {
  owner: string | null = null
  epoch = 0
  /** End of the lease. */
  until = 0
  /** An owner before that was not seen to end when the last one handed over. */
  maySend: string | null = null
  restart = false
  next: Run | null = null
  /** The run before, and one that was cancelled while it waited. */
  past: ReadonlyArray<Run> = []
  current: Run

  /** Run numbers are never used again, also not that of a run that was cancelled while it waited. */
  lastRun: number

  constructor(current: Run) {
    this.current = current
    this.lastRun = current.run
  }

  /** Nobody owns it: whoever did is dead. */
  static from(kept: KeptRow): Row {
    const row = new Row(Run.from(kept.current))
    row.epoch = kept.epoch
    row.restart = kept.restart
    row.lastRun = kept.lastRun
    row.next = kept.next === null ? null : Run.from(kept.next)
    row.past = kept.past.map(Run.from)
    return row
  }

  get newest(): Run {
    return this.next ?? this.current
  }

  keep(over: Run): void {
    this.past = [over, ...this.past].slice(0, 2)
  }

  find(run: number): Run | undefined {
    return [this.current, this.next, ...this.past].find((one) => one?.run === run) ?? undefined
  }
}

/** What the world may see of a run. */
export const toSnapshot = (row: Row, run: Run): Snapshot => {
  const { id, masked, request } = run.declaration
  return snapshot({
    id,
    run: run.run,
    masked,
    request,
    state: run.state,
    since: run.since,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    ending: run.ending,
    mountpoint: run.mountpoint,
    facts: run.facts,
    health: run.health,
    leftBehind: run.leftBehind,
    owner: run === row.current && row.owner !== null ? { worker: row.owner, epoch: row.epoch } : null
  })
}
