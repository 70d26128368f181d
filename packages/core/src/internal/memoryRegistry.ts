/**
 * The registry in memory: every step is one synchronous method, and so atomic. Times are the clock's.
 */
import { Duration, Option, Result } from "effect"
import * as EndReason from "../EndReason.ts"
import { isEnded, type State } from "../Health.ts"
import {
  BroadcastNotFound,
  type Claim,
  type Declaration,
  type Declared,
  type Entry,
  Fenced,
  type Fleet,
  KeyReused,
  type Lease,
  type Page,
  type Query,
  type Release,
  runKey,
  SpecConflict,
  type StatusChange,
  type Timings,
  type Verdict,
  type Wake,
  type WorkerId,
  type WorkerState
} from "../Lease.ts"
import type { EventLog } from "./eventLog.ts"
import { Row, Run, toSnapshot } from "./row.ts"

const day = 24 * 60 * 60_000
const seenFor = 30_000

export type Hint = Wake & { readonly worker: WorkerId | null }

export class MemoryRegistry {
  private readonly rows = new Map<string, Row>()
  /** What nobody owns, and from when it can be claimed: a claim looks at these, and not at every row. */
  private readonly unowned = new Map<string, number>()
  private readonly owned = new Set<Row>()
  private readonly keys = new Map<string, { id: string; run: number; fingerprint: string; at: number }>()
  /** Stops, by their offer time: a start that was offered before one of them comes too late. */
  private readonly stops = new Map<string, { offeredAt: number; at: number }>()
  private readonly workers = new Map<WorkerId, WorkerState & { seenAt: number }>()
  private tick = 0
  private grace = 0
  private searched = 0
  private purged = 0
  private readonly timings: Timings
  private readonly log: EventLog
  private readonly hint: (hint: Hint) => void

  constructor(timings: Timings, log: EventLog, hint: (hint: Hint) => void) {
    this.timings = timings
    this.log = log
    this.hint = hint
  }

  declare(declaration: Declaration, now: number): Result.Result<Declared, SpecConflict | KeyReused> {
    const { fingerprint, id, request } = declaration
    const seen = this.keys.get(request.key)
    if (seen !== undefined) {
      return seen.id === id && seen.fingerprint === fingerprint
        ? Result.succeed({ outcome: "handled", run: seen.run })
        : Result.fail(new KeyReused({ key: request.key }))
    }
    const row = this.rows.get(id)
    const stop = this.stops.get(id)
    if (stop !== undefined && request.offeredAt < stop.offeredAt) {
      return Result.succeed({ outcome: "cancelled", run: row?.newest.run ?? 0 })
    }
    if (row !== undefined && !row.newest.isEnded && !row.newest.isEnding) {
      if (row.newest.declaration.fingerprint !== fingerprint) return Result.fail(new SpecConflict({ id }))
      this.keys.set(request.key, { id, run: row.newest.run, fingerprint, at: now })
      return Result.succeed({ outcome: "exists", run: row.newest.run })
    }
    const run = new Run((row?.newest.run ?? 0) + 1, declaration, now)
    this.keys.set(request.key, { id, run: run.run, fingerprint, at: now })
    if (row !== undefined && !row.current.isEnded) {
      row.next = run
      this.log.write(row, run, now, { _tag: "BroadcastStateChanged", from: null, to: "pending", endReason: null })
    } else {
      const fresh = row ?? new Row(run)
      this.rows.set(id, fresh)
      this.begin(fresh, run, now)
    }
    return Result.succeed({ outcome: "created", run: run.run })
  }

  requestStop(id: string, offeredAt: number, now: number): Option.Option<WorkerId> {
    const before = this.stops.get(id)
    if (before === undefined || before.offeredAt < offeredAt) this.stops.set(id, { offeredAt, at: now })
    const row = this.rows.get(id)
    if (row === undefined) return Option.none()
    if (row.next !== null && row.next.declaration.request.offeredAt <= offeredAt) {
      const cancelled = row.next
      row.next = null
      row.past = [cancelled, ...row.past].slice(0, 2)
      this.end(row, cancelled, EndReason.cancelled, now)
    }
    const run = row.current
    if (run.isEnded || run.isEnding || run.declaration.request.offeredAt > offeredAt) {
      return Option.fromNullishOr(row.owner)
    }
    run.ending = EndReason.stopped
    if (row.owner === null && run.held.length === 0) {
      this.unowned.delete(id)
      this.end(row, run, EndReason.stopped, now)
      return Option.none()
    }
    this.move(row, run, "stopping", "stopped", now)
    this.hint({ worker: row.owner, ...(row.owner === null ? {} : { stop: id }) })
    return Option.fromNullishOr(row.owner)
  }

