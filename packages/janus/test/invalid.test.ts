// What Janus can never take is the caller's fault at once: Janus here runs with integer ids.
import { assert, layer } from "@effect/vitest"
import { Mountpoints } from "@headend/core/Mountpoints"
import { Rooms } from "@headend/core/Rooms"
import { FakeJanus, layer as fakeLayer } from "@headend/testing/FakeJanusServer"
import { Effect, Layer } from "effect"
import { portsOn } from "./support/ports.ts"

const live = Layer.unwrap(Effect.map(FakeJanus, (server) => portsOn(server))).pipe(Layer.provideMerge(fakeLayer()))
const mark = { instance: "invalid", broadcast: "b", run: 1, epoch: 1, worker: "w" }
const caller = (code: string) => ({ code, fault: "caller" as const })

layer(live, { excludeTestServices: true })("on the fake Janus with integer ids", (it) => {
  it.effect("a mountpoint with a string id is invalid", () =>
    Effect.gen(function*() {
      const mountpoints = yield* Mountpoints
      const errors = [
        yield* Effect.flip(mountpoints.ensure({ type: "rtp", id: "lobby" }, mark)),
        yield* Effect.flip(mountpoints.find({ id: "lobby" })),
        yield* Effect.flip(mountpoints.mark("lobby"))
      ]
      for (const error of errors) assert.deepInclude(error.failure, caller("mountpoint_invalid"), error.message)
    }))

  it.effect("a room with a string id is invalid", () =>
    Effect.gen(function*() {
      const rooms = yield* Rooms
      const errors = [
        yield* Effect.flip(rooms.ensure("lobby", {}, mark)),
        yield* Effect.flip(rooms.find({ id: "lobby" })),
        yield* Effect.flip(Effect.scoped(rooms.watch({ id: "lobby" })))
      ]
      for (const error of errors) assert.deepInclude(error.failure, caller("room_invalid"), error.message)
    }))
})
