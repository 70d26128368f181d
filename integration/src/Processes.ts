// Real programs as scoped effects: started from an argument array, their output kept as a bounded tail, ended by
// process id when the scope closes. On Linux the kernel ends them, too, when the test process is killed.
import { Deferred, Effect, Schedule, Schema, type Scope } from "effect"
import { type ChildProcess, spawn as spawnChild } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { locate } from "./Machine.ts"

/** The program is not installed or cannot be started. */
export class ProgramMissing extends Schema.TaggedError<ProgramMissing>()("ProgramMissing", {
  command: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message() {
    return `${this.command} cannot be started`
  }
}

/** The program ended while something was still expected of it. `tail` is the last of its output. */
export class ProgramEnded extends Schema.TaggedError<ProgramEnded>()("ProgramEnded", {
  command: Schema.String,
  code: Schema.NullOr(Schema.Int),
  signal: Schema.NullOr(Schema.String),
  tail: Schema.Array(Schema.String)
}) {
  override get message() {
    return `${this.command} ended with ${this.signal ?? this.code}:\n${this.tail.slice(-20).join("\n")}`
  }
}

/** What was waited for did not come in time. `tail` is the last of the program's output, if one was watched. */
export class NotInTime extends Schema.TaggedError<NotInTime>()("NotInTime", {
  waitedFor: Schema.String,
  timeoutMs: Schema.Finite,
  tail: Schema.Array(Schema.String)
}) {
  override get message() {
    return `no ${this.waitedFor} in ${this.timeoutMs} ms\n${this.tail.slice(-20).join("\n")}`
  }
}

/** How a program ended: its exit code, or the signal that ended it. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A program that was started. */
export interface Program {
  readonly pid: number
  /** Waits until it has ended. */
  readonly ended: Effect.Effect<Ending>
  readonly isRunning: Effect.Effect<boolean>
  /** The last lines of standard output and standard error, oldest first. */
  readonly tail: Effect.Effect<ReadonlyArray<string>>
  /** The first line that matches, said already or yet to come; fails when the program ends or after `timeoutMs` (default 60 000). */
  readonly awaitLine: (pattern: RegExp, timeoutMs?: number) => Effect.Effect<string, ProgramEnded | NotInTime>
  /** Sends a signal to this one process; nothing happens when it has ended. */
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** SIGKILL, and waits until it is gone. */
  readonly kill: Effect.Effect<Ending>
  /** SIGTERM, and waits until it is gone; after `graceMs` (default 5 000) SIGKILL. */
  readonly terminate: (graceMs?: number) => Effect.Effect<Ending>
  /** Runs an effect that needs this program, and fails at once should the program end before it. */
  readonly whileRunning: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | ProgramEnded, R>
}

export interface SpawnOptions {
  /** Added to this process' environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Lines of output that are kept; default 400. */
  readonly keepLines?: number
}

/** What a child has said: the last lines, and whoever waits for one that is to come. */
class Output {
  readonly #lines: Array<string> = []
  readonly #waiting = new Set<(line: string) => void>()
  readonly #keep: number

  constructor(keep: number) {
    this.#keep = keep
  }

  add(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > this.#keep) this.#lines.shift()
    for (const tell of this.#waiting) tell(line)
  }

  get tail(): ReadonlyArray<string> {
    return this.#lines.slice()
  }

  matching(pattern: RegExp): Effect.Effect<string> {
    return Effect.callback((resume) => {
      const said = this.#lines.find((line) => pattern.test(line))
      if (said !== undefined) return resume(Effect.succeed(said))
      const tell = (line: string) => {
        if (!pattern.test(line)) return
        this.#waiting.delete(tell)
        resume(Effect.succeed(line))
      }
      this.#waiting.add(tell)
      return Effect.sync(() => this.#waiting.delete(tell))
    })
  }
}

const environment = (added: SpawnOptions["env"]): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries({ ...process.env, ...added }).filter(([, value]) => value !== undefined))

const start = (command: string, args: ReadonlyArray<string>, options: SpawnOptions): Effect.Effect<
  Program,
  ProgramMissing
> =>
  Effect.callback((resume) => {
    const path = locate(command)
    if (path === undefined) return resume(new ProgramMissing({ command }))
    const leash = locate("setpriv")
    const child = spawnChild(
      leash ?? path,
      leash === undefined ? args : ["--pdeathsig", "KILL", path, ...args],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: environment(options.env),
        ...(options.cwd === undefined ? {} : { cwd: options.cwd })
      }
    )
    const output = new Output(options.keepLines ?? 400)
    const ended = Deferred.makeUnsafe<Ending>()
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream, crlfDelay: Infinity }).on("line", (line) => output.add(line))
    }
    child.once("error", (cause) => resume(new ProgramMissing({ command, cause })))
    child.once("spawn", () => resume(Effect.succeed(program(command, child, output, ended))))
    child.once("exit", (code, signal) => {
      const tell = () => Deferred.doneUnsafe(ended, Effect.succeed({ code, signal }))
      // The last words are complete at `close`; a grandchild that holds the pipe must not delay the news for long. What is in
      // the pipe by then is read before an immediate, also where this process did not get to run for a while.
      child.once("close", tell)
      setTimeout(() => setImmediate(tell), 200).unref()
    })
  })

