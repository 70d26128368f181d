/**
 * The rows of the memory registry: which runs there are, in which state, and who owns them; every change of it goes into
 * the event log in the same step. Who may change what is decided in `memoryRegistry.ts`.
 */
import { Effect, Option, Result } from "effect"
import * as EndReason from "../EndReason.ts"
import * as Health from "../Health.ts"
import {
  type Claim,
  type Entry,
  type Fleet,
  type Lease,
  type Page,
  type Query,
  runKey,
  type WorkerId
} from "../Lease.ts"
import { BroadcastNotFound } from "../RegistryFailure.ts"
import type { KeptRow } from "../RegistryStore.ts"
import type { RelayRun } from "../Relays.ts"
import type { EventLog } from "./eventLog.ts"
import type { Journal } from "./journal.ts"
import { Row, type Run, toSnapshot } from "./row.ts"

export class Rows {
  readonly byId = new Map<string, Row>()
  /** What nobody owns, and from when it can be claimed: a claim looks at these, and not at every row. */
  readonly unowned = new Map<string, number>()
  readonly owned = new Set<Row>()
  readonly log: EventLog
  private readonly journal: Journal

  constructor(log: EventLog, journal: Journal) {
    this.log = log
    this.journal = journal
  }

  /** With a row that was kept: nobody owns it, and what is not over can be claimed. */
  restore(id: string, kept: KeptRow): void {
    const row = Row.from(kept)
    this.byId.set(id, row)
    if (!row.current.isEnded) this.unowned.set(id, 0)
  }

  /** Something about it is to be kept that is another than before. */
  changed(row: Row): void {
    this.journal.row(row.current.declaration.id, row)
  }

  /** Nobody asks for it any more. */
  forget(id: string): void {
    this.byId.delete(id)
    this.journal.row(id, null)
  }

  get(id: string): Row | undefined {
    return this.byId.get(id)
  }

  /** The row, when this lease is the valid one. */
  ownedBy(lease: Lease): Row | undefined {
    const row = this.byId.get(lease.id)
    return row !== undefined && row.owner === lease.worker && row.epoch === lease.epoch ? row : undefined
  }

  /** A run that can be claimed from now on; the one before it is over. */
  begin(id: string, run: Run, now: number): void {
    const row = this.byId.get(id) ?? new Row(run)
    this.byId.set(id, row)
    if (row.current !== run) row.keep(row.current)
    row.current = run
    row.lastRun = run.run
    row.restart = false
    this.unowned.set(id, now)
    this.announce(row, run, now)
  }

  /** A run that waits until the one before it is undone. */
  queue(row: Row, run: Run, now: number): void {
    row.next = run
    row.lastRun = run.run
    this.announce(row, run, now)
  }

  /** The run that waited becomes the one to claim. */
  promote(row: Row, now: number): boolean {
    const { next } = row
    if (next === null) return false
    row.next = null
    row.keep(row.current)
    row.current = next
    row.restart = false
    this.unowned.set(next.declaration.id, now)
    this.changed(row)
    return true
  }

  /** Leases that ended before are over: what they were for can be claimed. Whether there were any. */
  lapse(before: number, now: number): boolean {
    let any = false
    for (const row of this.owned) {
      if (row.until >= before) continue
      this.owned.delete(row)
      this.unowned.set(row.current.declaration.id, now)
      any = true
    }
    return any
  }

  own(row: Row, run: Run, worker: WorkerId, until: number, now: number): Claim {
    const from = row.owner
    row.epoch++
    row.owner = worker
    row.until = until
    this.owned.add(row)
    this.changed(row)
    this.log.write(row, run, now, { _tag: "OwnerChanged", from, to: worker })
    if (run.state === "pending") this.move(row, run, "starting", undefined, now)
    const { cost, id, keyId, spec } = run.declaration
    const claim = {
      id,
      epoch: row.epoch,
      worker,
      run: run.run,
      cost,
      keyId,
      held: run.held,
      state: run.state,
      mountpoint: run.mountpoint,
      startedAt: run.startedAt,
      declaredAt: run.declaredAt,
      trace: run.declaration.request.trace ?? null,
      leftBehind: run.leftBehind,
      previousOwner: Option.fromNullishOr(from),
      maySend: Option.fromNullishOr(from ?? row.maySend)
    }
    return run.ending === null
      ? { ...claim, wanted: "running", ending: null, spec }
      : { ...claim, wanted: "stopped", ending: run.ending }
  }

