/**
 * The `headend` command: its commands, and how the process ends. Exit codes are in the README.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { signals } from "@headend/app/Process"
import { Cause, Effect, Exit, Layer, Logger, References } from "effect"
import { CliError, Command } from "effect/cli"
import { kick, restart, run, start, stop } from "./Changing.ts"
import { doctor } from "./Doctor.ts"
import { codes, CommandFailed } from "./ExitCode.ts"
import { health, workers } from "./Fleet.ts"
import * as Leaving from "./Leaving.ts"
import { liveEnd, logger, say } from "./Output.ts"
import { queue } from "./Queue.ts"
import { list, logs, plan, show } from "./Reading.ts"
import { root } from "./Root.ts"
import * as Usage from "./Usage.ts"
import { watch } from "./Watching.ts"

const headend = root.pipe(
  Command.withSubcommands([
    run,
    start,
    stop,
    restart,
    kick,
    list,
    show,
    watch,
    logs,
    plan,
    queue,
    workers,
    health,
    doctor
  ]),
  Command.run({ version: "0.0.0" })
)

const codeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return 0
  const error = Cause.squash(exit.cause)
  if (error instanceof CommandFailed) return error.code
  // help that was asked for is a success, and never gets here
  return CliError.isCliError(error) ? codes.usage : codes.failed
}

/** Asked for JSON, it fails in JSON: on the standard error, since it is no result. */
const failed = ({ code, message, problem }: CommandFailed) => {
  if (Usage.asksJson()) return say(JSON.stringify({ exitCode: code, message, problem: problem ?? null }))
  return message === "" ? liveEnd : say(`headend: ${message}`)
}

const tell = (cause: Cause.Cause<unknown>) => {
  if (Cause.hasInterruptsOnly(cause)) return liveEnd
  const error = Cause.squash(cause)
  if (error instanceof CommandFailed) return failed(error)
  return CliError.isCliError(error) ? liveEnd : say(`headend: ${Cause.pretty(cause)}`)
}

/** The standard output is for results alone, and what happens on the way the commands say themselves. */
const quiet = Layer.merge(
  Logger.layer([logger]),
  Layer.succeed(References.MinimumLogLevel, "Warn")
)

Effect.andThen(Effect.andThen(signals, Leaving.noticed), headend).pipe(
  Effect.tapCause(tell),
  Effect.provide([NodeServices.layer, quiet, Usage.layer]),
  NodeRuntime.runMain({ disableErrorReporting: true, teardown: (exit, onExit) => onExit(codeOf(exit)) })
)
