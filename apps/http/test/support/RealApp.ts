// The built app as its own process on a real Janus, and what its tests ask of it.
import type { Snapshot } from "@headend/core/Snapshot"
import * as JanusLists from "@headend/integration/JanusLists"
import { spawn } from "@headend/integration/Processes"
import type { RunningJanus } from "@headend/integration/RealJanus"
import { Data, Effect, Schedule } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { caller } from "./Call.ts"

/** What `npm run build` makes, run as a user runs it. */
const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url))

/** A working directory of its own: the key file lies there, and is found again after a crash. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-http-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export interface AppOptions {
  readonly janus: RunningJanus
  /** Where it runs; a fresh folder when absent. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Starts it on a free port; without tokens, so that everything on this machine may use it. */
export const start = Effect.fnUntraced(function*(options: AppOptions) {
  const { janus } = options
  const program = yield* spawn(process.execPath, [main], {
    cwd: options.cwd ?? (yield* folder),
    env: {
      ...process.env,
      HEADEND_JANUS_URL: janus.url,
      HEADEND_JANUS_STREAMING_ADMIN_KEY: janus.streamingAdminKey,
      HEADEND_JANUS_VIDEOROOM_ADMIN_KEY: janus.videoroomAdminKey,
      HEADEND_HTTP_PORT: "0",
      HEADEND_REGISTRY: "memory",
      ...options.env
    }
  })
  const line = yield* program.awaitLine(/Listening on http/)
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)![0]
  const call = caller(url)
  const get = (id: string) => Effect.map(call(`GET /v1/broadcasts/${id}`), (answer) => answer.json<Snapshot>())
  return {
    program,
    url,
    call,
    get,
    lists: JanusLists.make(janus),
    /** Starts a broadcast and waits until it is on air; its snapshot. */
    onAir: (id: string, body: object) =>
      Effect.flatMap(
        call(`PUT /v1/broadcasts/${id}?wait=running&timeout=90`, { body }),
        (answer) =>
          answer.status === 201 || answer.status === 200
            ? Effect.succeed(answer.json<Snapshot>())
            : Effect.fail(new Unexpected({ status: answer.status, text: answer.text }))
      ),
    /** Stops it and waits until it is undone; its snapshot. */
    stop: (id: string) =>
      Effect.map(call(`DELETE /v1/broadcasts/${id}?wait=stopped&timeout=60`), (answer) => answer.json<Snapshot>()),
    /** Waits until the snapshot is so, at most a minute. */
    until: (id: string, isSo: (snapshot: Snapshot) => boolean) => eventually(get(id), isSo)
  }
})

export class Unexpected extends Data.TaggedError("Unexpected")<{ readonly status: number; readonly text: string }> {
  override get message() {
    return `${this.status} ${this.text}`
  }
}

/** Looks again and again, at most a minute, until it is so. */
export const eventually = <A, E, R>(look: Effect.Effect<A, E, R>, isSo: (seen: A) => boolean) => {
  let last: A | undefined
  return look.pipe(
    Effect.tap((seen) => Effect.sync(() => void (last = seen))),
    Effect.repeat({ schedule: Schedule.spaced("50 millis"), until: isSo }),
    Effect.timeoutOrElse({
      duration: "60 seconds",
      orElse: () => Effect.die(new Error(`not so in a minute: ${JSON.stringify(last)}`))
    })
  )
}
