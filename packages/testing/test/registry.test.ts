import { assert, it } from "@effect/vitest"
import { BroadcastRegistry, layerMemory } from "@headend/core/BroadcastRegistry"
import { suite, wanted } from "@headend/testing/BroadcastRegistryTest"
import * as FakeRegistry from "@headend/testing/FakeRegistry"
import { Context, Effect, Layer, Stream } from "effect"

suite("the registry in memory", layerMemory)

suite("the registry in memory, behind a link", (timings) => FakeRegistry.layer(layerMemory(timings)))

it.effect("a position of a registry that is gone is none of its successor, however far that has come", () =>
  Effect.gen(function*() {
    const life = Effect.map(
      Layer.build(Layer.fresh(layerMemory())),
      (context) => Context.get(context, BroadcastRegistry)
    )
    const [before, after] = [yield* life, yield* life]
    yield* before.declare(wanted("a"))
    const position = yield* before.position
    const begin = yield* after.position
    for (const id of ["b", "c"]) yield* after.declare(wanted(id))
    const error = yield* Effect.flip(Stream.runDrain(Stream.take(after.events(position), 1)))
    assert.strictEqual(error._tag, "PositionTooOld")
    const told = yield* Stream.runCollect(Stream.take(after.events(begin), 2))
    assert.deepStrictEqual(told.map(({ broadcast }) => broadcast), ["b", "c"])
  }))
