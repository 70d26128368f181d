/**
 * No media process outlives its worker. A process of its own, in a group of its own, knows every media process group and
 * kills them when the worker is gone (at once) or frozen (after the silence limit). It needs nothing but Node.
 */
import { Context, Duration, Effect, Layer } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { guardProgram } from "./internal/guardProgram.ts"

export class Guard extends Context.Service<Guard, {
  /** From now on this process group is ended with the worker. Told in the same instant, without a gap. */
  readonly add: (group: number) => void
  readonly remove: (group: number) => void
  readonly pid: () => number | undefined
}>()("@headend/relay/Guard") {}

export interface Options {
  /** So long a silent worker counts as alive; 5 seconds unless given. */
  readonly silence?: Duration.Input
}

const beatEvery = 500

const make = (silence: number) => {
  const groups = new Set<number>()
  let isEnding = false
  let child: ChildProcess | undefined
  const write = (line: string) => child?.stdin?.writable === true && child.stdin.write(line)
  const launch = () => {
    const started = spawn(process.execPath, ["-e", guardProgram, String(silence)], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: {}
    })
    child = started
    // a pipe that breaks says so here as well; the end of the process is what counts
    started.stdin.on("error", () => {})
    const again = () => {
      if (isEnding || child !== started) return
      child = undefined
      setTimeout(() => {
        if (!isEnding) launch()
      }, 200).unref()
    }
    started.once("error", again)
    started.once("exit", again)
    for (const group of groups) write(`+${group}\n`)
  }
  launch()
  const beat = setInterval(() => write(".\n"), beatEvery)
  beat.unref()
  return {
    guard: Guard.of({
      add: (group) => {
        groups.add(group)
        write(`+${group}\n`)
      },
      remove: (group) => {
        groups.delete(group)
        write(`-${group}\n`)
      },
      pid: () => child?.pid
    }),
    end: () => {
      isEnding = true
      clearInterval(beat)
      child?.stdin?.end()
    }
  }
}

/** One for all relays of this process; it ends with the layer, and takes with it what is still there. */
export const layer = (options: Options = {}): Layer.Layer<Guard> =>
  Layer.effect(
    Guard,
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => make(Duration.toMillis(Duration.fromInputUnsafe(options.silence ?? "5 seconds")))),
        ({ end }) => Effect.sync(end)
      ),
      ({ guard }) => guard
    )
  )
