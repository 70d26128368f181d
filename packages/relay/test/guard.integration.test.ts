// No media process outlives its worker: killed, frozen, or ended in order.
import { assert, it } from "@effect/vitest"
import { type RelayRun, Relays } from "@headend/core/Relays"
import { isAlive } from "@headend/integration/Machine"
import { spawnNode } from "@headend/integration/Processes"
import { requires } from "@headend/integration/Requires"
import { Guard, layer as layerGuard } from "@headend/relay/Guard"
import { Effect, Exit, Scope } from "effect"
import { spawn } from "node:child_process"
import { eventually, relays } from "./support/bench.ts"

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
  it.live("ends the relay of a worker that was killed, at once", () =>
    Effect.gen(function*() {
      const { program, relay } = yield* worker
      assert.isTrue(isAlive(relay))
      yield* program.signal("SIGKILL")
      const took = yield* gone(relay)
      console.log(`worker killed: relay gone after ${took} ms`)
      // long before its silence would be noticed
      assert.isBelow(took, 4_000)
    }), 60_000)

  it.live("ends the relay of a worker that is frozen, within its silence limit", () =>
    Effect.gen(function*() {
      const { program, relay } = yield* worker
      yield* program.signal("SIGSTOP")
      const took = yield* gone(relay)
      console.log(`worker frozen: relay gone after ${took} ms`)
      assert.isAbove(took, 2_000)
    }), 60_000)

  it.live(
    "is not needed for a relay that obeys, nor for one that does not: after three seconds it is killed",
    () =>
      Effect.gen(function*() {
        const track = {
          mid: "v",
          type: "video",
          codec: "h264",
          pt: 96,
          host: "127.0.0.1",
          port: 9,
          rtcpPort: null
        } as const
        const stop = (isFrozen: boolean) =>
          Effect.gen(function*() {
            const scope = yield* Scope.make()
            const relay = yield* Relays.use((port) =>
              port.acquire({
                broadcast: "b",
                input: { type: "test_pattern", width: 160, height: 90, fps: 10 },
                options: { kind: "ffmpeg" },
                tracks: [{ ...track, sourceIndex: undefined }],
                srtp: undefined
              })
            ).pipe(Scope.provide(scope))
            const { pid } = yield* eventually(Effect.sync(relay.now), ({ fed }) => fed.length === 1)
            if (isFrozen) yield* Effect.sync(() => process.kill(pid!, "SIGSTOP"))
            const began = performance.now()
            yield* Scope.close(scope, Exit.void)
            assert.isFalse(isAlive(pid!))
            const [{ exit }] = (yield* Relays.use((port) => port.logs("b"))).slice(-1) as [RelayRun]
            return { took: Math.round(performance.now() - began), exit }
          })
        const obeys = yield* stop(false)
        const frozen = yield* stop(true)
        console.log(`a relay is ended in ${obeys.took} ms, a frozen one in ${frozen.took} ms`)
        assert.isBelow(obeys.took, 3_000)
        assert.isAtLeast(frozen.took, 2_900)
        assert.deepStrictEqual([obeys.exit, frozen.exit], ["ended on request", "ended on request"])
      }).pipe(Effect.provide(relays())),
    60_000
  )

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
    }), 60_000)
})
