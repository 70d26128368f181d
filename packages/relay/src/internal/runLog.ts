/**
 * What the relays of a broadcast did in this process: the first and the last lines of its last three runs, those of probes
 * that failed included, redacted before they are kept, how often it was started again, and when the last one ended.
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
  /** Something of it was on air. */
  hadMedia = false
  /** It only looked. */
  isProbe = false
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

  toJSON(): RelayRun {
    return { startedAt: this.startedAt, endedAt: this.endedAt, exit: this.exit, lines: this.lines }
  }
}

type Lines = ReadonlyArray<string>

interface Past {
  readonly runs: ReadonlyArray<Run>
  readonly restarts: number
  /** In milliseconds; undefined while none has ended. */
  readonly endedAt: number | undefined
}

const nothing: Past = { runs: [], restarts: 0, endedAt: undefined }

export class RunLogs {
  private readonly past = new Map<BroadcastId, Past>()

  begin(id: BroadcastId, at: number): Run {
    const run = new Run(iso(at))
    const before = this.get(id)
    const isRestart = before.runs.findLast(({ isProbe }) => !isProbe)?.hadMedia === true
    this.set(id, {
      ...before,
      runs: [...before.runs, run].slice(-runsKept),
      restarts: before.restarts + (isRestart ? 1 : 0)
    })
    return run
  }

  /** A probe that failed, with what it said and how it ended. */
  probed(id: BroadcastId, at: { readonly began: number; readonly ended: number }, exit: string, lines: Lines): void {
    const run = new Run(iso(at.began))
    run.isProbe = true
    run.endedAt = iso(at.ended)
    run.exit = exit
    for (const line of lines) run.add(line)
    const before = this.get(id)
    this.set(id, { ...before, runs: [...before.runs, run].slice(-runsKept) })
  }

  end(id: BroadcastId, run: Run, at: number, exit: string): void {
    run.endedAt = iso(at)
    run.exit = exit
    this.set(id, { ...this.get(id), endedAt: at })
  }

  of(id: BroadcastId): ReadonlyArray<RelayRun> {
    return this.get(id).runs.map((run) => run.toJSON())
  }

  /** How often a relay that had media was started again. */
  restarts(id: BroadcastId): number {
    return this.get(id).restarts
  }

  endedAt(id: BroadcastId): number | undefined {
    return this.get(id).endedAt
  }

  private get(id: BroadcastId): Past {
    return this.past.get(id) ?? nothing
  }

  /** The latest stand last: the others go first. */
  private set(id: BroadcastId, next: Past): void {
    this.past.delete(id)
    this.past.set(id, next)
    for (const oldest of this.past.keys()) {
      if (this.past.size <= broadcastsKept) break
      this.past.delete(oldest)
    }
  }
}

const iso = (millis: number) => new Date(millis).toISOString()
