// Every example is run: against the fakes of the world, on the test clock. What it opens is on air, and nothing is left.
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { SourceEnded } from "@headend/core/RelayFailure"
import * as World from "@headend/testing/World"
import { Effect, Fiber, FileSystem, Layer, Schedule } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { TestClock } from "effect/testing"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import * as BrowserWebrtc from "../src/browserWebrtc.ts"
import * as CustomRelay from "../src/customRelay.ts"
import * as CustomSource from "../src/customSource.ts"
import * as FrontendOwned from "../src/frontendOwned.ts"
import * as HttpServer from "../src/httpServer.ts"
import * as Obs from "../src/obs.ts"
import * as Pull from "../src/pull.ts"
import * as RtmpExternal from "../src/rtmpExternal.ts"
import * as RtspCamera from "../src/rtspCamera.ts"
import * as TestPattern from "../src/testPattern.ts"
import * as Videoroom from "../src/videoroom.ts"

type TheWorld = World.World["Service"]

/** Lets virtual time pass until it is so. */
const untilSo = Effect.fnUntraced(function*(isSo: (world: TheWorld) => boolean) {
  const world = yield* World.World
  for (let i = 0; i < 600 && !isSo(world); i++) {
    yield* TestClock.adjust("100 millis")
  }
  assert.isTrue(isSo(world), "not so after a virtual minute")
})

const isOnAir = (world: TheWorld) => world.relays().length + world.forwarders().length > 0

/** Runs a program until it is interrupted. What the world holds meanwhile; afterwards it holds nothing of ours. */
const seen = Effect.fnUntraced(function*<A, E, R, B>(
  program: Effect.Effect<A, E, R>,
  look: (world: TheWorld) => B,
  isOpen = isOnAir
) {
  const world = yield* World.World
  const fiber = yield* Effect.forkChild(program)
  yield* untilSo(isOpen)
  const result = look(world)
  yield* Fiber.interrupt(fiber)
  assert.deepStrictEqual([world.mountpoints(), world.forwarders(), world.relays()], [[], [], []])
  return result
})

const relayed = (world: TheWorld) => ({
  inputs: world.relays().map(({ request }) => request.input.type),
  mountpoints: world.mountpoints().map(({ tracks }) => tracks.map(({ type }) => type).join("+"))
})

