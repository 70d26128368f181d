/**
 * The registry in memory: every step is one synchronous method, and so atomic. Times are the clock's.
 */
import { Duration, Option, Result } from "effect"
import * as EndReason from "../EndReason.ts"
import {
  type Claim,
  type Declaration,
  type Declared,
  type Fleet,
  isSame,
  type Lease,
  type Release,
  type StatusChange,
  type Timings,
  type Verdict,
  type Wake,
  type WorkerId,
  type WorkerState
} from "../Lease.ts"
import { BroadcastNotFound, Fenced, KeyReused, SpecConflict } from "../RegistryFailure.ts"
import type { Kept } from "../RegistryStore.ts"
import type { EventLog } from "./eventLog.ts"
import { Grace } from "./grace.ts"
import type { Journal } from "./journal.ts"
import { Members } from "./members.ts"
import { day, Requests } from "./requests.ts"
import { Row, Run } from "./row.ts"
import { Rows } from "./rows.ts"

export type Hint = Wake & { readonly worker: WorkerId | null }

export class MemoryRegistry {
  readonly rows: Rows
  private readonly requests: Requests
  private readonly members = new Members()
  private readonly grace: Grace
  private purged = 0
  private readonly timings: Timings
  private readonly hint: (hint: Hint) => void

  constructor(timings: Timings, log: EventLog, journal: Journal, hint: (hint: Hint) => void) {
    this.timings = timings
    this.grace = new Grace(timings)
    this.rows = new Rows(log, journal)
    this.requests = new Requests(journal)
    this.hint = hint
  }

  /** With what was kept. */
  restore(kept: Kept): void {
    for (const [id, row] of kept.rows) this.rows.restore(id, row)
    this.requests.restore(kept)
  }

  declare(declaration: Declaration, now: number): Result.Result<Declared, SpecConflict | KeyReused> {
    const { fingerprint, id, request } = declaration
    this.purge(now)
    const seen = this.requests.seen(request.key)
    if (seen !== undefined) {
      return seen.id === id && isSame(declaration, seen.fingerprint)
        ? Result.succeed({ outcome: "handled", run: seen.run })
        : Result.fail(new KeyReused({ key: request.key }))
    }
    const row = this.rows.get(id)
    if (this.requests.isCancelled(id, request.offeredAt)) {
      return Result.succeed({ outcome: "cancelled", run: row?.newest.run ?? 0 })
    }
    if (row !== undefined && !row.newest.isEnded && !row.newest.isEnding) {
      if (!isSame(declaration, row.newest.declaration.fingerprint)) return Result.fail(new SpecConflict({ id }))
      this.requests.see(request.key, { id, run: row.newest.run, fingerprint, at: now })
      return Result.succeed({ outcome: "exists", run: row.newest.run })
    }
    const run = new Run((row?.lastRun ?? 0) + 1, declaration, now)
    this.requests.see(request.key, { id, run: run.run, fingerprint, at: now })
    if (row !== undefined && !row.current.isEnded) {
      this.rows.queue(row, run, now)
    } else {
      this.rows.begin(id, run, now)
      this.hint({ worker: null })
    }
    return Result.succeed({ outcome: "created", run: run.run })
  }

  requestStop(id: string, offeredAt: number, now: number): Option.Option<WorkerId> {
    this.requests.stop(id, offeredAt, now)
    const row = this.rows.get(id)
    if (row === undefined) return Option.none()
    if (row.next !== null && row.next.declaration.request.offeredAt <= offeredAt) {
      const cancelled = row.next
      row.next = null
      row.keep(cancelled)
      this.rows.end(row, cancelled, EndReason.cancelled, now)
    }
    const run = row.current
    if (run.isEnded || run.isEnding || run.declaration.request.offeredAt > offeredAt) {
      return Option.fromNullishOr(row.owner)
    }
    run.ending = EndReason.stopped
    if (row.owner === null && run.held.length === 0) {
      this.rows.unowned.delete(id)
      this.rows.end(row, run, EndReason.stopped, now)
      return Option.none()
    }
    this.rows.move(row, run, "stopping", "stopped", now)
    this.hint({ worker: row.owner, ...(row.owner === null ? {} : { stop: id }) })
    return Option.fromNullishOr(row.owner)
  }

  requestRestart(id: string): Result.Result<void, BroadcastNotFound> {
    const row = this.rows.get(id)
    if (row === undefined || row.current.isEnded) return Result.fail(new BroadcastNotFound({ id }))
    row.restart = true
    this.rows.changed(row)
    this.hint({ worker: row.owner, restart: id })
    return Result.succeed(undefined)
  }

