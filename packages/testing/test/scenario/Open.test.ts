import { assert, describe, it } from "@effect/vitest"
import * as Broadcast from "@headend/core/Broadcast"
import type { Forwarders } from "@headend/core/Forwarders"
import { Installation } from "@headend/core/Installation"
import type { Keyring } from "@headend/core/Keyring"
import { Mountpoints } from "@headend/core/Mountpoints"
import type { Rooms } from "@headend/core/Rooms"
import type { Source } from "@headend/core/Source"
import { browserWebrtc } from "@headend/core/source/BrowserWebrtc"
import { frontendOwned } from "@headend/core/source/FrontendOwned"
import { rtspCamera } from "@headend/core/source/RtspCamera"
import { videoroom } from "@headend/core/source/Videoroom"
import * as Sources from "@headend/core/Sources"
import { SpecInvalid } from "@headend/core/SpecInvalid"
import * as World from "@headend/testing/World"
import { Duration, Effect, Exit, Fiber, Layer, Redacted, Scope } from "effect"
import { TestClock } from "effect/testing"
import { assertLeft, held, untilSo, wiring } from "./parts.ts"
import { pass } from "./station.ts"

const rooms = Sources.make([videoroom])
const studio = Layer.provideMerge(World.layer, Layer.succeed(Installation, { instance: "test" }))