describe("the example", () => {
  it.effect("videoroom forwards the publisher it names", () =>
    Effect.gen(function*() {
      const world = yield* World.World
      yield* world.foreignRoom(1234)
      yield* world.publish(1234, { display: "bob" })
      const { id } = yield* world.publish(1234, { display: "anna" })
      const publishers = yield* seen(
        Videoroom.program,
        () => world.forwarders().map(({ publisher }) => publisher),
        () => world.forwarders().length === 2
      )
      assert.deepStrictEqual(publishers, [id, id])
    }).pipe(Effect.provide(World.layer)))

  it.effect("browserWebrtc makes a room and takes whoever comes", () =>
    Effect.gen(function*() {
      const world = yield* World.World
      const fiber = yield* Effect.forkChild(BrowserWebrtc.program)
      yield* untilSo(() => world.rooms().length === 1)
      const { id } = yield* world.publish(1234)
      yield* untilSo(() => world.forwarders().length === 2)
      yield* world.leave(1234, id)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual([world.rooms(), world.mountpoints()], [[], []])
    }).pipe(Effect.provide(World.layer)))

  it.effect("frontendOwned makes its mountpoint, and no media", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* seen(FrontendOwned.program, relayed, (world) => world.mountpoints().length > 0), {
        inputs: [],
        mountpoints: [""]
      })
    }).pipe(Effect.provide(World.layer)))

  it.effect("rtmpExternal relays what is published", () =>
    Effect.gen(function*() {
      const expected = { inputs: ["rtmp"], mountpoints: ["audio+video"] }
      assert.deepStrictEqual(yield* seen(RtmpExternal.program, relayed), expected)
    }).pipe(Effect.provide(World.layer)))

  it.effect("rtspCamera relays the camera, and again after it was lost", () =>
    Effect.gen(function*() {
      const world = yield* World.World
      const fiber = yield* Effect.forkChild(RtspCamera.program)
      yield* untilSo(isOnAir)
      const [first] = world.relays()
      assert.deepStrictEqual(relayed(world), { inputs: ["rtsp"], mountpoints: ["video"] })
      yield* first!.end(new SourceEnded({ hop: "ingest", reason: "the camera was switched off" }))
      yield* untilSo(() => world.relays().length === 1 && world.relays()[0] !== first)
      assert.deepStrictEqual(relayed(world), { inputs: ["rtsp"], mountpoints: ["video"] })
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(world.mountpoints(), [])
    }).pipe(Effect.provide(World.layer)))

  it.effect("obs starts an OBS, relays it, and gives it its settings back", () =>
    Effect.gen(function*() {
      const world = yield* World.World
      const studio = world.obs("ws://127.0.0.1:4455")
      studio.password = "secret"
      const before = studio.settings
      const during = yield* seen(Obs.program, (world) => ({
        ...relayed(world),
        isStreaming: studio.streaming,
        server: studio.destination?.server
      }))
      assert.deepStrictEqual(during, {
        inputs: ["rtmp"],
        mountpoints: ["audio+video"],
        isStreaming: true,
        server: "rtmp://127.0.0.1:1935/live"
      })
      assert.isFalse(studio.streaming)
      assert.strictEqual(studio.settings, before)
    }).pipe(Effect.provide(World.layer)))

  it.effect("pull relays an address", () =>
    Effect.gen(function*() {
      const expected = { inputs: ["pull"], mountpoints: ["audio+video"] }
      assert.deepStrictEqual(yield* seen(Pull.program, relayed), expected)
    }).pipe(Effect.provide(World.layer)))

  it.effect("testPattern relays a generated picture", () =>
    Effect.gen(function*() {
      const expected = { inputs: ["test_pattern"], mountpoints: ["audio+video"] }
      assert.deepStrictEqual(yield* seen(TestPattern.program, relayed), expected)
    }).pipe(Effect.provide(World.layer)))

  it.effect("customSource opens an episode through a service of its own", () =>
    Effect.gen(function*() {
      const expected = { inputs: ["pull"], mountpoints: ["audio+video"] }
      assert.deepStrictEqual(yield* seen(CustomSource.program, relayed), expected)
      const archive = yield* CustomSource.Archive
      assert.strictEqual((yield* Effect.flip(archive.locate(101))).failure.fault, "caller")
    }).pipe(Effect.provide([World.layer, CustomSource.Archive.layer])))

  it.live("customRelay runs a program for as long as the broadcast is open, and is lost with it", () =>
    Effect.gen(function*() {
      const world = yield* World.World
      const files = yield* FileSystem.FileSystem
      const end = join(yield* files.makeTempDirectoryScoped(), "end")
      const untilEnd = `setInterval(() => require("fs").existsSync(${JSON.stringify(end)}) && process.exit(3), 20)`
      const relays = CustomRelay.layer(() => [process.execPath, "-e", untilEnd])
      const fiber = yield* Effect.forkChild(Effect.provide(CustomRelay.program, relays))
      const isOpen = Effect.suspend(() => world.mountpoints().length === 1 ? Effect.void : Effect.fail("not open"))
      yield* Effect.retry(isOpen, Schedule.upTo(Schedule.spaced("20 millis"), { duration: "20 seconds" }))
      yield* files.writeFileString(end, "")
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.strictEqual(error.message, "the relay failed: it ended with exit code 3")
      assert.deepStrictEqual(world.mountpoints(), [])
    }).pipe(Effect.scoped, Effect.provide([World.layer, NodeServices.layer])))

  it.live("httpServer starts and stops broadcasts beside its other routes", () =>
    Effect.gen(function*() {
      const world = yield* World.World
      yield* world.foreignRoom(7)
      yield* world.publish(7)
      const put = (id: string, body: unknown) =>
        HttpClient.execute(HttpClientRequest.put(`/stages/${id}`).pipe(HttpClientRequest.bodyJsonUnsafe(body)))
      assert.strictEqual(yield* (yield* HttpClient.get("/")).text, "a shop, with a stage")
      const created = yield* put("lobby", { kind: "videoroom", room: { id: 7 } })
      assert.strictEqual(created.status, 201)
      const isForwarded = Effect.suspend(() => world.forwarders().length === 2 ? Effect.void : Effect.fail("not yet"))
      yield* Effect.retry(isForwarded, Schedule.upTo(Schedule.spaced("20 millis"), { duration: "20 seconds" }))
      const refused = yield* put("studio", { kind: "videoroom" })
      assert.deepStrictEqual([refused.status, yield* refused.json], [422, {
        wrong: [{ path: ["source", "room"], message: "Missing key" }]
      }])
      assert.strictEqual((yield* HttpClient.del("/stages/lobby")).status, 202)
      assert.strictEqual((yield* HttpClient.del("/stages/nobody")).status, 404)
      const isGone = Effect.suspend(() => world.mountpoints().length === 0 ? Effect.void : Effect.fail("not yet"))
      yield* Effect.retry(isGone, Schedule.upTo(Schedule.spaced("20 millis"), { duration: "20 seconds" }))
    }).pipe(
      Effect.provide(HttpServer.routes.pipe(
        Layer.provideMerge(NodeHttpServer.layerTest),
        Layer.provideMerge(World.layer)
      ))
    ))

  it("of every file is run here", () => {
    const examples = readdirSync(join(import.meta.dirname, "../src")).filter((file) => /^[a-z]/.test(file))
    const run = [
      BrowserWebrtc,
      CustomRelay,
      CustomSource,
      FrontendOwned,
      HttpServer,
      Obs,
      Pull,
      RtmpExternal,
      RtspCamera,
      TestPattern,
      Videoroom
    ]
    assert.strictEqual(examples.length, run.length, examples.join(", "))
  })
})
