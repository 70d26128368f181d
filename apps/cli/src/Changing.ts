/**
 * The commands that change something: run one here, start, stop, restart, kick.
 */
import { Snapshot } from "@headend/api/Broadcasts"
import { isEnded } from "@headend/core/Health"
import { Duration, Effect, Option, Ref, Schedule } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { codes, CommandFailed } from "./ExitCode.ts"
import * as Local from "./Local.ts"
import { print, printJson, say } from "./Output.ts"
import * as Remote from "./Remote.ts"
import * as Report from "./Report.ts"
import { asking, file, id, root, streamingUtils, timeout, told } from "./Root.ts"
import { read } from "./Specification.ts"

/** The time to wait is over: nothing failed, and it goes on. */
const late = (message: string) => new CommandFailed({ code: codes.late, message })

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
    if (wait && status === 202) {
      return yield* late([
        `${body.id} is not on air after ${timeout} s`,
        ...Report.trouble(body),
        `it is tried on: headend watch ${body.id}`
      ].join("; "))
    }
    if (body.state === "pending") yield* say(`headend show ${body.id} says where to publish and to watch`)
  }))).pipe(Command.withDescription("Start a broadcast"))

const unfinished = (ids: ReadonlyArray<string>, timeout: number) =>
  Effect.fail(late(
    `not undone after ${timeout} s: ${ids.join(", ")}; it is tried on: headend ${
      ids.length === 1 ? `watch ${ids[0]}` : "watch"
    }`
  ))

/** Waits until all that these made is undone; one that was started again meanwhile has ended before. */
const untilStopped = Effect.fnUntraced(function*(ids: ReadonlyArray<string>, timeout: number) {
  const left = yield* Ref.make(ids)
  const look = (id: string) =>
    Remote.call(({ broadcasts }) => broadcasts.get({ params: { id } })).pipe(
      Effect.repeat({ until: ({ state }) => state !== "stopping", schedule: Schedule.spaced("500 millis") }),
      Effect.andThen(Ref.update(left, (before) => before.filter((one) => one !== id)))
    )
  const all = Effect.forEach(ids, look, { concurrency: 8, discard: true })
  if (Option.isNone(yield* Effect.timeoutOption(all, Duration.seconds(timeout)))) {
    return yield* unfinished(yield* Ref.get(left), timeout)
  }
})

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
      const after = yield* Remote.call(({ broadcasts }) => broadcasts.stop({ params: { id: id.value }, query }))
      yield* told(after)
      return wait && !isEnded(after.state) ? yield* unfinished([after.id], timeout) : undefined
    }
    const filter = Option.match(label, { onNone: () => ({}), onSome: (label) => ({ label }) })
    const query = { all: "true" as const, ...filter }
    const { stopping } = yield* Remote.call(({ broadcasts }) => broadcasts.stopAll({ query }))
    const { json } = yield* root
    yield* json ? printJson({ stopping }) : print(`stopping: ${stopping.join(", ") || "none"}`)
    if (wait) yield* untilStopped(stopping, timeout)
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
