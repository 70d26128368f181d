// The connection and a real Janus that freezes, dies and returns.
import { assert, it } from "@effect/vitest"
import { Mountpoints } from "@headend/core/Mountpoints"
import { Rooms } from "@headend/core/Rooms"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { JanusConnection } from "@headend/janus/JanusConnection"
import { Effect, Fiber } from "effect"
import { portsOn } from "./support/ports.ts"

const mark = { instance: "outage", broadcast: "b", run: 1, epoch: 1, worker: "w" }

requires("janus")("an outage", () => {
  it.live(
    "a frozen Janus is noticed though idle, and used again once it thaws",
    () =>
      Effect.gen(function*() {
        const janus = yield* RealJanus.make()
        yield* Effect.gen(function*() {
          const connection = yield* JanusConnection
          const mountpoints = yield* Mountpoints
          yield* janus.freeze
          const started = Date.now()
          yield* connection.awaitLoss(1)
          const took = Date.now() - started
          console.log(`frozen, noticed after ${took} ms`)
          assert.deepInclude(connection.current(), { state: "frozen", reason: "it does not answer" })
          const error = yield* Effect.flip(mountpoints.ensure({ type: "rtp", id: 1 }, mark))
          assert.include(error.message, "does not answer")
          yield* janus.thaw
          yield* connection.awaitUp
          yield* mountpoints.ensure({ type: "rtp", id: 1 }, mark)
        }).pipe(Effect.provide(portsOn(janus)))
      }),
    120_000
  )

  it.live(
    "a request under way when it freezes fails with the connection, and is found executed afterwards",
    () =>
      Effect.gen(function*() {
        const janus = yield* RealJanus.make()
        yield* Effect.gen(function*() {
          const connection = yield* JanusConnection
          const mountpoints = yield* Mountpoints
          yield* janus.freeze
          const pending = yield* Effect.forkChild(Effect.flip(mountpoints.ensure({ type: "rtp", id: 2 }, mark)))
          const error = yield* Fiber.join(pending)
          assert.strictEqual(error._tag, "ServerUnavailable")
          yield* janus.thaw
          yield* connection.awaitUp
          const made = yield* mountpoints.ensure({ type: "rtp", id: 2 }, mark)
          assert.strictEqual(made.media.length, 2)
        }).pipe(Effect.provide(portsOn(janus)))
      }),
    120_000
  )

  it.live("killed and started again, it is used again soon after it listens", () =>
    Effect.gen(function*() {
      const janus = yield* RealJanus.make()
      yield* Effect.gen(function*() {
        const connection = yield* JanusConnection
        const mountpoints = yield* Mountpoints
        const rooms = yield* Rooms
        yield* mountpoints.ensure({ type: "rtp", id: 3 }, mark)
        const room = yield* rooms.ensure(4, {}, mark)
        const watch = yield* rooms.watch(room)
        const watching = yield* Effect.forkChild(Effect.flip(watch.next(watch.now())))
        yield* janus.kill
        assert.strictEqual((yield* Fiber.join(watching))._tag, "ServerUnavailable")
        yield* connection.awaitLoss(1)
        // long enough for the attempts to be as far apart as they ever are
        yield* Effect.sleep("4 seconds")
        yield* janus.restart
        const listening = Date.now()
        yield* connection.awaitUp
        yield* mountpoints.ensure({ type: "rtp", id: 3 }, mark)
        yield* rooms.ensure(4, {}, mark)
        const took = Date.now() - listening
        console.log(`restarted, room and mountpoint made again ${took} ms after it listened`)
      }).pipe(Effect.provide(portsOn(janus)))
    }), 120_000)
})