  claim(worker: WorkerState, max: number, largest: number, now: number): ReadonlyArray<Claim> {
    this.members.see(worker, now)
    // for all, and not for whoever looked first
    if (this.grace.isOver(now) && this.rows.lapse(now - this.margin, now)) this.hint({ worker: null })
    this.purge(now)
    const claims: Array<Claim> = []
    if (worker.draining) return claims
    let room = worker.capacity - worker.used
    for (const [id, notBefore] of this.rows.unowned) {
      if (claims.length >= max) break
      const row = this.rows.get(id)!
      const run = row.current
      if (notBefore > now) continue
      if (!run.isEnding && run.declaration.cost > largest) {
        run.ending = EndReason.noCapacity(run.declaration.cost, largest)
        this.rows.move(row, run, "stopping", run.ending.code, now)
      }
      const cost = run.isEnding ? 0 : run.declaration.cost
      if (cost > room) continue
      room -= cost
      this.rows.unowned.delete(id)
      claims.push(this.rows.own(row, run, worker.id, this.until(now), now))
    }
    return claims
  }

  renew(worker: WorkerId, leases: ReadonlyArray<Lease>, now: number): ReadonlyArray<Verdict> {
    this.members.hear(worker, now)
    const verdicts: Array<Verdict> = []
    for (const { epoch, id } of leases) {
      const row = this.rows.ownedBy({ id, epoch, worker })
      if (row === undefined) {
        verdicts.push({ id, verdict: "lost" })
        continue
      }
      row.until = this.until(now)
      // its lease was over, and nobody has taken it
      if (this.rows.unowned.delete(id)) this.rows.owned.add(row)
      if (row.current.isEnding) verdicts.push({ id, verdict: "stop" })
      else if (row.restart) {
        row.restart = false
        this.rows.changed(row)
        verdicts.push({ id, verdict: "restart" })
      }
    }
    return verdicts
  }

  report(lease: Lease, change: StatusChange, now: number): Result.Result<void, Fenced> {
    const row = this.rows.ownedBy(lease)
    if (row === undefined) return Result.fail(new Fenced({ id: lease.id }))
    const run = row.current
    run.apply(change)
    this.rows.changed(row)
    for (const event of change.events ?? []) this.rows.log.write(row, run, now, event)
    const to = run.isEnding ? "stopping" : change.state
    if (to !== undefined) this.rows.move(row, run, to, change.cause ?? run.ending?.code, now)
    return Result.succeed(undefined)
  }

  release(lease: Lease, how: Release, now: number): Result.Result<void, Fenced> {
    const row = this.rows.ownedBy(lease)
    if (row === undefined) return Result.fail(new Fenced({ id: lease.id }))
    this.rows.owned.delete(row)
    this.rows.unowned.delete(lease.id)
    row.owner = null
    row.until = 0
    row.maySend = how !== "handover" && "maySend" in how ? how.maySend : null
    const run = row.current
    this.rows.log.write(row, run, now, { _tag: "OwnerChanged", from: lease.worker, to: null })
    if (how === "handover" || "maySend" in how) {
      this.rows.unowned.set(lease.id, now)
      this.hint({ worker: null })
      return Result.succeed(undefined)
    }
    run.leftBehind = how.leftBehind
    this.rows.end(row, run, how.ended, now)
    if (this.rows.promote(row, now)) this.hint({ worker: null })
    return Result.succeed(undefined)
  }

  adopt(declaration: Declaration, claim: Claim, now: number): "adopted" | "lost" {
    const known = this.rows.get(claim.id)
    if (known !== undefined && (known.epoch >= claim.epoch || known.current.run !== claim.run)) {
      return known.owner === claim.worker && known.epoch === claim.epoch ? "adopted" : "lost"
    }
    const run = new Run(claim.run, declaration, claim.declaredAt)
    run.held = claim.held
    run.startedAt = claim.startedAt
    run.state = claim.state
    run.ending = claim.ending
    const row = new Row(run)
    row.epoch = claim.epoch - 1
    if (known !== undefined) this.rows.owned.delete(known)
    this.rows.byId.set(claim.id, row)
    this.rows.unowned.delete(claim.id)
    this.rows.own(row, run, claim.worker, this.until(now), now)
    return "adopted"
  }

  fleet(now: number): Fleet {
    const broadcasts = new Map<string, number>()
    for (const { owner } of this.rows.owned) broadcasts.set(owner!, (broadcasts.get(owner!) ?? 0) + 1)
    return {
      workers: this.members.present(now).map((one) => ({ ...one, broadcasts: broadcasts.get(one.id) ?? 0 })),
      ...this.rows.unplaced(now)
    }
  }

  private until(now: number): number {
    return now + Duration.toMillis(this.timings.leaseTtl)
  }

  private get margin(): number {
    return Duration.toMillis(this.timings.stealMargin)
  }

  private purge(now: number): void {
    if (now - this.purged < 60_000) return
    this.purged = now
    for (const [id, row] of this.rows.byId) {
      if (row.next === null && row.current.endedAt !== null && now - row.current.endedAt > day) {
        this.rows.forget(id)
      }
    }
    this.requests.purge(now)
    this.members.purge(now)
  }
}