  requestRestart(id: string): Result.Result<void, BroadcastNotFound> {
    const row = this.rows.get(id)
    if (row === undefined || row.current.isEnded) return Result.fail(new BroadcastNotFound({ id }))
    row.restart = true
    this.hint({ worker: row.owner, restart: id })
    return Result.succeed(undefined)
  }

  claim(worker: WorkerState, max: number, now: number): ReadonlyArray<Claim> {
    this.workers.set(worker.id, { ...worker, seenAt: now })
    const quiet = Duration.toMillis(this.timings.scanEvery) * 3
    if (now - this.tick > quiet) this.grace = now + Duration.toMillis(this.timings.leaseTtl)
    this.tick = now
    this.lapse(now)
    this.purge(now)
    const claims: Array<Claim> = []
    if (worker.draining) return claims
    let room = worker.capacity - worker.used
    for (const [id, notBefore] of this.unowned) {
      if (claims.length >= max) break
      const row = this.rows.get(id)!
      const run = row.current
      const cost = run.isEnding ? 0 : run.declaration.cost
      if (notBefore > now || cost > room) continue
      room -= cost
      this.unowned.delete(id)
      claims.push(this.own(row, run, worker.id, now))
    }
    return claims
  }

  renew(worker: WorkerId, leases: ReadonlyArray<Lease>, now: number): ReadonlyArray<Verdict> {
    const seen = this.workers.get(worker)
    if (seen !== undefined) seen.seenAt = now
    const verdicts: Array<Verdict> = []
    for (const { epoch, id } of leases) {
      const row = this.rows.get(id)
      if (row === undefined || row.owner !== worker || row.epoch !== epoch) {
        verdicts.push({ id, verdict: "lost" })
        continue
      }
      row.until = now + Duration.toMillis(this.timings.leaseTtl)
      // its lease was over, and nobody has taken it
      if (this.unowned.delete(id)) this.owned.add(row)
      if (row.current.isEnding) verdicts.push({ id, verdict: "stop" })
      else if (row.restart) {
        row.restart = false
        verdicts.push({ id, verdict: "restart" })
      }
    }
    return verdicts
  }

  report(lease: Lease, change: StatusChange, now: number): Result.Result<void, Fenced> {
    const row = this.ownedBy(lease)
    if (row === undefined) return Result.fail(new Fenced({ id: lease.id }))
    const run = row.current
    if (change.ending !== undefined && run.ending === null) run.ending = change.ending
    if (change.startedAt !== undefined) run.startedAt ??= change.startedAt
    if (change.mountpoint !== undefined) run.mountpoint = change.mountpoint
    if (change.facts !== undefined) run.facts = change.facts
    if (change.health !== undefined) run.health = change.health
    if (change.held !== undefined) run.held = change.held
    if (change.leftBehind !== undefined) run.leftBehind = change.leftBehind
    for (const event of change.events ?? []) this.log.write(row, run, now, event)
    const to = run.isEnding ? "stopping" : change.state
    if (to !== undefined) this.move(row, run, to, change.cause ?? run.ending?.code, now)
    return Result.succeed(undefined)
  }

  release(lease: Lease, how: Release, now: number): Result.Result<void, Fenced> {
    const row = this.ownedBy(lease)
    if (row === undefined) return Result.fail(new Fenced({ id: lease.id }))
    this.owned.delete(row)
    row.owner = null
    row.until = 0
    const run = row.current
    this.log.write(row, run, now, { _tag: "OwnerChanged", from: lease.worker, to: null })
    if (how === "handover") {
      this.unowned.set(lease.id, now)
      this.hint({ worker: null })
      return Result.succeed(undefined)
    }
    run.leftBehind = how.leftBehind
    this.end(row, run, how.ended, now)
    if (row.next !== null) {
      const next = row.next
      row.next = null
      row.past = [run, ...row.past].slice(0, 2)
      row.current = next
      this.unowned.set(lease.id, now)
      this.hint({ worker: null })
    }
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
    const row = new Row(run)
    row.epoch = claim.epoch - 1
    this.rows.set(claim.id, row)
    this.unowned.delete(claim.id)
    this.own(row, run, claim.worker, now)
    return "adopted"
  }

  entry(id: string, run?: number): Result.Result<Entry, BroadcastNotFound> {
    const row = this.rows.get(id)
    const found = run === undefined ? row?.newest : row?.find(run)
    if (row === undefined || found === undefined) return Result.fail(new BroadcastNotFound({ id }))
    const { keyId, spec } = found.declaration
    return Result.succeed({ snapshot: toSnapshot(row, found), spec, keyId })
  }

