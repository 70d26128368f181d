// The harness itself, on the real Janus: started, listed, killed, restarted, frozen, ended.
import { assert, it } from "@effect/vitest"
import * as JanusHandle from "@headend/integration/JanusHandle"
import * as JanusLists from "@headend/integration/JanusLists"
import { isAlive } from "@headend/integration/Machine"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect, Exit, Fiber, Schedule, Scope } from "effect"
import { existsSync } from "node:fs"

requires("janus")("a real Janus", () => {
  it.live("holds what was created, and after a kill and a restart on the same ports nothing", () =>
    Effect.gen(function*() {
      const janus = yield* RealJanus.make()
      const lists = JanusLists.make(janus)
      yield* lists.createRoom(200, { description: "foreign", is_private: true, secret: "rs" })
      const made = yield* lists.createMountpoint(100, { is_private: true, secret: "s" })
      assert.deepStrictEqual(made.ports.map((port) => port.mid), ["a", "v"])
      assert.isAtLeast(made.ports[0]?.port ?? 0, janus.rtpPorts.first)
      assert.isAtMost(made.ports[1]?.rtcp_port ?? Infinity, janus.rtpPorts.last)
      assert.deepStrictEqual((yield* lists.mountpoints).map((_) => _.id), [100])
      assert.deepStrictEqual((yield* lists.rooms).map((_) => [_.room, _.description]), [[200, "foreign"]])
      assert.deepStrictEqual(yield* lists.participants(200), [])
      assert.deepStrictEqual(yield* lists.forwarders(200, "rs"), [])
      assert.isTrue((yield* lists.mountpointInfo(100, "s")).is_private)
      assert.isUndefined((yield* lists.mountpointInfo(100)).is_private)

      const before = yield* janus.pid
      assert.strictEqual((yield* janus.kill).signal, "SIGKILL")
      assert.isFalse(isAlive(before))
      assert.strictEqual((yield* Effect.flip(lists.rooms))._tag, "JanusSilent")
      yield* janus.restart
      assert.notStrictEqual(yield* janus.pid, before)
      assert.deepStrictEqual([yield* lists.rooms, yield* lists.mountpoints], [[], []])
    }))

  it.live("refuses with Janus' own codes", () =>
    Effect.gen(function*() {
      const lists = JanusLists.make(yield* RealJanus.make())
      yield* lists.createRoom(1)
      const again = yield* Effect.flip(lists.createRoom(1))
      assert.deepInclude(again, { _tag: "JanusRefused", code: 427 })
      const unknown = yield* Effect.flip(lists.destroyMountpoint(77))
      assert.deepInclude(unknown, { _tag: "JanusRefused", code: 455 })
    }))

  it.live("answers nothing while frozen, and what was asked once thawed", () =>
    Effect.gen(function*() {
      const janus = yield* RealJanus.make()
      const lists = JanusLists.make(janus)
      yield* janus.freeze
      const asked = yield* Effect.forkChild(lists.createRoom(5))
      const inTime = yield* Effect.timeoutOption(Fiber.await(asked), "500 millis")
      assert.strictEqual(inTime._tag, "None")
      yield* janus.thaw
      yield* Fiber.join(asked)
      assert.deepStrictEqual((yield* lists.rooms).map((_) => _.room), [5])
    }))

  it.live("five run side by side, and none outlives its scope, frozen or failing", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const all = yield* Effect.replicateEffect(RealJanus.make(), 5, { concurrency: 5 }).pipe(
        Scope.provide(scope)
      )
      const pids = yield* Effect.forEach(all, (janus) => janus.pid)
      assert.strictEqual(new Set(all.flatMap((_) => [_.port, _.adminPort, _.rtpPorts.first])).size, 15)
      assert.isTrue(pids.every(isAlive))
      yield* all[0]?.freeze ?? Effect.void
      yield* Scope.close(scope, Exit.fail("the test failed"))
      assert.deepStrictEqual(pids.filter(isAlive), [])
      assert.deepStrictEqual(all.filter((_) => existsSync(_.folder)), [])
    }))

  it.live("asks for the API secret and takes string ids where told to", () =>
    Effect.gen(function*() {
      const janus = yield* RealJanus.make({ apiSecret: "sesame", stringIds: true })
      const lists = JanusLists.make(janus)
      const stranger = yield* Effect.flip(JanusHandle.attach({ url: janus.url }, "videoroom"))
      assert.deepInclude(stranger, { _tag: "JanusRefused", code: 403 })
      const handle = yield* JanusHandle.attach(janus, "videoroom")
      yield* lists.createRoom("lobby")
      yield* handle.message({ request: "join", ptype: "publisher", room: "lobby", id: "ann" })
      assert.deepStrictEqual(yield* lists.participants("lobby"), [{ id: "ann", publisher: false }])
      yield* handle.closeSocket
      yield* lists.participants("lobby").pipe(
        Effect.repeat({ schedule: Schedule.spaced("20 millis"), until: (all) => all.length === 0 }),
        Effect.timeout("5 seconds")
      )
      assert.deepStrictEqual((yield* lists.rooms).map((_) => _.room), ["lobby"])
      const made = yield* lists.createMountpoint("stage")
      assert.strictEqual(made.id, "stage")
    }))
})
