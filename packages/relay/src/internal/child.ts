/**
 * One child process in a group of its own. Node's own `spawn` rather than `effect/process`: the guard must be told in the
 * same instant, and a signal that ended the process must be known as such (docs/decisions).
 */
import { Deferred, Effect, Schema } from "effect"
import { spawn } from "node:child_process"

/** How a process ended: its exit code, or the signal. */
export interface Ending {
  readonly code: number | null
  readonly signal: string | null
}

/** The program cannot be started. */
export class NotStarted extends Schema.TaggedError<NotStarted>()("NotStarted", {
  program: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.program} cannot be started: ${this.reason}`
  }
}

export interface Child {
  readonly pid: number
  readonly ended: Effect.Effect<Ending>
  readonly hasEnded: () => boolean
  /** To the whole group; nothing happens when it has ended. */
  readonly signal: (name: NodeJS.Signals) => void
}

export interface ChildOptions {
  readonly program: string
  readonly args: ReadonlyArray<string>
  readonly stdin?: string
  /** Lines of standard error and standard output, split on both `\n` and `\r`. */
  readonly onLine: (line: string) => void
  /** What comes on descriptor 3, where it is wanted. */
  readonly onProgress?: (text: string) => void
  /** In the instant in which it began. */
  readonly onSpawn: (pid: number) => void
  readonly onEnd: (pid: number) => void
}

/** Only what a program needs to find its libraries: nothing of ours that may be secret. */
const environment = (): Record<string, string> => {
  const names = ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "GST_PLUGIN_PATH", "FONTCONFIG_PATH"]
  const kept = names.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(kept), LC_ALL: "C" }
}

/** Whole lines out of pieces of text; the last one, unfinished, is said at the end. */
export const lines = (onLine: (line: string) => void) => {
  let rest = ""
  return {
    push: (text: string) => {
      const parts = (rest + text).split(/[\r\n]+/)
      rest = (parts.pop() ?? "").slice(-10_000)
      for (const part of parts) if (part !== "") onLine(part)
    },
    end: () => {
      if (rest !== "") onLine(rest)
      rest = ""
    }
  }
}

/** A child that has ended is never signalled: its number may be somebody else's by now. */
export const start = (options: ChildOptions): Effect.Effect<Child, NotStarted> =>
  Effect.callback((resume) => {
    const { program } = options
    const child = spawn(program, options.args, {
      detached: true,
      cwd: "/",
      env: environment(),
      stdio: [
        options.stdin === undefined ? "ignore" : "pipe",
        "pipe",
        "pipe",
        ...(options.onProgress === undefined ? [] : ["pipe" as const])
      ]
    })
    const { pid } = child
    if (pid !== undefined) options.onSpawn(pid)
    const ended = Deferred.makeUnsafe<Ending>()
    const said = [child.stdout, child.stderr].map((stream) => {
      const split = lines(options.onLine)
      stream?.setEncoding("utf8").on("data", split.push)
      return split
    })
    const progress = child.stdio[3]
    if (options.onProgress !== undefined && progress !== undefined && progress !== null && "setEncoding" in progress) {
      progress.setEncoding("utf8").on("data", options.onProgress)
    }
    child.stdin?.on("error", () => {})
    child.stdin?.end(options.stdin)
    let over = false
    child.once("error", (cause) => resume(Effect.fail(new NotStarted({ program, reason: cause.message }))))
    child.once("exit", (code, signal) => {
      over = true
      if (pid !== undefined) options.onEnd(pid)
      const tell = () => {
        for (const split of said) split.end()
        Deferred.doneUnsafe(ended, Effect.succeed({ code, signal }))
      }
      // the last words are complete at `close`; whoever else holds the pipe must not delay the news for long
      child.once("close", tell)
      setTimeout(tell, 200).unref()
    })
    child.once("spawn", () =>
      resume(Effect.succeed({
        pid: pid ?? 0,
        ended: Deferred.await(ended),
        hasEnded: () => over,
        signal: (name) => {
          if (over || pid === undefined) return
          // a group whose last member is just ending is no group any more
          Effect.runSync(Effect.ignore(Effect.try({ try: () => process.kill(-pid, name), catch: () => undefined })))
        }
      })))
  })
