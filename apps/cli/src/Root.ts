/**
 * What the commands share: where the app is, who asks, in which form the answer comes, and which file is meant.
 */
import type { Snapshot } from "@headend/core/Snapshot"
import { Clock, Config, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { relative } from "node:path"
import { codes, CommandFailed } from "./ExitCode.ts"
import { print, printJson } from "./Output.ts"
import * as Remote from "./Remote.ts"
import * as Report from "./Report.ts"
import { variables } from "./Variables.ts"

const url = Flag.String("url").pipe(
  Flag.withFallbackConfig(Config.String(variables.url.name)),
  Flag.withDefault(variables.url.absent),
  Flag.withDescription(`Where the HTTP app is (${variables.url.name})`)
)
const token = Flag.Redacted("token").pipe(
  Flag.withFallbackConfig(Config.Redacted(variables.token.name)),
  Flag.optional,
  Flag.withDescription(`An API token; better in ${variables.token.name}, which no process list shows`)
)
const json = Flag.Boolean("json").pipe(
  Flag.withDefault(false),
  Flag.withDescription("Answers as JSON, one value per line, for programs")
)

export const root = Command.make("headend").pipe(
  Command.withSharedFlags({ url, token, json }),
  Command.withDescription("Live broadcasts on Janus: run one here, or ask the HTTP app for them")
)

const remote = Effect.flatMap(root, ({ token, url }) =>
  /^https?:\/\/[^\s/]/.test(url) && URL.canParse(url)
    ? Effect.succeed(Remote.layer(url, Option.getOrUndefined(token)))
    : Effect.fail(
      new CommandFailed({
        code: codes.usage,
        message: `${url} is not where an HTTP app can be (HEADEND_URL, --url): give it as http://127.0.0.1:8080`
      })
    ))

/** Asks the app. */
export const asking = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(remote, (layer) => Effect.provide(effect, layer))

/** As it was named, as near as can be: the library makes it absolute, and completes it for that. */
const named = (path: string): string => {
  const near = relative(process.cwd(), path)
  return near.startsWith("..") ? path : near
}

export const file = Argument.Path("file").pipe(
  Argument.map(named),
  Argument.withDescription("The specification as JSON; - reads the standard input")
)
export const streamingUtils = Flag.Boolean("streaming-utils").pipe(
  Flag.withDefault(false),
  Flag.withDescription("The file holds a payload of streaming_utils")
)
export const id = Argument.String("id").pipe(Argument.withDescription("The id of a broadcast"))
export const timeout = Flag.Finite("timeout").pipe(
  Flag.filter((seconds) => seconds >= 0 && seconds <= 300, () => "0 to 300 seconds"),
  Flag.withDefault(30),
  Flag.withDescription("With --wait: how many seconds, at most 300; exit code 6 when they are over")
)

export const told = Effect.fnUntraced(function*(snapshot: Snapshot) {
  const { json, url } = yield* root
  if (json) return yield* printJson(snapshot)
  yield* print(Report.line(snapshot, yield* Clock.currentTimeMillis))
  for (const line of Report.addresses(snapshot, url)) yield* print(`  ${line}`)
})
