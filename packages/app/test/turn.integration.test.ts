// What keeps two commands from installing and building in one folder at once, as two processes meet it.
import { assert, describe, it } from "@effect/vitest"
import { spawn } from "@headend/integration/Processes"
import { Effect } from "effect"
import { fileURLToPath } from "node:url"

const module = fileURLToPath(new URL("../../../scripts/turn.mjs", import.meta.url))

/** A command that sets up for as long as it lives, or until it is told to end, when `brief` is not said. */
const command = (name: string, brief: boolean) =>
  spawn(process.execPath, [
    "--input-type=module",
    "--eval",
    `import { inTurn } from ${JSON.stringify(module)}
     await inTurn(async () => {
       console.log("${name} sets up")
       if (${!brief}) await new Promise((resolve) => setTimeout(resolve, 600_000))
     })
     console.log("${name} has set up")`
  ])

describe.skipIf(process.platform !== "linux")("two commands that set up in one folder", () => {
  it.live("take turns, and one that was killed keeps nobody waiting", () =>
    Effect.gen(function*() {
      const first = yield* command("first", false)
      yield* first.awaitLine(/first sets up/, 60_000)
      const second = yield* command("second", true)
      yield* second.awaitLine(/waiting until it has/, 60_000)
      assert.notInclude((yield* second.tail).join("\n"), "second sets up")
      yield* first.signal("SIGKILL")
      yield* second.awaitLine(/second has set up/, 60_000)
      assert.strictEqual((yield* second.ended).code, 0)
    }).pipe(Effect.scoped), 180_000)
})