/** What these two types have in common is everything. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false
type Fits<A, B> = A extends B ? true : false
type Needs<F> = F extends Effect.Effect<infer _A, infer _E, infer R> ? R : never

const openRoom = Effect.gen(function*() {
  const world = yield* World.World
  yield* world.foreignRoom(7)
  yield* world.publish(7, { id: 1 })
  return world
})
const spec = {
  mountpoint: { create: { type: "rtp" as const, id: 12 } },
  source: { kind: "videoroom" as const, room: { id: 7 } }
}

describe("a broadcast of one's own", () => {
  it.effect("names every field that cannot be so, as a program that nobody type-checked writes them, before it does anything", () =>
    Effect.gen(function*() {
      const world = yield* World.World
      const camera: never = { url: "rtsp://10.0.0.7/stream", password: "hush" } as never
      const error = yield* Effect.flip(Effect.scoped(Broadcast.open(Sources.make([videoroom, rtspCamera]), {
        mountpoint: { create: { type: "rtp", media: [{ type: "video", codec: "h264", pt: 300 }] } },
        source: { kind: "rtsp_camera", camera }
      })))
      assert.isTrue(error instanceof SpecInvalid)
      const paths = error instanceof SpecInvalid ? error.errors.map(({ path }) => path.join(".")) : []
      for (const path of ["mountpoint.create.media.0.pt", "source.camera.url", "source.camera.password"]) {
        assert.include(paths, path)
      }
      assert.notInclude(error.message, "hush")
      assert.deepStrictEqual(world.journal.entries, [])
    }).pipe(Effect.provide(studio)))

  it.effect("forwards while it is followed, and undoes everything in order when its scope closes", () =>
    Effect.gen(function*() {
      const world = yield* openRoom
      const scope = yield* Scope.make()
      const broadcast = yield* Scope.provide(
        Broadcast.open(rooms, {
          mountpoint: spec.mountpoint,
          source: { kind: "videoroom", room: { id: 8, ifMissing: "create" } }
        }),
        scope
      )
      yield* world.publish(8, { id: 2 })
      assert.isUndefined(broadcast.mountpoint())
      yield* Effect.forkIn(broadcast.lost, scope)
      yield* untilSo("forwarded", () => world.forwarders().length === 2)
      assert.strictEqual(broadcast.mountpoint()?.id, 12)
      assert.deepStrictEqual(wiring(world), ["0>a", "1>v"])
      assert.deepStrictEqual(broadcast.feed.hops.map((one) => one.read().status), ["ok", "ok"])
      yield* world.leave(8, 2)
      world.journal.clear()
      yield* Scope.close(scope, Exit.void)
      assertLeft(world, { rooms: [7] })
      assert.deepStrictEqual(
        world.journal.lines(),
        ["forwarders.stop 8", "mountpoints.destroy 12", "rooms.destroy 8"]
      )
    }).pipe(Effect.provide(studio)))

  it.effect("waits for the publisher by itself, and forwards again when it is back", () =>
    Effect.gen(function*() {
      const world = yield* openRoom
      yield* Effect.scoped(Effect.gen(function*() {
        const broadcast = yield* Broadcast.open(rooms, spec)
        yield* Effect.forkScoped(broadcast.lost)
        yield* untilSo("forwarded", () => world.forwarders().length === 2)
        yield* world.leave(7, 1)
        yield* untilSo("waiting", () => broadcast.feed.hops[0]?.read().status === "waiting")
        yield* world.publish(7, { id: 2 })
        yield* untilSo("forwarded again", () => world.forwarders().length === 2)
      }))
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(studio)))

  it.effect("fails with the error of its feed, and leaves nothing", () =>
    Effect.gen(function*() {
      const world = yield* World.World
      yield* world.foreignRoom(7)
      const open = Effect.flatMap(
        Broadcast.open(rooms, {
          ...spec,
          source: { ...spec.source, waitForPublisher: Duration.seconds(5) }
        }),
        (one) => one.lost
      )
      const fiber = yield* Effect.forkChild(Effect.flip(Effect.scoped(open)))
      yield* TestClock.adjust("6 seconds")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "PublisherAbsent")
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(studio)))

  it.effect("that cannot be opened leaves nothing", () =>
    Effect.gen(function*() {
      const world = yield* openRoom
      yield* world.foreignMountpoint({ id: 12, type: "rtp", media: [{ type: "video" }] })
      const media = [{ type: "video" as const }]
      const error = yield* Effect.flip(Effect.scoped(Broadcast.open(rooms, {
        mountpoint: { create: { type: "rtp", id: 12, media } },
        source: { kind: "videoroom", room: { id: 8, ifMissing: "create", pin: Redacted.make("p") } }
      })))
      assert.strictEqual(error._tag, "MountpointTaken")
      assertLeft(world, { mountpoints: [12], rooms: [7] })
    }).pipe(Effect.provide(studio)))

  it.effect("is marked with an instance of its own, which no installation's sweep finds", () =>
    Effect.gen(function*() {
      const world = yield* openRoom
      const mountpoints = yield* Mountpoints
      yield* Effect.scoped(Effect.gen(function*() {
        const media = [{ type: "video" as const }]
        const one = yield* Broadcast.open(rooms, { ...spec, mountpoint: { create: { type: "rtp", media } } })
        const two = yield* Broadcast.open(rooms, { ...spec, mountpoint: { create: { type: "rtp", media } } })
        const instances = world.mountpoints().map((mountpoint) => mountpoint.mark?.instance)
        assert.strictEqual(new Set(instances).size, 2)
        for (const instance of instances) assert.match(instance ?? "", /^test~.+/)
        assert.deepStrictEqual(yield* mountpoints.marked("test"), [])
        assert.notStrictEqual(one.mountpoint()?.id, two.mountpoint()?.id)
        assert.notStrictEqual(one.id, two.id)
      }))
      assert.deepStrictEqual(held(world).mountpoints, [])
    }).pipe(Effect.provide(studio)))

  it.effect("in a scope that is closed while a mountpoint is being made leaves nothing", () =>
    Effect.gen(function*() {
      const world = yield* openRoom
      world.faults.delay("mountpoints.ensure", "3 seconds")
      const media = [{ type: "video" as const }]
      const fiber = yield* Effect.forkChild(
        Effect.scoped(Broadcast.open(rooms, { ...spec, mountpoint: { create: { type: "rtp", id: 12, media } } }))
      )
      yield* untilSo("under way", () => world.faults.isUsedUp("mountpoints.ensure"))
      const interrupted = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* pass(10_000)
      yield* Fiber.join(interrupted)
      assert.deepStrictEqual(world.journal.lines("mountpoints."), ["mountpoints.ensure 12", "mountpoints.destroy 12"])
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(studio)))

  it("needs exactly the ports of the kinds in use", () => {
    const frontend = Sources.make([frontendOwned])
    const all = Sources.make([videoroom, browserWebrtc, frontendOwned])
    const open = () => Broadcast.open(rooms, spec)
    const openFrontend = () => Broadcast.open(frontend, { source: { kind: "frontend_owned" } })
    const services: Equal<Source.Services<typeof videoroom>, Rooms | Forwarders | Keyring> = true
    const room: Equal<Needs<ReturnType<typeof open>>, Mountpoints | Rooms | Forwarders | Keyring | Scope.Scope> = true
    const bare: Equal<Needs<ReturnType<typeof openFrontend>>, Mountpoints | Keyring | Scope.Scope> = true
    type Spec<S> = S extends Sources.Set<infer Ks> ? Source.Spec<Ks[number]> : never
    const kinds: Equal<Spec<typeof all>["kind"], "videoroom" | "browser_webrtc" | "frontend_owned"> = true
    const unknownKind: Fits<{ readonly kind: "obs" }, Spec<typeof all>> = false
    const otherSet: Fits<{ readonly kind: "frontend_owned" }, Spec<typeof rooms>> = false
    const good: Fits<{ readonly kind: "videoroom"; readonly room: { readonly id: 7 } }, Spec<typeof all>> = true
    const noRoom: Fits<{ readonly kind: "videoroom" }, Spec<typeof all>> = false
    type OfOther = Extract<Spec<typeof all>, { readonly kind: "videoroom" }>
    const otherField: Fits<"token", keyof OfOther> = false
    const ownField: Fits<"waitForPublisher", keyof OfOther> = true
    assert.deepStrictEqual(
      [services, room, bare, kinds, unknownKind, otherSet, good, noRoom, otherField, ownField],
      [true, true, true, true, false, false, true, false, false, true]
    )
  })

  it("refuses a set with two kinds of one name", () => {
    assert.throws(() => Sources.make([videoroom, videoroom]), "two source kinds are named \"videoroom\"")
  })
})
