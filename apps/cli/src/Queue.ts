/**
 * The job queue: `headend queue` says what waits, its commands offer jobs and see to those that were given up.
 */
import { Offered } from "@headend/api/Jobs"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { codes, CommandFailed } from "./ExitCode.ts"
import { counted, duration, print, printJson, since, table } from "./Output.ts"
import * as Remote from "./Remote.ts"
import { asking, file, id, root, streamingUtils } from "./Root.ts"
import { read } from "./Specification.ts"

const key = Flag.String("key").pipe(
  Flag.optional,
  Flag.withDescription("Idempotency key: the same key adds at most one job")
)

const offer = (job: unknown, key: Option.Option<string>, more: Pick<Parameters<typeof Remote.send>[1], "lineOf">) =>
  Effect.gen(function*() {
    const { body } = yield* Remote.send(Offered, {
      path: "/v1/jobs",
      body: job,
      headers: Option.match(key, { onNone: () => ({}), onSome: (key) => ({ "idempotency-key": key }) }),
      ...more
    })
    const { json } = yield* root
    if (json) return yield* printJson(body)
    yield* print(`job ${body.id} ${body.duplicate ? "was offered under this key before" : "is in the queue"}`)
  })

const start = Command.make("start", { file, streamingUtils, key }, ({ key, ...from }) =>
  asking(Effect.gen(function*() {
    const { json: spec, lineOf } = yield* read(from)
    // what is wrong with it is told at `spec`
    yield* offer({ type: "start_broadcast", spec }, key, { lineOf: (path) => lineOf(path.slice(1)) })
  }))).pipe(Command.withDescription("Offer the start of a broadcast, for a worker to take"))

const stop = Command.make(
  "stop",
  { id, key },
  ({ id, key }) => asking(offer({ type: "stop_broadcast", id }, key, { lineOf: () => undefined }))
).pipe(
  Command.withDescription("Offer the stop of a broadcast; it cancels every start of it that was offered before")
)

/** All of them, the newest first. */
const letters = Effect.gen(function*() {
  const items = []
  let cursor: string | undefined
  do {
    const query = { limit: 500, ...(cursor === undefined ? {} : { cursor }) }
    const page = yield* Remote.call(({ jobs }) => jobs.dead({ query }))
    items.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return items
})

const dead = Command.make("dead", {}, () =>
  asking(Effect.gen(function*() {
    const { json } = yield* root
    const items = yield* letters
    if (json) return yield* Effect.forEach(items, printJson, { discard: true })
    if (items.length === 0) return yield* print("no dead letters")
    const rows = yield* Effect.forEach(items, (letter) =>
      Effect.map(since(letter.failedAt), (ago) => [
        letter.id,
        letter.type,
        letter.broadcast ?? "-",
        `${ago} ago`,
        String(letter.attempts),
        letter.reason
      ]))
    yield* print(table([["ID", "JOB", "BROADCAST", "GIVEN UP", "TRIES", "REASON"], ...rows]))
  }))).pipe(Command.withDescription("Jobs that were given up, the newest first, each with the reason"))

const redrive = Command.make("redrive", {
  id: Argument.optional(Argument.String("id").pipe(Argument.withDescription("The id of a dead letter"))),
  all: Flag.Boolean("all").pipe(Flag.withDefault(false), Flag.withDescription("All of them"))
}, ({ all, id }) =>
  asking(Effect.gen(function*() {
    if (Option.isSome(id) === all) {
      return yield* new CommandFailed({ code: codes.usage, message: "name one dead letter, or say --all" })
    }
    const again = (id: string) => Remote.call(({ jobs }) => jobs.redrive({ params: { id } }))
    const ids = Option.isSome(id) ? [id.value] : (yield* letters).map((letter) => letter.id)
    yield* Effect.forEach(ids, again, { concurrency: 8, discard: true })
    const { json } = yield* root
    yield* json ? printJson({ redriven: ids }) : print(`offered again: ${ids.join(", ") || "none"}`)
  }))).pipe(Command.withDescription("Offer a job that was given up again, as it was"))

export const queue = Command.make("queue", {}, () =>
  asking(Effect.gen(function*() {
    const now = yield* Remote.call(({ jobs }) => jobs.queue())
    const { json } = yield* root
    if (json) return yield* printJson(now)
    const oldest = now.oldestAgeMs === null ? "" : `, the oldest for ${duration(now.oldestAgeMs)}`
    yield* print(
      `${now.backend}: ${now.undelivered} wait${oldest}; ${now.inFlight} in hand, ${now.delayed} delayed, ${
        counted(now.dead, "dead letter")
      }`
    )
  }))).pipe(
    Command.withDescription("The job queue: how many jobs wait, are in hand, are delayed, and were given up"),
    Command.withSubcommands([start, stop, dead, redrive])
  )
