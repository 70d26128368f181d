/**
 * What the relays of a broadcast said: the first and the last lines of its last three runs, redacted before they are kept.
 */
import type { BroadcastId } from "@headend/core/BroadcastSpec"
import type { RelayRun } from "@headend/core/Relays"

const firstLines = 100
const lastLines = 50
const runsKept = 3
const broadcastsKept = 1_000
const longest = 1_000

export class Run {
  readonly startedAt: string
  endedAt: string | null = null
  exit: string | null = null
  private readonly first: Array<string> = []
  private readonly last: Array<string> = []
  private left = 0

  constructor(startedAt: string) {
    this.startedAt = startedAt
  }

  add(line: string): void {
    const short = line.length > longest ? `${line.slice(0, longest)} …` : line
    if (this.first.length < firstLines) this.first.push(short)
    else {
      this.last.push(short)
      if (this.last.length > lastLines) {
        this.last.shift()
        this.left++
      }
    }
  }

  get lines(): ReadonlyArray<string> {
    return [...this.first, ...(this.left === 0 ? [] : [`… ${this.left} lines left out …`]), ...this.last]
  }

  end(at: string, exit: string): void {
    this.endedAt = at
    this.exit = exit
  }

  toJSON(): RelayRun {
    return { startedAt: this.startedAt, endedAt: this.endedAt, exit: this.exit, lines: this.lines }
  }
}

export class RunLogs {
  private readonly runs = new Map<BroadcastId, ReadonlyArray<Run>>()

  begin(id: BroadcastId, at: string): Run {
    const run = new Run(at)
    const runs = [...this.runs.get(id) ?? [], run].slice(-runsKept)
    this.runs.delete(id)
    this.runs.set(id, runs)
    if (this.runs.size > broadcastsKept) {
      for (const oldest of this.runs.keys()) {
        this.runs.delete(oldest)
        break
      }
    }
    return run
  }

  of(id: BroadcastId): ReadonlyArray<RelayRun> {
    return (this.runs.get(id) ?? []).map((run) => run.toJSON())
  }
}
