/**
 * Jobs in an SQLite file: every method is one transaction, and throws what SQLite says. Times are the caller's clock, in
 * milliseconds. A job keeps its number for good, also as a dead letter and back.
 */
import type { Backlog, Outcome, QueueOptions } from "@headend/core/Delivery"
import type { JobSummary } from "@headend/core/Job"
import { Duration } from "effect"
import type { SqliteFile } from "../../sqlite/SqliteFile.ts"
import { Letters, seqOf, type Stored } from "./letters.ts"

const day = 24 * 60 * 60_000

export interface Limits extends Required<Omit<QueueOptions, "visibility">> {
  readonly visibility: number
}

/** A job that was handed out, to nobody else under this number. */
export interface Held {
  readonly seq: number
  readonly holder: number
  readonly envelope: string
  readonly offeredAt: number
  /** Those that are over, and count. */
  readonly attempts: number
}

export class Jobs {
  private readonly file: SqliteFile["Service"]
  private readonly limits: Limits
  readonly letters: Letters
  private holders = 0
  /** How many are not held: counting them at each offer would take as long as there are jobs. */
  private waiting = 0
  private stamped = -Infinity
  private purged = 0

  constructor(file: SqliteFile["Service"], limits: Limits) {
    this.file = file
    this.limits = limits
    this.letters = new Letters(file)
  }

  /** Whoever held a job before this process has died, which is an attempt. */
  open(now: number): void {
    this.file.transaction(() => {
      this.file.run("UPDATE jobs SET held_until = 0 WHERE holder IS NOT NULL")
      this.lapse(now)
      this.waiting = this.one<{ n: number }>("SELECT count(*) AS n FROM jobs")!.n
      this.stamped = this.one<{ at: number }>(
        "SELECT coalesce(max(at), -1) AS at FROM"
          + " (SELECT max(offered_at) AS at FROM jobs UNION ALL SELECT max(offered_at) FROM dead)"
      )!.at
    })
  }

  /** The number of the job; that of the first one when the key was seen before, and null when the queue is full. */
  offer(
    job: JobSummary & { readonly envelope: string },
    key: string | undefined,
    delay: number,
    now: number
  ): { readonly seq: number; readonly duplicate: boolean } | null {
    const { maxBacklog } = this.limits
    const offered = this.file.transaction(() => {
      this.purge(now)
      const seen = key === undefined
        ? undefined
        : this.one<{ job: number }>("SELECT job FROM job_keys WHERE key = ?", key)
      if (seen !== undefined) return { seq: seen.job, duplicate: true, at: this.stamped }
      if (this.waiting >= maxBacklog) return null
      // each offer has a time of its own: a stop and a start in the same millisecond are in order
      const at = Math.max(now, this.stamped + 1 / 1024)
      const { lastInsertRowid } = this.file.run(
        "INSERT INTO jobs (envelope, type, broadcast, offered_at, attempts, ready_at) VALUES (?, ?, ?, ?, 0, ?)",
        job.envelope,
        job.type,
        job.broadcast,
        at,
        now + delay
      )
      const seq = Number(lastInsertRowid)
      if (key !== undefined) this.file.run("INSERT INTO job_keys (key, job, at) VALUES (?, ?, ?)", key, seq, now)
      return { seq, duplicate: false, at }
    })
    if (offered === null || offered.duplicate) return offered
    this.waiting++
    this.stamped = offered.at
    return offered
  }

  take(now: number): Held | undefined {
    const holder = this.holders + 1
    const [freed, held] = this.file.transaction(() => {
      const freed = this.lapse(now)
      const next = this.one<Stored>(
        "SELECT * FROM jobs WHERE holder IS NULL AND ready_at <= ? ORDER BY ready_at, seq LIMIT 1",
        now
      )
      if (next === undefined) return [freed, undefined] as const
      this.file.run(
        "UPDATE jobs SET holder = ?, held_until = ? WHERE seq = ?",
        holder,
        now + this.limits.visibility,
        next.seq
      )
      const { attempts, envelope, offered_at: offeredAt, seq } = next
      return [freed, { seq, holder, envelope, offeredAt, attempts }] as const
    })
    this.waiting += freed
    if (held === undefined) return undefined
    this.holders = holder
    this.waiting--
    return held
  }

  /** When the next one may become ready by time alone. */
  get due(): number | undefined {
    return this.one<{ at: number | null }>(
      "SELECT min(at) AS at FROM (SELECT min(ready_at) AS at FROM jobs WHERE holder IS NULL"
        + " UNION ALL SELECT min(held_until) FROM jobs WHERE holder IS NOT NULL)"
    )?.at ?? undefined
  }

