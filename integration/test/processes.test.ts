// The harness itself: programs of the workspace started, waited for and ended, and suites that miss a program.
import { assert, describe, it } from "@effect/vitest"
import { isAlive } from "@headend/integration/Machine"
import { freePort } from "@headend/integration/Ports"
import { awaitHttp, spawn, spawnNode, workspaceRoot } from "@headend/integration/Processes"
import { requires } from "@headend/integration/Requires"
import { Effect, Exit, Scope } from "effect"
import { rmSync } from "node:fs"
import { eventually } from "./wiring.ts"

const server = (env: Record<string, string>) =>
  Effect.gen(function*() {
    const port = yield* freePort
    const program = yield* spawnNode("integration/test/fixtures/server.ts", { env: { PORT: String(port), ...env } })
    return { port, program }
  })

describe("a program of the workspace", () => {
  it.live("is started from its sources, waited for by line and by HTTP, and ended by SIGTERM", () =>
    Effect.gen(function*() {
      const { port, program } = yield* server({})
      assert.strictEqual(yield* program.awaitLine(/^listening/), `listening on ${port}`)
      assert.strictEqual(yield* program.whileRunning(awaitHttp(`http://127.0.0.1:${port}/`)), "request 3")
      assert.isTrue(yield* program.isRunning)
      assert.deepStrictEqual(yield* program.terminate(), { code: null, signal: "SIGTERM" })
      assert.isFalse(isAlive(program.pid))
      assert.deepStrictEqual(yield* program.tail, [`listening on ${port}`])
      const late = yield* Effect.flip(awaitHttp(`http://127.0.0.1:${port}/`, { timeoutMs: 200 }))
      assert.strictEqual(late._tag, "NotInTime")
    }))

  it.live("that ends by itself fails whoever waits for it, with its last words", () =>
    Effect.gen(function*() {
      const program = yield* spawnNode("integration/test/fixtures/absent.ts")
      const failed = yield* Effect.flip(program.awaitLine(/^listening/))
      assert.deepInclude(failed, { _tag: "ProgramEnded", code: 1 })
      assert.match(failed.message, /Cannot find module/)
      const missing = yield* Effect.flip(spawn("no-such-program", []))
      assert.strictEqual(missing._tag, "ProgramMissing")
    }))

  it.live("that ignores SIGTERM is gone all the same when its scope closes", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { program } = yield* server({ STUBBORN: "yes" }).pipe(Scope.provide(scope))
      yield* program.awaitLine(/^listening/)
      yield* Scope.close(scope, Exit.void)
      assert.isFalse(isAlive(program.pid))
      assert.include(yield* program.tail, "not yet")
    }))
})

requires("janus")("a Janus", () => {
  it.live("is gone when the test process that started it is killed", () =>
    Effect.gen(function*() {
      const { program } = yield* server({ CHILD: "yes" })
      const line = yield* program.awaitLine(/^child \d+/)
      const [, pid, folder = ""] = line.split(" ")
      const child = Number(pid)
      assert.isTrue(isAlive(child))
      yield* program.kill
      yield* eventually(Effect.sync(() => isAlive(child)), (alive) => !alive)
      rmSync(folder, { recursive: true })
    }))
})

describe("a suite that misses a program", () => {
  const run = (ci: string | undefined) =>
    Effect.gen(function*() {
      const suite = yield* spawn(
        process.execPath,
        ["node_modules/vitest/vitest.mjs", "run", "--project", "integration", "integration/test/janus.test.ts"],
        { cwd: workspaceRoot, env: { PATH: "/nowhere", CI: ci, NO_COLOR: "1", FORCE_COLOR: undefined } }
      )
      const { code } = yield* suite.ended
      return { code, text: (yield* suite.tail).join("\n") }
    })

  it.live("fails with CI=true", () =>
    Effect.gen(function*() {
      const { code, text } = yield* run("true")
      assert.strictEqual(code, 1)
      assert.match(text, /janus not found, and CI=true requires it/)
    }))

  it.live("is skipped elsewhere, and says why", () =>
    Effect.gen(function*() {
      const { code, text } = yield* run(undefined)
      assert.strictEqual(code, 0, text)
      assert.match(text, /a real Janus \(skipped: janus not found\)/)
      assert.match(text, /Tests +5 skipped/)
    }))
})
