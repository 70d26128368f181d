// No media process outlives its worker: killed, frozen, or ended in order.
import { assert, it } from "@effect/vitest"
import { isAlive } from "@headend/integration/Machine"
import { spawnNode } from "@headend/integration/Processes"
import { requires } from "@headend/integration/Requires"
import { Guard, layer as layerGuard } from "@headend/relay/Guard"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { eventually } from "./support/bench.ts"

const worker = Effect.gen(function*() {
  const program = yield* spawnNode("packages/relay/test/support/worker.ts")
  const line = yield* program.awaitLine(/^relay \d+/)
  return { program, relay: Number(line.split(" ")[1]) }
})

const gone = (pid: number) =>
  Effect.gen(function*() {
    const began = performance.now()
    yield* eventually(Effect.sync(() => isAlive(pid)), (is) => !is)
    return Math.round(performance.now() - began)
  })

requires("ffmpeg", "ffprobe")("the guard", () => {
  it.live("ends the relay of a worker that was killed, within a second", () =>
    Effect.gen(function*() {
      const { program, relay } = yield* worker
      assert.isTrue(isAlive(relay))
      yield* program.signal("SIGKILL")
      const took = yield* gone(relay)
      console.log(`worker killed: relay gone after ${took} ms`)
      assert.isBelow(took, 1_000)
    }), 30_000)

  it.live("ends the relay of a worker that is frozen, within its silence limit", () =>
    Effect.gen(function*() {
      const { program, relay } = yield* worker
      yield* program.signal("SIGSTOP")
      const took = yield* gone(relay)
      console.log(`worker frozen: relay gone after ${took} ms`)
      assert.isAbove(took, 2_000)
      assert.isBelow(took, 8_000)
    }), 30_000)

  it.live("is started again when it is killed itself, and knows its groups still", () =>
    Effect.gen(function*() {
      const child = yield* Effect.acquireRelease(
        Effect.sync(() => spawn("sleep", ["60"], { detached: true, stdio: "ignore" })),
        (one) => Effect.sync(() => one.kill("SIGKILL"))
      )
      const pid = yield* Effect.scoped(
        Effect.gen(function*() {
          const guard = yield* Guard
          guard.add(child.pid!)
          const first = guard.pid()!
          yield* Effect.sync(() => process.kill(first, "SIGKILL"))
          yield* eventually(Effect.sync(() => guard.pid()), (now) => now !== undefined && now !== first)
          assert.isTrue(isAlive(child.pid!))
          return guard.pid()!
        }).pipe(Effect.provide(layerGuard()))
      )
      // the layer is closed: what was still there goes with it, and so does the guard
      yield* gone(child.pid!)
      yield* gone(pid)
    }), 30_000)
})
