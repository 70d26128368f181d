/**
 * One media process: started in its own group, watched, and ended. It knows no sources and starts nothing again. What it
 * tells is how the process ended, or why it ended it: no media in time, silence, or too much memory or processor time.
 */
import { burst } from "@headend/core/Feed"
import { Deferred, Duration, Effect, type Scope } from "effect"
import { Guard } from "./Guard.ts"
import { type Child, type Ending, NotStarted, start as startChild } from "./internal/child.ts"
import { figures, none, reader, type Totals } from "./internal/progress.ts"
import { usage } from "./internal/usage.ts"

/** Per relay, sampled each second; over the processor limit for five seconds, or over the memory limit once. */
export interface Limits {
  /** Percent of one core, for five seconds. */
  readonly cpuPercent?: number
  /** Resident memory, MiB. */
  readonly memoryMb?: number
}

/** What passed, as a line tells it; `at`: its time, in milliseconds of media. */
export interface Told {
  readonly bytes: number
  readonly isFrame: boolean
  readonly at: number | undefined
}

/** What is run, and when it counts as dead. */
export interface Supervision {
  readonly program: string
  readonly args: ReadonlyArray<string>
  readonly stdin?: string
  readonly onLine: (line: string) => void
  /** Reads a line that tells of progress, where it is told in that way; lines of no other use are noise. */
  readonly told?: (line: string) => Told | "noise" | undefined
  /** Milliseconds until the first media; what a source needs to be found and analysed. */
  readonly firstMediaWithin: number
  /** Milliseconds without growth after that. */
  readonly silence: number
  /** Pictures must come at all: where none does, the source may have none. */
  readonly hasVideo: boolean
  readonly limits?: Limits
}

/** How it ended. */
export type Verdict =
  | ({ readonly how: "ended" } & Ending)
  | { readonly how: "noMedia"; readonly millis: number }
  /** `pictures`: sound came, and never a picture. */
  | { readonly how: "silent"; readonly millis: number; readonly what: "media" | "pictures" }
  | { readonly how: "greedy"; readonly what: string }

/** A process that is watched over. */
export interface Supervised {
  readonly pid: number
  readonly hasMedia: () => boolean
  /** Media has come for longer than what a server keeps for newcomers. */
  readonly isLive: () => boolean
  /** Sound comes, and no picture any more. */
  readonly isDark: () => boolean
  /** The figures of the last second; the same object until the next. */
  readonly progress: () => Readonly<Record<string, number>> | null
  /** Waits for the first media. */
  readonly firstMedia: Effect.Effect<void>
  /** Waits for the end; the process is gone then. */
  readonly verdict: Effect.Effect<Verdict>
}

const lookEvery = 250
const grace = "3 seconds"
const greedySeconds = 5

/** SIGINT, and SIGKILL after three seconds: a relay whose source is frozen takes ten to obey. */
const stop = (child: Child): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (child.hasEnded()) return Effect.void
    child.signal("SIGINT")
    return Effect.asVoid(
      Effect.timeoutOrElse(child.ended, { duration: grace, orElse: () => kill(child) })
    )
  })

const kill = (child: Child): Effect.Effect<Ending> =>
  Effect.suspend(() => {
    child.signal("SIGKILL")
    return child.ended
  })