  /** Whether it was still ours. */
  extend({ holder, seq }: Held, now: number): boolean {
    const { changes } = this.file.run(
      "UPDATE jobs SET held_until = ? WHERE seq = ? AND holder = ? AND held_until > ?",
      now + this.limits.visibility,
      seq,
      holder,
      now
    )
    return Number(changes) > 0
  }

  /** What came of it; of one that is not ours any more, nothing does. `known` is what it was read as. */
  settle({ holder, seq }: Held, known: JobSummary, outcome: Outcome | "given back", now: number): void {
    const waits = this.file.transaction(() => {
      const job = this.one<Stored>("SELECT * FROM jobs WHERE seq = ? AND holder = ?", seq, holder)
      if (job === undefined) return 0
      if (outcome === "given back") return this.free(seq, job.attempts, undefined)
      if (outcome._tag === "Done") return this.remove(seq)
      const counted = outcome._tag === "Dead" || outcome.counts
      const attempts = job.attempts + (counted ? 1 : 0)
      return outcome._tag === "Dead" || attempts >= this.limits.maxAttempts
        ? this.bury({ ...job, ...known, attempts }, outcome.reason, now)
        : this.free(seq, attempts, now + Duration.toMillis(outcome.after))
    })
    this.waiting += waits
  }

  backlog(now: number): Backlog {
    this.waiting += this.file.transaction(() => this.lapse(now))
    const counts = this.one<{ ready: number; held: number; later: number; oldest: number | null }>(
      "SELECT count(*) FILTER (WHERE holder IS NULL AND ready_at <= ?1) AS ready, "
        + "count(*) FILTER (WHERE holder IS NULL AND ready_at > ?1) AS later, count(holder) AS held, "
        + "min(offered_at) FILTER (WHERE holder IS NULL AND ready_at <= ?1) AS oldest FROM jobs",
      now
    )!
    return {
      undelivered: counts.ready,
      inFlight: counts.held,
      delayed: counts.later,
      oldestAgeMs: counts.oldest === null ? null : Math.max(0, now - counts.oldest),
      dead: this.letters.count
    }
  }

  /** Whether there was one. */
  redrive(id: string, now: number): boolean {
    const changes = this.file.transaction(() => {
      this.file.run(
        "INSERT INTO jobs (seq, envelope, type, broadcast, offered_at, attempts, ready_at)"
          + " SELECT job, envelope, type, broadcast, offered_at, 0, ? FROM dead WHERE job = ?",
        now,
        seqOf(id)
      )
      return this.letters.remove(seqOf(id))
    })
    this.waiting += changes
    return changes > 0
  }

  // each of these says how many more wait

  private free(seq: number, attempts: number, readyAt: number | undefined): number {
    this.file.run(
      "UPDATE jobs SET holder = NULL, held_until = NULL, attempts = ?, ready_at = coalesce(?, ready_at) WHERE seq = ?",
      attempts,
      readyAt ?? null,
      seq
    )
    return 1
  }

  private remove(seq: number): number {
    this.file.run("DELETE FROM jobs WHERE seq = ?", seq)
    return 0
  }

  private bury(job: Stored, reason: string, now: number): number {
    this.letters.add({ ...job, reason, failedAt: Math.max(now, job.offered_at) }, this.limits.maxDead)
    return this.remove(job.seq)
  }

  /** Whoever had these has died, or does not get to run: an attempt, so that a job that kills its readers ends. */
  private lapse(now: number): number {
    return this.many<Stored>("SELECT * FROM jobs WHERE holder IS NOT NULL AND held_until <= ?", now)
      .reduce((more, job) => {
        const attempts = job.attempts + 1
        return more + (attempts < this.limits.maxAttempts
          ? this.free(job.seq, attempts, now)
          : this.bury({ ...job, attempts }, "its worker was lost each time", now))
      }, 0)
  }

  private purge(now: number): void {
    if (now - this.purged < 60_000) return
    this.purged = now
    this.file.run("DELETE FROM job_keys WHERE at < ?", now - day)
  }

  // rows of our own tables, as they were written here

  private one<A>(sql: string, ...values: ReadonlyArray<string | number>): A | undefined {
    return this.many<A>(sql, ...values)[0]
  }

  private many<A>(sql: string, ...values: ReadonlyArray<string | number>): ReadonlyArray<A> {
    return this.file.all(sql, ...values) as ReadonlyArray<A>
  }
}
