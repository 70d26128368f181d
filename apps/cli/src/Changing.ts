/**
 * The commands that change something: run one here, start, stop, restart, kick.
 */
import { Snapshot } from "@headend/api/Broadcasts"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { codes, CommandFailed } from "./ExitCode.ts"
import * as Local from "./Local.ts"
import { print, printJson, say } from "./Output.ts"
import * as Remote from "./Remote.ts"
import { asking, file, id, root, streamingUtils, timeout, told } from "./Root.ts"
import { read } from "./Specification.ts"

export const run = Command.make("run", { file, streamingUtils }, (from) =>
  Effect.gen(function*() {
    const { json } = yield* root
    const specification = yield* read(from)
    return yield* Effect.provide(Local.run(specification, json), Local.layer)
  })).pipe(
    Command.withDescription("Run one broadcast in the foreground, without an app; Ctrl-C takes everything down"),
    Command.withExamples([{ command: "headend run lobby.json", description: "Until Ctrl-C" }])
  )

export const start = Command.make("start", {
  file,
  streamingUtils,
  wait: Flag.Boolean("wait").pipe(Flag.withDefault(false), Flag.withDescription("Until it is on air")),
  timeout,
  key: Flag.String("key").pipe(
    Flag.optional,
    Flag.withDescription("Idempotency key: the same key starts at most one run")
  )
}, ({ key, timeout, wait, ...from }) =>
  asking(Effect.gen(function*() {
    const { json, lineOf } = yield* read(from)
    const { body, status } = yield* Remote.send(Snapshot, {
      path: "/v1/broadcasts",
      body: json,
      lineOf,
      headers: Option.match(key, { onNone: () => ({}), onSome: (key) => ({ "idempotency-key": key }) }),
      query: wait ? { wait: "running", timeout: String(timeout) } : {}
    })
    yield* told(body)
    if (wait && status === 202) yield* say(`${body.id} is not on air yet: headend watch ${body.id}`)
    else if (body.state === "pending") yield* say(`headend show ${body.id} says where to publish and to watch`)
  }))).pipe(Command.withDescription("Start a broadcast"))

export const stop = Command.make("stop", {
  id: Argument.optional(id),
  all: Flag.Boolean("all").pipe(Flag.withDefault(false), Flag.withDescription("All of them")),
  label: Flag.String("label").pipe(Flag.optional, Flag.withDescription("With --all: only those, as team:events")),
  wait: Flag.Boolean("wait").pipe(Flag.withDefault(false), Flag.withDescription("Until all is undone")),
  timeout
}, ({ all, id, label, timeout, wait }) =>
  asking(Effect.gen(function*() {
    if (Option.isSome(id) === all) {
      return yield* new CommandFailed({ code: codes.usage, message: "name one broadcast, or say --all" })
    }
    if (Option.isSome(id)) {
      const query = wait ? { wait: "stopped" as const, timeout } : {}
      return yield* told(yield* Remote.call(({ broadcasts }) => broadcasts.stop({ params: { id: id.value }, query })))
    }
    const filter = Option.match(label, { onNone: () => ({}), onSome: (label) => ({ label }) })
    const query = { all: "true" as const, ...filter }
    const { stopping } = yield* Remote.call(({ broadcasts }) => broadcasts.stopAll({ query }))
    const { json } = yield* root
    yield* json ? printJson({ stopping }) : print(`stopping: ${stopping.join(", ") || "none"}`)
  }))).pipe(Command.withDescription("Stop a broadcast and undo all that it made"))

export const restart = Command.make(
  "restart",
  { id },
  ({ id }) => asking(Effect.flatMap(Remote.call(({ broadcasts }) => broadcasts.restart({ params: { id } })), told))
).pipe(
  Command.withDescription("Open a broadcast's feed anew, behind the same mountpoint")
)

export const kick = Command.make("kick", { id }, ({ id }) =>
  asking(Effect.gen(function*() {
    const { kicked } = yield* Remote.call(({ broadcasts }) => broadcasts.kick({ params: { id } }))
    const { json } = yield* root
    if (json) return yield* printJson({ id, kicked })
    yield* print(
      kicked ? `${id}: whoever published was disconnected, and may come again` : `${id}: nobody publishes its ingest`
    )
  }))).pipe(Command.withDescription("End the connection of whoever publishes a broadcast's ingest (SRS only)"))
