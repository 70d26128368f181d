/**
 * A broadcast in the memory registry: its runs, who owns it, and what of it the world may see.
 */
import type { EndReason } from "../EndReason.ts"
import * as Health from "../Health.ts"
import type { Held } from "../Holding.ts"
import type { Declaration, StatusChange } from "../Lease.ts"
import type { Mountpoint } from "../Mountpoint.ts"
import { type Left, noFacts, type Snapshot, type SourceFacts } from "../Snapshot.ts"

let lastMillis = Number.NaN
let lastText = ""

/** ISO 8601, UTC. The last one is remembered: most are asked for several times in the same millisecond. */
export const iso = (millis: number): string => {
  if (millis !== lastMillis) {
    lastMillis = millis
    lastText = new Date(millis).toISOString()
  }
  return lastText
}

export class Run {
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
  readonly run: number
  readonly declaration: Declaration
  readonly declaredAt: number

  constructor(run: number, declaration: Declaration, now: number) {
    this.run = run
    this.declaration = declaration
    this.declaredAt = now
    this.since = now
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
  }

  get isEnded(): boolean {
    return this.endedAt !== null
  }

  /** It is wanted stopped, or is ending by itself. */
  get isEnding(): boolean {
    return this.ending !== null
  }
}

export class Row {
  owner: string | null = null
  epoch = 0
  /** End of the lease. */
  until = 0
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

const time = (millis: number | null): string | null => (millis === null ? null : iso(millis))

/** What the world may see of a run. */
export const toSnapshot = (row: Row, run: Run): Snapshot => {
  const { declaration } = run
  const { spec } = declaration
  const masked = declaration.masked as { readonly source: Snapshot["source"] }
  const isOwned = run === row.current && row.owner !== null
  return {
    id: declaration.id,
    run: run.run,
    description: spec.description ?? null,
    labels: spec.labels ?? {},
    spec: declaration.masked,
    request: {
      key: declaration.request.key,
      jobId: declaration.request.jobId,
      offeredAt: iso(declaration.request.offeredAt)
    },
    state: run.state,
    since: iso(run.since),
    startedAt: time(run.startedAt),
    endedAt: time(run.endedAt),
    endReason: run.ending,
    source: masked.source,
    mountpoint: run.mountpoint,
    ...run.facts,
    health: run.health,
    play: {
      whep: run.mountpoint === null ? null : `/whep/${declaration.id}`,
      mountpointId: run.mountpoint?.id ?? null
    },
    owner: isOwned ? { worker: row.owner!, epoch: row.epoch } : null,
    leftBehind: run.leftBehind
  }
}
