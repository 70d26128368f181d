import { assert, describe, it } from "@effect/vitest"
import { Broadcasts, layer as layerBroadcasts } from "@headend/core/Broadcasts"
import { World } from "@headend/testing/World"
import { Duration, Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { BroadcastRegistry, countAt, pass, spec, start, station, until, worker } from "./station.ts"

const lobby = { id: "lobby", source: { kind: "videoroom", room: { id: 7 } } }
const isRunning = ({ state }: { readonly state: string }) => state === "running"

describe("waiting for a broadcast", () => {
  it.effect("ends when it is as wanted", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* world.foreignRoom(7)
      yield* worker("w1")
      const { snapshot } = yield* start(lobby)
      const waiting = yield* Effect.forkChild(broadcasts.await("lobby", snapshot.run, isRunning, Duration.seconds(30)))
      yield* pass(10_000)
      assert.isUndefined(waiting.pollUnsafe())
      yield* world.publish(7)
      yield* pass(2_000)
      assert.isDefined(waiting.pollUnsafe())
      assert.strictEqual((yield* Fiber.join(waiting)).state, "running")
    }).pipe(Effect.provide(station)))

  it.effect("misses nothing that happens before it listens, however long that takes", () =>
    Effect.gen(function*() {
      const slowly = Layer.effect(
        BroadcastRegistry,
        Effect.map(BroadcastRegistry, (inner) =>
          BroadcastRegistry.of({
            ...inner,
            events: (after) => Stream.unwrap(Effect.delay(Effect.sync(() => inner.events(after)), "3 seconds"))
          }))
      )
      yield* Effect.gen(function*() {
        const broadcasts = yield* Broadcasts
        const { snapshot } = yield* start(lobby)
        const isStopped = ({ state }: { readonly state: string }) => state === "stopped"
        const waiting = yield* Effect.forkChild(
          broadcasts.await("lobby", snapshot.run, isStopped, Duration.minutes(10))
        )
        yield* pass(1_000)
        yield* broadcasts.stop("lobby")
        yield* pass(5_000)
        assert.isDefined(waiting.pollUnsafe())
      }).pipe(Effect.provide(layerBroadcasts.pipe(Layer.provide(slowly)), { local: true }))
    }).pipe(Effect.provide(station)))

  it.effect("ends when the broadcast has ended another way", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      yield* worker("w1")
      const { snapshot } = yield* start(lobby)
      const waiting = yield* Effect.forkChild(broadcasts.await("lobby", snapshot.run, isRunning, Duration.seconds(30)))
      yield* pass(2_000)
      assert.isDefined(waiting.pollUnsafe())
      const ended = yield* Fiber.join(waiting)
      assert.strictEqual(ended.endReason?.code, "room_missing")
    }).pipe(Effect.provide(station)))

  it.effect("ends after the time that was given, with what is then", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const { snapshot } = yield* start(lobby)
      const waiting = yield* Effect.forkChild(broadcasts.await("lobby", snapshot.run, isRunning, Duration.seconds(5)))
      yield* TestClock.adjust("4900 millis")
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust("200 millis")
      assert.strictEqual((yield* Fiber.join(waiting)).state, "pending")
    }).pipe(Effect.provide(station)))

  it.effect("is for the run that was meant, although the id runs again", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* world.foreignRoom(7)
      yield* world.publish(7)
      yield* worker("w1")
      const first = (yield* start(lobby)).snapshot.run
      yield* until("lobby", "running")
      yield* broadcasts.stop("lobby")
      const second = (yield* start(lobby)).snapshot.run
      assert.strictEqual(second, first + 1)
      const one = yield* Effect.forkChild(broadcasts.await("lobby", first, isRunning, Duration.seconds(30)))
      const two = yield* Effect.forkChild(broadcasts.await("lobby", second, isRunning, Duration.seconds(30)))
      yield* pass(10_000)
      assert.deepStrictEqual([(yield* Fiber.join(one)).state, (yield* Fiber.join(one)).run], ["stopped", first])
      assert.deepStrictEqual([(yield* Fiber.join(two)).state, (yield* Fiber.join(two)).run], ["running", second])
    }).pipe(Effect.provide(station)))
})

