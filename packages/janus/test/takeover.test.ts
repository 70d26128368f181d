// What only Janus shows: secrets that are swapped, requests whose answer is lost, and what is permanent.
import { assert, layer } from "@effect/vitest"
import { ownerOf } from "@headend/core/Mark"
import { Mountpoints } from "@headend/core/Mountpoints"
import { Rooms } from "@headend/core/Rooms"
import { FakeJanus, layer as fakeLayer, type RequestInfo } from "@headend/testing/FakeJanusServer"
import { Context, Effect, Layer, Redacted } from "effect"
import { portsOn } from "./support/ports.ts"

const live = Layer.unwrap(Effect.map(FakeJanus, (server) => portsOn(server, 1_000))).pipe(
  Layer.provideMerge(fakeLayer())
)

const mark = { instance: "takeover", broadcast: "b", run: 1, epoch: 1, worker: "w" }
const next = { ...mark, epoch: 2 }
const create = ({ request }: RequestInfo) => request === "create"

layer(live, { excludeTestServices: true })("on the fake Janus", (it) => {
  it.effect("a derived secret is another one for each epoch, and a caller's own stays", () =>
    Effect.gen(function*() {
      const server = yield* FakeJanus
      const mountpoints = yield* Mountpoints
      const rooms = yield* Rooms
      const own = { secret: Redacted.make("the caller's own") }
      const secrets = () => [server.mountpoints.get(1), server.rooms.get(2)].map((one) => one?.secret)
      yield* mountpoints.ensure({ type: "rtp", id: 1 }, mark)
      yield* rooms.ensure(2, {}, mark)
      const first = secrets()
      yield* mountpoints.ensure({ type: "rtp", id: 1 }, next)
      yield* rooms.ensure(2, {}, next)
      const second = secrets()
      assert.strictEqual(new Set([...first, ...second]).size, 4)
      assert.isTrue([...first, ...second].every((secret) => secret?.length === 32))

      yield* mountpoints.ensure({ type: "rtp", id: 3, ...own }, mark)
      yield* rooms.ensure(4, own, mark)
      yield* mountpoints.ensure({ type: "rtp", id: 3, ...own }, next)
      yield* rooms.ensure(4, own, next)
      assert.strictEqual(server.mountpoints.get(3)?.secret, "the caller's own")
      assert.strictEqual(server.rooms.get(4)?.secret, "the caller's own")
      const texts = [server.mountpoints.get(3)?.metadata, server.rooms.get(4)?.description]
      assert.isTrue(texts.every((text) => text?.includes("\"epoch\":2") === true && !text.includes("caller")))
    }))

  it.effect("somebody who swapped the secret without our mark supersedes us", () =>
    Effect.gen(function*() {
      const server = yield* FakeJanus
      const mountpoints = yield* Mountpoints
      const rooms = yield* Rooms
      yield* mountpoints.ensure({ type: "rtp", id: 11 }, mark)
      yield* rooms.ensure(12, {}, mark)
      server.mountpoints.get(11)!.secret = "changed"
      server.rooms.get(12)!.secret = "changed"
      assert.strictEqual((yield* Effect.flip(mountpoints.ensure({ type: "rtp", id: 11 }, next)))._tag, "Superseded")
      assert.strictEqual((yield* Effect.flip(rooms.ensure(12, {}, next)))._tag, "Superseded")
    }))

  it.effect("a create whose answer is lost is found by the next ensure, and destroyed by the next destroy", () =>
    Effect.gen(function*() {
      const server = yield* FakeJanus
      const mountpoints = yield* Mountpoints
      const rooms = yield* Rooms
      server.faults.loseAnswers(2, create)
      const lost = [
        yield* Effect.flip(mountpoints.ensure({ type: "rtp", id: 21 }, mark)),
        yield* Effect.flip(rooms.ensure(22, {}, mark))
      ]
      assert.deepStrictEqual(lost.map(({ _tag }) => _tag), ["ServerUnavailable", "ServerUnavailable"])
      assert.isTrue(server.mountpoints.has(21) && server.rooms.has(22))
      const made = yield* mountpoints.ensure({ type: "rtp", id: 21 }, mark)
      assert.isTrue(made.created)
      assert.strictEqual(made.media.length, 2)
      yield* rooms.ensure(22, {}, mark)

      server.faults.loseAnswers(2, create)
      yield* Effect.exit(mountpoints.ensure({ type: "rtp", id: 23 }, mark))
      yield* Effect.exit(rooms.ensure(24, {}, mark))
      yield* mountpoints.destroy(23, ownerOf(mark))
      yield* rooms.destroy(24, ownerOf(mark))
      assert.isFalse(server.mountpoints.has(23) || server.rooms.has(24))
    }))

  it.effect("an ensure that is interrupted meets either nothing or a finished mountpoint", () =>
    Effect.gen(function*() {
      const server = yield* FakeJanus
      const mountpoints = yield* Mountpoints
      server.faults.delayAnswers(50, create, 1)
      yield* Effect.timeoutOption(mountpoints.ensure({ type: "rtp", id: 31 }, mark), "5 millis")
      assert.isTrue(server.mountpoints.has(31))
      yield* mountpoints.destroy(31, ownerOf(mark))
      assert.isFalse(server.mountpoints.has(31))
    }))

  it.effect("what is permanent is destroyed for good, by a successor, too", () =>
    Effect.gen(function*() {
      const server = yield* FakeJanus
      const another = yield* Layer.build(Layer.fresh(portsOn(server)))
      yield* (yield* Mountpoints).ensure({ type: "rtp", id: 41, permanent: true }, mark)
      yield* (yield* Rooms).ensure(42, { permanent: true }, mark)
      yield* Context.get(another, Mountpoints).destroy(41, ownerOf(mark))
      yield* Context.get(another, Rooms).destroy(42, ownerOf(mark))
      const asked = server.journal.filter(({ request }) => request === "destroy").slice(-2)
      assert.deepStrictEqual(asked.map(({ body }) => body["permanent"]), [true, true])
    }))

  it.effect("a wrong admin key is refused in words, and nothing is made", () =>
    Effect.gen(function*() {
      const server = yield* FakeJanus
      server.faults.refuse(1, { code: 457, reason: "Unauthorized (wrong admin_key)" }, create)
      const error = yield* Effect.flip((yield* Mountpoints).ensure({ type: "rtp", id: 51 }, mark))
      assert.strictEqual(error._tag, "Unauthorized")
      assert.include(error.message, "wrong admin_key")
    }))

  it.effect("what Janus does not want to create for another reason than the id is refused with its words", () =>
    Effect.gen(function*() {
      const spec = { type: "rtp" as const, id: 61, media: [{ type: "audio" as const, interface: "nope0" }] }
      const error = yield* Effect.flip((yield* Mountpoints).ensure(spec, mark))
      assert.strictEqual(error._tag, "MountpointRefused")
      assert.include(error.message, "interface")
    }))

  it.effect("our watcher comes into a room that is restricted to tokens", () =>
    Effect.gen(function*() {
      const rooms = yield* Rooms
      const room = yield* rooms.ensure(71, { allowed: [Redacted.make("guest")], pin: Redacted.make("1") }, mark)
      assert.deepStrictEqual((yield* rooms.watch(room)).now(), [])
    }))

  it.effect("many who ask for the marks of rooms at once share few lists", () =>
    Effect.gen(function*() {
      const server = yield* FakeJanus
      const rooms = yield* Rooms
      const ids = Array.from({ length: 50 }, (_, index) => 100 + index)
      yield* Effect.forEach(ids, (id) => rooms.ensure(id, {}, mark), { concurrency: 50 })
      server.clearJournal()
      yield* Effect.forEach(ids, (id) => rooms.ensure(id, {}, next), { concurrency: 50 })
      assert.isBelow(server.journal.filter(({ request }) => request === "list").length, 5)
    }))
})
