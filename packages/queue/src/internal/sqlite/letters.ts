/**
 * Dead letters in an SQLite file. Whoever adds or removes one does it within a transaction of its own.
 */
import { type DeadLetter, type DeadPage, letter } from "@headend/core/Delivery"
import type { SqliteFile } from "../../sqlite/SqliteFile.ts"

/** A job as its row has it. */
export interface Stored {
  readonly seq: number
  readonly envelope: string
  readonly type: DeadLetter["type"]
  readonly broadcast: string | null
  readonly offered_at: number
  readonly attempts: number
}

interface StoredLetter extends Omit<Stored, "envelope"> {
  readonly job: number
  readonly reason: string
  readonly failed_at: number
}

export const idOf = (seq: number): string => `j${seq}`
export const seqOf = (id: string): number => /^j[1-9]\d{0,14}$/.test(id) ? Number(id.slice(1)) : 0

export class Letters {
  private readonly file: SqliteFile["Service"]

  constructor(file: SqliteFile["Service"]) {
    this.file = file
  }

  get count(): number {
    return Number(this.file.all("SELECT count(*) AS n FROM dead")[0]?.["n"])
  }

  /** Keeps the newest ones, so many. */
  add(job: Stored & { readonly reason: string; readonly failedAt: number }, most: number): void {
    this.file.run(
      "INSERT INTO dead (job, envelope, type, broadcast, reason, attempts, offered_at, failed_at)"
        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      job.seq,
      job.envelope,
      job.type,
      job.broadcast,
      job.reason,
      job.attempts,
      job.offered_at,
      job.failedAt
    )
    this.file.run("DELETE FROM dead WHERE seq IN (SELECT seq FROM dead ORDER BY seq DESC LIMIT -1 OFFSET ?)", most)
  }

  /** How many there were under this number: one, or none. */
  remove(job: number): number {
    return Number(this.file.run("DELETE FROM dead WHERE job = ?", job).changes)
  }

  list(limit: number, cursor: string | undefined): DeadPage {
    const before = cursor !== undefined && /^\d{1,15}$/.test(cursor) ? Number(cursor) : Number.MAX_SAFE_INTEGER
    const found = this.file.all(
      "SELECT seq, job, type, broadcast, reason, attempts, offered_at, failed_at FROM dead"
        + " WHERE seq < ? ORDER BY seq DESC LIMIT ?",
      before,
      limit + 1
    ) as ReadonlyArray<unknown> as ReadonlyArray<StoredLetter> // rows of our own table, as they were written here
    const items = found.slice(0, limit)
    return {
      items: items.map(({ attempts, broadcast, failed_at: failedAt, job, offered_at: offeredAt, reason, type }) =>
        letter({ type, broadcast }, { id: idOf(job), reason, attempts, offeredAt, failedAt })
      ),
      next: found.length > limit ? String(items.at(-1)!.seq) : null
    }
  }
}