describe("starting a broadcast", () => {
  it.effect("with a key and no id means the same broadcast each time", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const given = yield* spec({ source: { kind: "frontend_owned" } })
      const all = yield* Effect.all(Array.from({ length: 10 }, () => broadcasts.start(given, { key: "k" })), {
        concurrency: "unbounded"
      })
      assert.strictEqual(new Set(all.map(({ snapshot }) => snapshot.id)).size, 1)
      assert.deepStrictEqual(all.map(({ outcome }) => outcome).toSorted(), ["created", ...Array(9).fill("handled")])
      const other = yield* broadcasts.start(given, { key: "another" })
      const none = yield* broadcasts.start(given)
      assert.strictEqual(new Set([all[0]!, other, none].map(({ snapshot }) => snapshot.id)).size, 3)
    }).pipe(Effect.provide(station)))

  it.effect("is the same start whatever the order of keys, and with labels that are empty", () =>
    Effect.gen(function*() {
      const source = { kind: "frontend_owned" }
      yield* start({ id: "a", source, labels: { x: "1", y: "2" } })
      assert.strictEqual((yield* start({ labels: { y: "2", x: "1" }, source, id: "a" })).outcome, "exists")
      yield* start({ id: "b", source })
      assert.strictEqual((yield* start({ id: "b", source, labels: {} })).outcome, "exists")
      const other = yield* Effect.flip(start({ id: "a", source, labels: { x: "2", y: "1" } }))
      assert.strictEqual(other._tag, "SpecConflict")
    }).pipe(Effect.provide(station)))
})

describe("what can be no id", () => {
  for (const id of ["__proto__", "\0", "", "x".repeat(500)]) {
    it.effect(`is not found: ${JSON.stringify(id.slice(0, 12))}`, () =>
      Effect.gen(function*() {
        const broadcasts = yield* Broadcasts
        for (const ask of [broadcasts.get(id), broadcasts.stop(id), broadcasts.restart(id)]) {
          assert.strictEqual((yield* Effect.flip(ask))._tag, "BroadcastNotFound")
        }
      }).pipe(Effect.provide(station)))
  }
})

describe("the events of broadcasts", () => {
  it.effect("go on after any position, without a gap and nothing twice", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* world.foreignRoom(7)
      yield* world.publish(7)
      const from = yield* broadcasts.position
      yield* worker("w1")
      yield* start(lobby)
      yield* until("lobby", "running")
      const count = countAt(yield* broadcasts.position) - countAt(from)
      const read = (after: string, n: number) => Stream.runCollect(Stream.take(broadcasts.changes(after), n))
      const all = yield* read(from, count)
      assert.deepStrictEqual(all.map((one) => countAt(one.position)), all.map((_, i) => countAt(from) + 1 + i))
      for (let i = 1; i < count; i++) {
        assert.deepStrictEqual(yield* read(all[i - 1]!.position, count - i), all.slice(i))
      }
      assert.deepStrictEqual(all.filter((one) => one._tag === "OwnerChanged").map((one) => one.to), ["w1"])
      assert.isTrue(all.every((one) => one.broadcast === "lobby" && one.run === 1))
      const stopping = yield* Effect.forkChild(read(yield* broadcasts.position, 1))
      yield* broadcasts.stop("lobby")
      const [next] = yield* Fiber.join(stopping)
      assert.deepStrictEqual([next?._tag, next?.cause], ["BroadcastStateChanged", "stopped"])
    }).pipe(Effect.provide(station)))

  it.effect("cannot be followed from a position that does not exist", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      for (const position of ["999999", "-1", "x"]) {
        const error = yield* Effect.flip(Stream.runDrain(broadcasts.changes(position)))
        assert.strictEqual(error._tag, "PositionTooOld")
      }
    }).pipe(Effect.provide(station)))
})

describe("a broadcast", () => {
  it.effect("without an id gets one of its own", () =>
    Effect.gen(function*() {
      const first = yield* start({ source: lobby.source })
      const second = yield* start({ source: lobby.source })
      assert.match(first.snapshot.id, /^b[0-9a-z]+$/)
      assert.notStrictEqual(first.snapshot.id, second.snapshot.id)
      assert.deepStrictEqual([first.outcome, second.outcome], ["created", "created"])
    }).pipe(Effect.provide(station)))

  it.effect("that nobody knows is not found, stopped, or restarted", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      for (const call of [broadcasts.get("x"), broadcasts.stop("x"), broadcasts.restart("x")]) {
        assert.strictEqual((yield* Effect.flip(call))._tag, "BroadcastNotFound")
      }
      assert.strictEqual((yield* Effect.flip(broadcasts.entry("x")))._tag, "BroadcastNotFound")
    }).pipe(Effect.provide(station)))

  it.effect("that has ended can be stopped again, which changes nothing", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      yield* start(lobby)
      const stopped = yield* broadcasts.stop("lobby")
      assert.strictEqual(stopped.state, "stopped")
      assert.deepStrictEqual(yield* broadcasts.stop("lobby"), stopped)
    }).pipe(Effect.provide(station)))
})
