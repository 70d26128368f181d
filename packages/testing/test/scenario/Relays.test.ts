import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { ServerUnavailable } from "@headend/core/Failure"
import { RelayKilled } from "@headend/core/RelayFailure"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { assertLeft, hop, record, untilSo } from "./parts.ts"
import { at, camera, rtmp, station } from "./relayed.ts"
import { pass, start, until, worker } from "./station.ts"

describe("a relayed broadcast", () => {
  it.effect("runs with the standard mountpoint, and stops relay first, mountpoint then", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* worker("w1")
      yield* start({ id: "demo", source: { kind: "test_pattern", fps: 25 } })
      const running = yield* until("demo", "running")
      assert.deepStrictEqual(running.mountpoint?.media.map((one) => one.codec), ["opus", "h264"])
      assert.strictEqual(running.relay?.kind, "ffmpeg")
      const [relay] = world.relays()
      assert.deepInclude(relay?.request.input, { type: "test_pattern", fps: 25 })
      assert.deepStrictEqual(
        relay?.request.tracks.map(({ mid, port }) => [mid, port]),
        running.mountpoint?.media.map(({ mid, port }) => [mid, port])
      )
      yield* broadcasts.stop("demo")
      yield* until("demo", "stopped")
      assertLeft(world)
      assert.deepStrictEqual(world.relays(), [])
      assert.deepStrictEqual(
        world.journal.lines().filter((line) => /^(relays|mountpoints)/.test(line)).map((line) => line.split(" ")[0]),
        ["mountpoints.ensure", "relays.acquire", "relays.release", "mountpoints.destroy"]
      )
    }).pipe(Effect.provide(station)))

  it.effect("what its relays said is in the registry, also of one that had just begun when it was stopped", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      yield* worker("w1")
      yield* start({ id: "demo", source: { kind: "test_pattern" } })
      yield* until("demo", "running")
      const [first] = world.relays()
      yield* pass(6_000)
      assert.deepStrictEqual((yield* broadcasts.logs("demo")).map(({ lines }) => lines), [[`pid ${first?.pid}`]])
      yield* first!.end(new RelayKilled(at))
      yield* pass(1_500) // recovery waits a second, more or less by a fifth
      const [second] = world.relays()
      assert.isDefined(second)
      assert.notStrictEqual(second.pid, first?.pid)
      yield* broadcasts.stop("demo")
      yield* until("demo", "stopped")
      const told = (yield* broadcasts.logs("demo")).map(({ lines }) => lines)
      assert.deepStrictEqual(told, [[`pid ${first?.pid}`], [`pid ${second.pid}`]])
      assert.deepStrictEqual(yield* broadcasts.logs("nobody"), [])
    }).pipe(Effect.provide(station)))

  it.effect("starts another relay into the same mountpoint when one was killed, at once after a stable minute", () =>
    Effect.gen(function*() {
      const world = yield* World
      const told = yield* record
      yield* worker("w1")
      yield* start(camera())
      const before = yield* until("cam", "running")
      const [first] = world.relays()
      yield* pass(61_000)
      yield* first!.end(new RelayKilled(at))
      yield* pass(100)
      const [second] = world.relays()
      assert.notStrictEqual(second?.pid, first?.pid)
      assert.deepStrictEqual(second?.request.tracks, first?.request.tracks)
      const after = yield* until("cam", "running")
      assert.strictEqual(after.mountpoint?.id, before.mountpoint?.id)
      assert.deepInclude(after.relay, { restarts: 1, lastError: "the relay was killed: test" })
      assert.deepStrictEqual(world.journal.lines("mountpoints.destroy"), [])
      assert.isTrue(told.events.some((event) => event._tag === "RelayRestarted" && event.restarts === 1))
    }).pipe(Effect.provide(station)))

  it.effect("opens it anew when one track has died beside another", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      yield* start(camera())
      yield* until("cam", "running")
      const [first] = world.relays()
      yield* pass(5_000)
      yield* first!.freeze(["v"])
      const degraded = yield* until("cam", "degraded")
      assert.strictEqual(hop(degraded, "mountpoint")?.status, "bad")
      yield* untilSo("another relay", () => world.relays().some(({ pid }) => pid !== first!.pid))
      yield* until("cam", "running")
      assert.strictEqual(world.relays().length, 1)
    }).pipe(Effect.provide(station)))

  it.effect("a picture that its source has no more is named, the sound stays, and what a server kept is no sign of life", () =>
    Effect.gen(function*() {
      const world = yield* World
      const told = yield* record
      yield* worker("w1")
      yield* start(rtmp())
      yield* until("live", "running")
      const [first] = world.relays()
      yield* pass(5_000)
      yield* first!.darken(true)
      const degraded = yield* until("live", "degraded")
      assert.deepInclude(hop(degraded, "mountpoint"), { status: "bad", evidence: "no picture arrives" })
      yield* pass(600_000)
      assert.deepStrictEqual(world.relays(), [first!])

      yield* Broadcasts.use((broadcasts) => broadcasts.restart("live"))
      yield* untilSo("another relay", () => world.relays().some(({ pid }) => pid !== first!.pid))
      const [second] = world.relays()
      yield* pass(1_000)
      yield* second!.darken(true)
      yield* pass(60_000)
      assert.deepStrictEqual(world.relays(), [second!])
      yield* second!.darken(false)
      yield* until("live", "running")
      assert.deepStrictEqual(told.states("live").slice(-3), ["running", "degraded", "running"])
    }).pipe(Effect.provide(station)))

  it.effect("keeps its relay when the media server was killed and gives the same ports again", () =>
    Effect.gen(function*() {
      const world = yield* World
      const told = yield* record
      yield* worker("w1")
      yield* start(camera())
      const before = yield* until("cam", "running")
      const [relay] = world.relays()
      yield* world.kill
      yield* until("cam", "degraded")
      // half back: it answers, and is away again
      world.faults.fail("mountpoints.ensure", new ServerUnavailable({ server: "janus", reason: "test" }), 2)
      yield* world.restart
      const after = yield* until("cam", "running")
      assert.isTrue(world.faults.isUsedUp("mountpoints.ensure"))
      assert.deepStrictEqual(after.mountpoint, before.mountpoint)
      assert.deepStrictEqual(world.relays(), [relay!])
      assert.deepStrictEqual(world.journal.lines("relays.release"), [])
      assert.deepInclude(after.relay, { pid: relay!.pid, restarts: 0, lastError: null })
      assert.notInclude(told.states("cam"), "recovering")
      // and once more
      yield* world.kill
      yield* until("cam", "degraded")
      yield* world.restart
      yield* until("cam", "running")
      assert.deepStrictEqual(world.relays(), [relay!])
    }).pipe(Effect.provide(station)))

  it.effect("has a new relay, on the new ports, when somebody else has one of the old by then", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      yield* start(camera())
      const before = yield* until("cam", "running")
      const [first] = world.relays()
      yield* world.kill
      yield* until("cam", "degraded")
      const [taken] = before.mountpoint!.media
      yield* world.foreignMountpoint({ type: "rtp", id: 7, media: [{ type: "audio", port: taken!.port }] })
      yield* world.restart
      const after = yield* until("cam", "running")
      const [second] = world.relays()
      assert.strictEqual(world.relays().length, 1)
      assert.notStrictEqual(second?.pid, first?.pid)
      assert.deepStrictEqual(
        second?.request.tracks.map(({ port }) => port),
        after.mountpoint!.media.map(({ port }) => port)
      )
      assert.notInclude(after.mountpoint!.media.map(({ port }) => port), taken!.port)
    }).pipe(Effect.provide(station)))

  it.effect("has a new relay when somebody asks for a restart, though its ports are the same", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* worker("w1")
      yield* start(camera())
      yield* until("cam", "running")
      const [first] = world.relays()
      yield* Broadcasts.use((broadcasts) => broadcasts.restart("cam"))
      yield* untilSo("another relay", () => world.relays().some(({ pid }) => pid !== first!.pid))
      yield* until("cam", "running")
      assert.deepStrictEqual(world.relays()[0]!.request.tracks, first!.request.tracks)
    }).pipe(Effect.provide(station)))
})
