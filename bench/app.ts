/**
 * The HTTP app as its own process, for benchmarks that measure what a user sees.
 */
import type { Snapshot } from "@headend/core/Snapshot"
import { spawn, workspaceRoot } from "@headend/integration/Processes"
import type { RunningJanus } from "@headend/integration/RealJanus"
import { Effect } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export const start = Effect.fnUntraced(function*(janus: RunningJanus) {
  const cwd = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-bench-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const program = yield* spawn(process.execPath, [join(workspaceRoot, "apps/http/dist/main.js")], {
    cwd,
    env: {
      ...process.env,
      HEADEND_JANUS_URL: janus.url,
      HEADEND_JANUS_STREAMING_ADMIN_KEY: janus.streamingAdminKey,
      HEADEND_JANUS_VIDEOROOM_ADMIN_KEY: janus.videoroomAdminKey,
      HEADEND_HTTP_PORT: "0",
      HEADEND_REGISTRY: "memory"
    }
  })
  const line = yield* program.awaitLine(/Listening on http/)
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)![0]
  const call = (method: string, path: string, body?: object) =>
    Effect.promise(async () => {
      const answer = await fetch(`${url}${path}`, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { "content-type": "application/json" } })
      })
      return (await answer.json()) as Snapshot
    })
  return { url, call }
})
