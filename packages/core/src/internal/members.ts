/**
 * The workers of a registry in memory: what each said of itself last, and when it was heard of.
 */
import type { WorkerId, WorkerState } from "../Lease.ts"
import { day } from "./requests.ts"

/** Who has not been heard of for so long is not there. Milliseconds. */
const seenFor = 30_000

export interface Member extends WorkerState {
  readonly seenAt: number
}

export class Members {
  private readonly all = new Map<WorkerId, Member>()

  /** It says how it is. */
  see(worker: WorkerState, now: number): void {
    this.all.set(worker.id, { ...worker, seenAt: now })
  }

  /** It was heard of, and said nothing of itself. */
  hear(id: WorkerId, now: number): void {
    const known = this.all.get(id)
    if (known !== undefined) this.all.set(id, { ...known, seenAt: now })
  }

  present(now: number): ReadonlyArray<Member> {
    return [...this.all.values()].filter((one) => now - one.seenAt < seenFor)
  }

  purge(now: number): void {
    for (const [id, { seenAt }] of this.all) if (now - seenAt > day) this.all.delete(id)
  }
}