  move(row: Row, run: Run, to: Health.State, cause: string | undefined, now: number): void {
    this.changed(row)
    if (run.state === to) return
    const from = run.state
    run.state = to
    run.since = now
    // nobody reads its hops any more
    if (to === "stopping") run.health = Health.bare(to)
    this.log.write(row, run, now, {
      _tag: "BroadcastStateChanged",
      from,
      to,
      endReason: Health.isEnded(to) ? run.ending : null,
      ...(cause === undefined ? {} : { cause })
    })
  }

  end(row: Row, run: Run, reason: EndReason.EndReason, now: number): void {
    run.ending = reason
    run.endedAt = now
    run.held = []
    run.mountpoint = null
    run.health = Health.bare(EndReason.state(reason))
    run.facts = { ...run.facts, room: null, forwarders: [], relay: null }
    this.move(row, run, EndReason.state(reason), reason.code, now)
  }

  entry(id: string, run?: number): Result.Result<Entry, BroadcastNotFound> {
    const row = this.byId.get(id)
    const found = run === undefined ? row?.newest : row?.find(run)
    if (row === undefined || found === undefined) return Result.fail(new BroadcastNotFound({ id }))
    const { keyId, spec } = found.declaration
    return Result.succeed({
      snapshot: toSnapshot(row, found),
      spec: found.unreadable === null ? Effect.succeed(spec) : Effect.fail(found.unreadable),
      keyId
    })
  }

  list(query: Query): Page {
    const limit = Math.min(Math.max(query.limit ?? 100, 1), 500)
    const items: Array<ReturnType<typeof toSnapshot>> = []
    for (const id of [...this.byId.keys()].toSorted()) {
      if (query.cursor !== undefined && id <= query.cursor) continue
      const row = this.byId.get(id)!
      if (query.state !== undefined && row.newest.state !== query.state) continue
      const snapshot = toSnapshot(row, row.newest)
      if (query.source !== undefined && snapshot.source.kind !== query.source) continue
      if (query.label !== undefined && snapshot.labels[query.label[0]] !== query.label[1]) continue
      if (items.length === limit) return { items, next: items.at(-1)!.id }
      items.push(snapshot)
    }
    return { items, next: null }
  }

  /** Of the run that is on air, or was last. */
  logs(id: string): ReadonlyArray<RelayRun> {
    return this.byId.get(id)?.current.logs ?? []
  }

  alive(runs: ReadonlyArray<{ readonly broadcast: string; readonly run: number }>): ReadonlySet<string> {
    return new Set(runs.flatMap(({ broadcast, run }) => {
      const found = this.byId.get(broadcast)?.find(run)
      return found === undefined || found.isEnded ? [] : [runKey(broadcast, run)]
    }))
  }

  /** What waits for an owner. */
  unplaced(now: number): Pick<Fleet, "unplaced" | "unplacedCost" | "oldestUnplacedMs"> {
    const waiting = [...this.unowned.keys()].map((id) => this.byId.get(id)!.current)
    return {
      unplaced: waiting.length,
      unplacedCost: waiting.reduce((sum, run) => sum + run.declaration.cost, 0),
      oldestUnplacedMs: waiting.length === 0 ? null : now - Math.min(...this.unowned.values())
    }
  }

  private announce(row: Row, run: Run, now: number): void {
    this.changed(row)
    this.log.write(row, run, now, { _tag: "BroadcastStateChanged", from: null, to: "pending", endReason: null })
  }
}
