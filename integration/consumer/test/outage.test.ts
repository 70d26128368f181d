// This project's own code, tested against a world in memory and a clock that is moved by hand.
import { assert, it } from "@effect/vitest"
import * as BroadcastRegistry from "@headend/core/BroadcastRegistry"
import * as Broadcasts from "@headend/core/Broadcasts"
import * as Reconciler from "@headend/core/Reconciler"
import * as Sources from "@headend/core/Sources"
import { withRelays } from "@headend/core/StandardSources"
import * as World from "@headend/testing/World"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { onAir } from "../src/Stage.ts"

it.effect("the stage is on air again after Janus was away for six hours", () =>
  Effect.gen(function*() {
    const world = yield* World.World
    yield* world.foreignRoom(7)
    yield* world.publish(7, { display: "anna" })
    yield* Effect.forkScoped(onAir(7))
    yield* TestClock.adjust("1 second")
    assert.strictEqual(world.forwarders().length, 1)

    yield* world.kill
    yield* TestClock.adjust("6 hours")
    assert.strictEqual(world.mountpoints().length, 0)

    yield* world.restart
    yield* world.foreignRoom(7)
    yield* world.publish(7, { display: "anna" })
    yield* TestClock.adjust("5 seconds")
    assert.strictEqual(world.forwarders().length, 1)
    assert.deepStrictEqual(world.mountpoints().map(({ id }) => id), [9001])
  }).pipe(Effect.provide(World.layer)), 60_000)

const app = Reconciler.layer({ id: "my-app" }).pipe(
  Layer.provideMerge(Broadcasts.layer),
  Layer.provideMerge(Sources.layer(withRelays)),
  Layer.provideMerge(BroadcastRegistry.layerMemory()),
  Layer.provideMerge(World.layer)
)

it.effect(
  "a managed camera is degraded while Janus is away for six hours, and running again after it",
  () =>
    Effect.gen(function*() {
      const world = yield* World.World
      const broadcasts = yield* Broadcasts.Broadcasts
      const sources = yield* Sources.Sources
      const state = Effect.map(broadcasts.get("yard"), (snapshot) => snapshot.state)

      yield* broadcasts.start(
        yield* sources.decode({
          id: "yard",
          mountpoint: { create: { id: 9001, media: [{ type: "video", codec: "h264" }] } },
          source: { kind: "rtsp_camera", camera: { url: "rtsp://10.0.0.9/main" } }
        })
      )
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* state, "running")

      yield* world.kill
      yield* TestClock.adjust("6 hours")
      const { health } = yield* broadcasts.get("yard")
      assert.include(health.hops.filter(({ status }) => status === "bad").map(({ hop }) => hop), "janus")

      yield* world.restart
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* state, "running")
      assert.deepStrictEqual(world.mountpoints().map(({ id }) => id), [9001])
    }).pipe(Effect.provide(app)),
  60_000
)