/** Starts it; the scope ends it. */
export const run = Effect.fnUntraced(function*(
  options: Supervision
): Effect.fn.Return<Supervised, NotStarted, Guard | Scope.Scope> {
  const guard = yield* Guard
  const firstMedia = yield* Deferred.make<void>()
  let totals: Totals = none
  let hasMedia = false
  let firstAt = 0
  let grewAt = 0
  let advancedAt = 0
  const now = () => performance.now()

  const isTold = options.told !== undefined
  const advance = (next: Totals) => {
    const at = now()
    // of any output: sound that stops, or never comes, beside a living picture is no silence
    const sent = next.bytes + next.otherBytes
    if (sent > totals.bytes + totals.otherBytes) grewAt = at
    if (next.frames > totals.frames) advancedAt = at
    if (!hasMedia && sent > 0) {
      hasMedia = true
      firstAt = at
      advancedAt = at
      Deferred.doneUnsafe(firstMedia, Effect.void)
    }
    totals = next
  }
  const onProgress = reader(advance)
  const onLine = (line: string) => {
    const told = options.told?.(line)
    if (told === undefined) return options.onLine(line)
    if (told === "noise") return
    advance({
      ...totals,
      bytes: totals.bytes + told.bytes,
      frames: totals.frames + (told.isFrame ? 1 : 0),
      position: told.at === undefined ? totals.position : Math.max(totals.position ?? told.at, told.at)
    })
  }
  const child = yield* Effect.acquireRelease(
    startChild({
      program: options.program,
      args: options.args,
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
      onLine,
      ...(isTold ? {} : { onProgress }),
      onSpawn: guard.add,
      onEnd: guard.remove
    }),
    stop
  )
  const startedAt = now()

  let progress: Readonly<Record<string, number>> | null = null
  let sampled = { at: startedAt, totals, cpuMillis: 0 }
  let greedyFor = 0
  const sample = (at: number): Verdict | undefined => {
    if (at - sampled.at < 1_000) return undefined
    const used = usage(child.pid)
    const cpuPercent = used === undefined
      ? undefined
      : Math.round((used.cpuMillis - sampled.cpuMillis) / (at - sampled.at) * 1_000) / 10
    progress = {
      ...figures(sampled.totals, totals, at - sampled.at),
      ...(used === undefined ? {} : { cpuPercent: cpuPercent ?? 0, memoryMb: Math.round(used.memoryMb) })
    }
    sampled = { at, totals, cpuMillis: used?.cpuMillis ?? 0 }
    const { cpuPercent: cpuLimit, memoryMb: memoryLimit } = options.limits ?? {}
    if (used !== undefined && memoryLimit !== undefined && used.memoryMb > memoryLimit) {
      return { how: "greedy", what: `${Math.round(used.memoryMb)} MB of memory, ${memoryLimit} allowed` }
    }
    greedyFor = cpuLimit !== undefined && (cpuPercent ?? 0) > cpuLimit ? greedyFor + 1 : 0
    return greedyFor < greedySeconds
      ? undefined
      : { how: "greedy", what: `${cpuPercent} % of a processor for ${greedySeconds} s, ${cpuLimit} allowed` }
  }

  const watch: Effect.Effect<Verdict> = Effect.gen(function*() {
    let before = now()
    // time in which this process itself stood still is nobody's silence
    let stood = 0
    while (true) {
      yield* Effect.sleep(Duration.millis(lookEvery))
      const at = now()
      if (at - before > lookEvery + 1_000) {
        stood += at - before
        grewAt = at
        advancedAt = at
      }
      before = at
      if (!hasMedia) {
        const millis = at - startedAt - stood
        if (millis >= options.firstMediaWithin) return { how: "noMedia", millis }
      } else if (at - grewAt >= options.silence) {
        return { how: "silent", millis: at - grewAt, what: "media" }
      } else if (options.hasVideo && totals.frames === 0 && at - advancedAt >= options.silence) {
        return { how: "silent", millis: at - advancedAt, what: "pictures" }
      }
      const greedy = sample(at)
      if (greedy !== undefined) return greedy
    }
  })

  const verdict = yield* Deferred.make<Verdict>()
  yield* Effect.raceFirst(Effect.map(child.ended, (ending): Verdict => ({ how: "ended", ...ending })), watch).pipe(
    // what is our own doing is not told as a signal; nothing worth keeping comes from it any more
    Effect.tap(({ how }) => (how === "ended" ? Effect.void : kill(child))),
    Effect.flatMap((how) => Deferred.succeed(verdict, how)),
    Effect.forkScoped
  )
  return {
    pid: child.pid,
    hasMedia: () => hasMedia,
    isLive: () => hasMedia && grewAt - firstAt >= burst,
    isDark: () => {
      // told well before it counts: nobody is to find the picture old, and the relay content
      const limit = now() - options.silence / 2
      return options.hasVideo && totals.frames > 0 && advancedAt < limit && grewAt >= limit
    },
    progress: () => progress,
    firstMedia: Deferred.await(firstMedia),
    verdict: Deferred.await(verdict)
  }
})