  list(query: Query): Page {
    const limit = Math.min(Math.max(query.limit ?? 100, 1), 500)
    const items: Array<ReturnType<typeof toSnapshot>> = []
    for (const id of [...this.rows.keys()].toSorted()) {
      if (query.cursor !== undefined && id <= query.cursor) continue
      const row = this.rows.get(id)!
      const { declaration: { spec }, state } = row.newest
      if (query.state !== undefined && state !== query.state) continue
      if (query.source !== undefined && spec.source.kind !== query.source) continue
      if (query.label !== undefined && spec.labels?.[query.label[0]] !== query.label[1]) continue
      if (items.length === limit) return { items, next: items.at(-1)!.id }
      items.push(toSnapshot(row, row.newest))
    }
    return { items, next: null }
  }

  alive(runs: ReadonlyArray<{ readonly broadcast: string; readonly run: number }>): ReadonlySet<string> {
    return new Set(runs.flatMap(({ broadcast, run }) => {
      const found = this.rows.get(broadcast)?.find(run)
      return found === undefined || found.isEnded ? [] : [runKey(broadcast, run)]
    }))
  }

  fleet(now: number): Fleet {
    const broadcasts = new Map<string, number>()
    for (const row of this.owned) broadcasts.set(row.owner!, (broadcasts.get(row.owner!) ?? 0) + 1)
    const waiting = [...this.unowned.keys()].map((id) => this.rows.get(id)!.current)
    return {
      workers: [...this.workers.values()].filter((one) => now - one.seenAt < seenFor)
        .map((one) => ({ ...one, broadcasts: broadcasts.get(one.id) ?? 0 })),
      unplaced: waiting.length,
      unplacedCost: waiting.reduce((sum, run) => sum + run.declaration.cost, 0),
      oldestUnplacedMs: waiting.length === 0 ? null : now - Math.min(...waiting.map((run) => run.since))
    }
  }

  private ownedBy(lease: Lease): Row | undefined {
    const row = this.rows.get(lease.id)
    return row !== undefined && row.owner === lease.worker && row.epoch === lease.epoch ? row : undefined
  }

  private begin(row: Row, run: Run, now: number): void {
    if (row.current !== run) row.past = [row.current, ...row.past].slice(0, 2)
    row.current = run
    row.restart = false
    this.unowned.set(run.declaration.id, now)
    this.log.write(row, run, now, { _tag: "BroadcastStateChanged", from: null, to: "pending", endReason: null })
    this.hint({ worker: null })
  }

  private own(row: Row, run: Run, worker: WorkerId, now: number): Claim {
    const from = row.owner
    row.epoch++
    row.owner = worker
    row.until = now + Duration.toMillis(this.timings.leaseTtl)
    this.owned.add(row)
    this.log.write(row, run, now, { _tag: "OwnerChanged", from, to: worker })
    if (run.state === "pending") this.move(row, run, "starting", undefined, now)
    const { id, keyId, spec } = run.declaration
    return {
      id,
      epoch: row.epoch,
      worker,
      run: run.run,
      wanted: run.isEnding ? "stopped" : "running",
      ending: run.ending,
      spec,
      keyId,
      held: run.held,
      state: run.state,
      mountpoint: run.mountpoint,
      startedAt: run.startedAt,
      declaredAt: run.declaredAt,
      leftBehind: run.leftBehind,
      previousOwner: Option.fromNullishOr(from)
    }
  }

  /** Gives up leases that are over, unless the registry itself was away: then their owners are still alive. */
  private lapse(now: number): void {
    if (now < this.grace || now - this.searched < 500) return
    this.searched = now
    const margin = Duration.toMillis(this.timings.stealMargin)
    for (const row of this.owned) {
      if (row.until + margin >= now) continue
      this.owned.delete(row)
      this.unowned.set(row.current.declaration.id, now)
    }
  }

  private move(row: Row, run: Run, to: State, cause: string | undefined, now: number): void {
    if (run.state === to) return
    const from = run.state
    run.state = to
    run.since = now
    this.log.write(row, run, now, {
      _tag: "BroadcastStateChanged",
      from,
      to,
      endReason: isEnded(to) ? run.ending : null,
      ...(cause === undefined ? {} : { cause })
    })
  }

  private end(row: Row, run: Run, reason: EndReason.EndReason, now: number): void {
    run.ending = reason
    run.endedAt = now
    run.held = []
    run.mountpoint = null
    run.health = { status: run.health.status, hops: [] }
    run.facts = { ...run.facts, room: null, forwarders: [], relay: null }
    this.move(row, run, EndReason.state(reason), reason.code, now)
  }

  private purge(now: number): void {
    if (now - this.purged < 60_000) return
    this.purged = now
    for (const [id, row] of this.rows) {
      if (row.next === null && row.current.endedAt !== null && now - row.current.endedAt > day) this.rows.delete(id)
    }
    for (const map of [this.keys, this.stops]) {
      for (const [key, { at }] of map) if (now - at > day) map.delete(key)
    }
    for (const [id, { seenAt }] of this.workers) if (now - seenAt > day) this.workers.delete(id)
  }
}
