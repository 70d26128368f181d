// The contract suites on the fake Janus.
import { JanusConnection } from "@headend/janus/JanusConnection"
import { FakeJanus, type FakeJanusServer } from "@headend/testing/FakeJanusServer"
import * as FakeJanusServers from "@headend/testing/FakeJanusServer"
import { MediaBench } from "@headend/testing/MediaBench"
import { Effect, Layer } from "effect"
import { portsOn } from "./ports.ts"
import { rawClient } from "./rawClient.ts"

const bench = (server: FakeJanusServer) =>
  Effect.gen(function*() {
    const connection = yield* JanusConnection
    const others = yield* rawClient(server.url)
    return MediaBench.of({
      ...others,
      mountpoints: Effect.sync(() => [...server.mountpoints.keys()]),
      rooms: Effect.sync(() => [...server.rooms.keys()]),
      publish: (room, options) =>
        Effect.acquireRelease(
          Effect.sync(() => server.publish(room.id, options)),
          (publisher) => Effect.sync(() => publisher.leave())
        ).pipe(Effect.map((publisher) => ({ id: publisher.id, leave: Effect.sync(() => void publisher.leave()) }))),
      join: (room) =>
        Effect.acquireRelease(
          Effect.sync(() => server.join(room.id)),
          (publisher) => Effect.sync(() => publisher.leave())
        ).pipe(Effect.map((publisher) => ({ id: publisher.id, leave: Effect.sync(() => void publisher.leave()) }))),
      restart: Effect.gen(function*() {
        const before = connection.epoch()
        yield* Effect.promise(() => server.kill())
        yield* connection.awaitLoss(before)
        yield* Effect.promise(() => server.restart())
        yield* connection.awaitUp
      }),
      another: Effect.orDie(Layer.build(Layer.fresh(portsOn(server))))
    })
  })

/** A fake Janus, our ports on it, and the bench. */
export const layer = Layer.unwrap(
  Effect.map(FakeJanus, (server) => Layer.provideMerge(Layer.effect(MediaBench, bench(server)), portsOn(server)))
).pipe(Layer.provideMerge(FakeJanusServers.layer()))
