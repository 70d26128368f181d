/**
 * The commands that look: list, show, logs, plan.
 */
import { State } from "@headend/core/Health"
import { Plan } from "@headend/core/Plan"
import type { Snapshot } from "@headend/core/Snapshot"
import { Clock, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as Local from "./Local.ts"
import { print, printJson, table } from "./Output.ts"
import * as Remote from "./Remote.ts"
import * as Report from "./Report.ts"
import { asking, file, id, root, streamingUtils } from "./Root.ts"
import { read } from "./Specification.ts"

export const list = Command.make("list", {
  state: Flag.Literals("state", State.literals).pipe(Flag.optional, Flag.withDescription("Only those in this state")),
  source: Flag.String("source").pipe(Flag.optional, Flag.withDescription("Only those of this kind")),
  label: Flag.String("label").pipe(Flag.optional, Flag.withDescription("Only those, as team:events"))
}, ({ label, source, state }) =>
  asking(Effect.gen(function*() {
    const filter = {
      ...Option.isSome(state) ? { state: state.value } : {},
      ...Option.isSome(source) ? { source: source.value } : {},
      ...Option.isSome(label) ? { label: label.value } : {}
    }
    const items: Array<Snapshot> = []
    let cursor: string | undefined
    do {
      const query = { ...filter, limit: 500, ...(cursor === undefined ? {} : { cursor }) }
      const page = yield* Remote.call(({ broadcasts }) => broadcasts.list({ query }))
      items.push(...page.items)
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    const { json } = yield* root
    if (json) return yield* Effect.forEach(items, printJson, { discard: true })
    const now = yield* Clock.currentTimeMillis
    yield* print(table([Report.columns, ...items.map((item) => Report.row(item, now))]))
  }))).pipe(Command.withAlias("ls"), Command.withDescription("List broadcasts"))

export const show = Command.make("show", { id }, ({ id }) =>
  asking(Effect.gen(function*() {
    const snapshot = yield* Remote.call(({ broadcasts }) => broadcasts.get({ params: { id } }))
    const { json, url } = yield* root
    if (json) return yield* printJson(snapshot)
    const now = yield* Clock.currentTimeMillis
    for (const line of [Report.line(snapshot, now), ...Report.details(snapshot, now, url)]) yield* print(line)
  }))).pipe(
    Command.withDescription("One broadcast: how it is, hop by hop, where to publish and to watch")
  )

export const logs = Command.make("logs", { id }, ({ id }) =>
  asking(Effect.gen(function*() {
    const { json } = yield* root
    const { runs } = yield* Remote.call(({ broadcasts }) => broadcasts.logs({ params: { id } }))
    if (json) return yield* Effect.forEach(runs, printJson, { discard: true })
    if (runs.length === 0) return yield* print(`${id} has no relay that said anything`)
    for (const { endedAt, exit, lines, startedAt } of runs) {
      yield* print(`── ${startedAt} to ${endedAt ?? "now"}${exit === null ? "" : `: ${exit}`}`)
      for (const line of lines) yield* print(line)
    }
  }))).pipe(Command.withDescription("What a broadcast's relay said in its last three runs, redacted"))

const shown = Effect.fnUntraced(function*(plan: Plan) {
  const { json } = yield* root
  if (json) return yield* printJson(plan)
  for (const { command, does, hop, request, server, when } of plan.steps) {
    yield* print(`${hop}: ${does}${when === undefined ? "" : ` (${when})`}`)
    if (command !== undefined) yield* print(`  ${command.join(" ")}`)
    if (request !== undefined) yield* print(`  ${server ?? ""} ${JSON.stringify(request)}`)
  }
  for (const warning of plan.warnings) yield* print(`warning: ${warning}`)
})

export const plan = Command.make("plan", {
  file,
  streamingUtils,
  local: Flag.Boolean("local").pipe(Flag.withDefault(false), Flag.withDescription("By this machine, without an app"))
}, ({ local, ...from }) =>
  Effect.gen(function*() {
    const specification = yield* read(from)
    const { json: body, lineOf } = specification
    if (local) return yield* shown(yield* Effect.provide(Local.plan(specification), Local.layer))
    const sent = asking(Remote.send(Plan, { path: "/v1/plan", body, lineOf }))
    return yield* shown((yield* sent).body)
  })).pipe(Command.withDescription("What a start would ask of which program; nothing is touched"))
