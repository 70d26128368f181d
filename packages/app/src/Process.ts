/**
 * How the process of an app begins and ends: the first signal ends it in order, the second at once; what keeps it from
 * starting is said in words.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Effect, Exit, Layer } from "effect"

/** Milliseconds. A terminal tells the whole process group, npm and systemd's control groups tell us once more: one Ctrl-C. */
const echo = 500

/** From now on the first signal ends in order, and the second at once, unless it is the echo of the first. */
export const signals = Effect.sync(() => {
  let first: number | undefined
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      const now = performance.now()
      first ??= now
      if (now - first > echo) process.exit(130)
    })
  }
})

const say = (line: string) => Effect.sync(() => process.stderr.write(`${line}\n`))

interface Failure {
  readonly _tag: string
  readonly message: string
  readonly cause?: unknown
}

/** Runs the app until a signal comes. */
export const launch = <E extends Failure>(app: Layer.Layer<never, E>): void =>
  Effect.andThen(signals, Layer.launch(app)).pipe(
    Effect.tapError((error) =>
      error._tag === "ServeError"
        ? say(`headend cannot listen (HEADEND_HTTP_HOST, HEADEND_HTTP_PORT): ${error.cause}`)
        : say(error.message)
    ),
    NodeRuntime.runMain({
      disableErrorReporting: true,
      // to be told to end is no failure
      teardown: (exit, onExit) => onExit(Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause) ? 1 : 0)
    })
  )