const program = (
  command: string,
  child: ChildProcess,
  output: Output,
  deferred: Deferred.Deferred<Ending>
): Program => {
  const ended = Deferred.await(deferred)
  const isRunning = Effect.sync(() => child.exitCode === null && child.signalCode === null)
  // `ChildProcess.kill` sends nothing once the child was reaped, so a process id used again is never hit.
  const signal = (name: NodeJS.Signals) => Effect.sync(() => void child.kill(name))
  const kill = signal("SIGKILL").pipe(Effect.andThen(ended))
  const failEnded = ended.pipe(
    Effect.flatMap(({ code, signal }) => Effect.fail(new ProgramEnded({ command, code, signal, tail: output.tail })))
  )
  const whileRunning: Program["whileRunning"] = (effect) => Effect.raceFirst(effect, failEnded)
  return {
    pid: child.pid ?? 0,
    ended,
    isRunning,
    tail: Effect.sync(() => output.tail),
    awaitLine: (pattern, timeoutMs = 60_000) =>
      whileRunning(output.matching(pattern)).pipe(
        Effect.timeoutOrElse({
          duration: timeoutMs,
          orElse: () =>
            Effect.fail(new NotInTime({ waitedFor: `a line like ${pattern}`, timeoutMs, tail: output.tail }))
        })
      ),
    signal,
    kill,
    terminate: (graceMs = 5_000) =>
      signal("SIGTERM").pipe(
        // A stopped process takes the SIGTERM only when it goes on.
        Effect.andThen(signal("SIGCONT")),
        Effect.andThen(ended),
        Effect.timeoutOrElse({ duration: graceMs, orElse: () => kill })
      ),
    whileRunning
  }
}

/** Starts a program with its argument array (no shell). When the scope closes it gets SIGTERM, after 3 s SIGKILL. */
export const spawn = (
  command: string,
  args: ReadonlyArray<string>,
  options: SpawnOptions = {}
): Effect.Effect<Program, ProgramMissing, Scope.Scope> =>
  Effect.acquireRelease(start(command, args, options), (running) => running.terminate(3_000))

/** The root of the workspace, with a slash at the end. */
export const workspaceRoot: string = fileURLToPath(new URL("../../", import.meta.url))

/**
 * Starts a Node program of the workspace, such as `apps/http/src/main.ts` (run from its sources) or
 * `apps/http/dist/main.js` (run as built), with this process' Node.
 */
export const spawnNode = (
  entry: string,
  options: SpawnOptions & { readonly args?: ReadonlyArray<string> } = {}
): Effect.Effect<Program, ProgramMissing, Scope.Scope> =>
  spawn(
    process.execPath,
    [
      ...(entry.endsWith(".ts") ? ["--conditions=@headend/source"] : []),
      join(workspaceRoot, entry),
      ...(options.args ?? [])
    ],
    { cwd: workspaceRoot, ...options }
  )

/** Waits until a GET of the address answers with the status (default 200), and gives the body. */
export const awaitHttp = (
  url: string,
  options: {
    readonly status?: number
    readonly timeoutMs?: number
    readonly headers?: Readonly<Record<string, string>>
  } = {}
): Effect.Effect<string, NotInTime> => {
  const { status = 200, timeoutMs = 60_000, headers = {} } = options
  const late = () => new NotInTime({ waitedFor: `${status} from ${url}`, timeoutMs, tail: [] })
  return Effect.tryPromise((signal) =>
    fetch(url, { signal, headers }).then((answer) => answer.text().then((body) => ({ status: answer.status, body })))
  ).pipe(
    Effect.filterOrFail((answer) => answer.status === status),
    Effect.retry(Schedule.spaced("25 millis")),
    Effect.map((answer) => answer.body),
    Effect.mapError(late),
    Effect.timeoutOrElse({ duration: timeoutMs, orElse: () => Effect.fail(late()) })
  )
}
