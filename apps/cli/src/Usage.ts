/**
 * What is said of a command that cannot be read: each mistake, and where help is. All on the standard error, and asked for
 * JSON as JSON; the whole help is only for those who ask for it.
 */
import { Effect } from "effect"
import { CliOutput } from "effect/cli"
import { codes } from "./ExitCode.ts"
import { say } from "./Output.ts"

export const asksJson = (): boolean => process.argv.includes("--json")

export const layer = CliOutput.layerPresenter({
  present: (event) => {
    if (event._tag !== "InvalidInvocation") return CliOutput.defaultPresenter.present(event)
    const mistakes = event.errors.map(({ message }) => message)
    if (asksJson()) {
      return say(JSON.stringify({ exitCode: codes.usage, message: mistakes.join("; "), problem: null }))
    }
    const help = `${event.commandPath.join(" ")} --help`
    return Effect.forEach([...mistakes.map((one) => `headend: ${one}`), `  ${help}`], say, { discard: true })
  }
})
