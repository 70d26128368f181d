/**
 * `headend doctor`: looks at everything a broadcast may need from this machine, and says what to do.
 */
import { Config, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { bad, type Finding, ok } from "./doctor/Finding.ts"
import { janus } from "./doctor/janus.ts"
import { obs as look } from "./doctor/obs.ts"
import { ingest as greet, listening } from "./doctor/ports.ts"
import { ffmpeg, gstreamer } from "./doctor/programs.ts"
import * as Servers from "./doctor/servers.ts"
import { sqlite } from "./doctor/sqlite.ts"
import { codes, CommandFailed } from "./ExitCode.ts"
import * as Local from "./Local.ts"
import { print, printJson } from "./Output.ts"
import { root } from "./Root.ts"
import { variables } from "./Variables.ts"

const signs = { ok: "✓", absent: "-", warn: "!", bad: "✗" } as const

const show = ({ advice, evidence, status, what }: Finding) =>
  print(`${signs[status]} ${what}: ${evidence}${advice === undefined ? "" : `\n    ${advice}`}`)

const node = Effect.sync(() => [
  Number.parseInt(process.versions.node) >= 20
    ? ok("node", process.versions.node)
    : bad("node", process.versions.node, "headend needs Node 20 or later")
])

export const doctor = Command.make("doctor", {
  obs: Flag.String("obs").pipe(
    Flag.withFallbackConfig(Config.String(variables.obsUrl.name)),
    Flag.optional,
    Flag.withDescription(
      `Look at this OBS, too: ws://host:4455; its password is read from ${variables.obsPassword.name}`
    )
  ),
  srs: Flag.String("srs").pipe(
    Flag.optional,
    Flag.withDescription("Look at the HTTP API of this SRS, too: http://host:1985")
  ),
  ingest: Flag.String("ingest").pipe(
    Flag.optional,
    Flag.withDescription("Look at this RTMP server, too: rtmp://host:1935/app")
  )
}, ({ ingest, obs, srs }) =>
  Effect.gen(function*() {
    const { json } = yield* root
    const read = yield* Effect.orDie(Local.settings)
    const password = yield* Effect.orDie(Config.option(Config.Redacted(variables.obsPassword.name)))
    const settings = read.wrong.length === 0
      ? [ok("settings", "all can be used")]
      : read.wrong.map((line) => bad("settings", line, "mend it; docs/operations.md lists all"))
    const looks = [
      Effect.succeed(settings),
      node,
      read.settings.fakeJanus
        ? Effect.succeed([ok("janus", "the embedded fake (HEADEND_JANUS_URL=fake): no pictures")])
        : janus,
      ffmpeg,
      gstreamer,
      look(Option.getOrUndefined(obs), Option.getOrUndefined(password)),
      greet(Option.getOrUndefined(ingest)),
      Servers.srs(Option.getOrUndefined(srs)),
      sqlite(read.settings),
      Servers.redis(read.settings),
      Servers.kafka(read.settings),
      listening(read.settings)
    ]
    const findings = (yield* Effect.all(looks, { concurrency: 3 })).flat()
    yield* Effect.forEach(findings, json ? printJson : show, { discard: true })
    const broken = findings.filter(({ status }) => status === "bad").length
    if (broken > 0) {
      return yield* new CommandFailed({ code: codes.failed, message: `${broken} of ${findings.length} must be mended` })
    }
  })).pipe(
    Command.withDescription("Look at Janus, its plugins and keys, programs, servers and ports, and say what to do")
  )
