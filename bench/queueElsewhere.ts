/**
 * A process that handles jobs for the benchmark of the queue, and how it is started: those who add are in another one.
 */
import { Effect, Schema, Scope } from "effect"
import { fork } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { bullmq, headend } from "./queueContenders.ts"

export type Name = "headend" | "BullMQ"

const Task = Schema.Struct({
  name: Schema.Literals(["headend", "BullMQ"]),
  port: Schema.Finite,
  key: Schema.String,
  concurrency: Schema.Finite,
  count: Schema.Finite
})

export interface Handler {
  /** Waits until it has handled as many jobs as there are in a round; to be waited for from its beginning. */
  readonly over: Effect.Effect<void>
}

const file = fileURLToPath(import.meta.url)

/** Until the scope closes. It says when it is ready, and after each so many jobs. */
export const handler = Effect.fnUntraced(function*(
  name: Name,
  task: Omit<typeof Task.Type, "name">
): Effect.fn.Return<Handler, never, Scope.Scope> {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => fork(file, [JSON.stringify({ name, ...task })], { execArgv: ["--conditions=@headend/source"] })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const over = Effect.callback<void>((resume) => void child.once("message", () => resume(Effect.void)))
  yield* over
  return { over }
})

if (process.argv[1] === file) {
  const { concurrency, count, key, name, port } = Schema.decodeUnknownSync(Schema.fromJsonString(Task))(process.argv[2])
  let handled = 0
  const work = Effect.gen(function*() {
    const one = yield* name === "headend" ? headend(port, key) : bullmq(port, false)
    yield* one.work(concurrency, () => {
      if (++handled % count === 0) process.send!("over")
    })
    process.send!("ready")
    return yield* Effect.never
  })
  Effect.runFork(Effect.scoped(work))
}
