/**
 * How the process of an app begins and ends: the first signal ends it in order, the second at once; what keeps it from
 * starting is said in words.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Effect, Exit, Layer } from "effect"

/** From now on the first signal ends in order, and the second at once. */
export const signals = Effect.sync(() => {
  let seen = 0
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (++seen > 1) process.exit(130)
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
