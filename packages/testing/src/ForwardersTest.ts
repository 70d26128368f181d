/**
 * What every implementation of `Forwarders` must do. Runs on the live clock: the media server may be a real one.
 */
import { assert, layer } from "@effect/vitest"
import { Forwarders } from "@headend/core/Forwarders"
import { ownerOf } from "@headend/core/Mark"
import type { Forward, PublisherId } from "@headend/core/Room"
import { type RoomAccess, Rooms } from "@headend/core/Rooms"
import { Context, Effect, type Layer, Redacted } from "effect"
import { failureTag, freshId, freshMark } from "./internal/contract.ts"
import { MediaBench, type Ports } from "./MediaBench.ts"

const secret = Redacted.make("room secret")

/** A room of somebody else with one who publishes, a mountpoint, and what must be forwarded into it. */
const arrange = Effect.gen(function*() {
  const bench = yield* MediaBench
  const rooms = yield* Rooms
  const access: RoomAccess = { id: freshId(), secret }
  yield* bench.makeRoom(access.id, { secret })
  const person = yield* bench.publish(access)
  const targets = yield* bench.makeMountpoint(freshId())
  const forwardsOf = Effect.fnUntraced(function*(publisher: PublisherId) {
    const watch = yield* rooms.watch(access)
    let seen = watch.now()
    while (!seen.some(({ id }) => id === publisher)) seen = yield* watch.next(seen)
    const tracks = seen.find(({ id }) => id === publisher)?.tracks ?? []
    return (["audio", "video"] as const).map((type, index): Forward => ({
      sourceMid: tracks.find((track) => track.type === type)?.mid ?? "none",
      mid: targets[index]!.mid,
      type,
      host: targets[index]!.host,
      port: targets[index]!.port,
      rtcpPort: null,
      pt: null
    }))
  }, Effect.scoped)
  return {
    access,
    person,
    targets,
    forwardsOf,
    forwards: yield* forwardsOf(person.id),
    running: bench.forwarders(access.id, secret)
  }
})

const portsOf = (all: ReadonlyArray<{ readonly port: number }>) => all.map(({ port }) => port).toSorted((a, b) => a - b)

export const suite = <E>(name: string, live: Layer.Layer<Ports | MediaBench, E>) =>
  layer(live, { excludeTestServices: true, timeout: "120 seconds" })(name, (it) => {
    it.effect("forwards each track into its port", () =>
      Effect.gen(function*() {
        const { access, forwards, person, running, targets } = yield* arrange
        const made = yield* (yield* Forwarders).ensure(access, person.id, forwards, {})
        assert.deepStrictEqual(
          made.map(({ mid, port }) => ({ mid, port })),
          targets.map(({ mid, port }) => ({ mid, port }))
        )
        const seen = yield* running
        assert.deepStrictEqual(portsOf(seen), portsOf(targets))
        assert.deepStrictEqual(
          seen.map(({ streamId }) => streamId).toSorted(),
          made.map(({ streamId }) => streamId).toSorted()
        )
        assert.isTrue(seen.every(({ publisher }) => publisher === person.id))
      }))

    it.effect("keeps those that fit, in this process and in another", () =>
      Effect.gen(function*() {
        const { access, forwards, person, running } = yield* arrange
        const forwarders = yield* Forwarders
        const another = Context.get(yield* (yield* MediaBench).another, Forwarders)
        const made = yield* forwarders.ensure(access, person.id, forwards, {})
        assert.deepStrictEqual(yield* forwarders.ensure(access, person.id, forwards, {}), made)
        assert.deepStrictEqual(yield* another.ensure(access, person.id, forwards, {}), made)
        assert.strictEqual((yield* running).length, 2)
      }))

    it.effect("makes what is missing and keeps the rest", () =>
      Effect.gen(function*() {
        const { access, forwards, person, running } = yield* arrange
        const forwarders = yield* Forwarders
        const [video] = yield* forwarders.ensure(access, person.id, forwards.slice(1), {})
        const both = yield* forwarders.ensure(access, person.id, forwards, {})
        assert.strictEqual(both[1]?.streamId, video?.streamId)
        assert.strictEqual((yield* running).length, 2)
      }))

    it.effect("stops what another publisher sends into our ports, and leaves other ports alone", () =>
      Effect.gen(function*() {
        const { access, forwards, forwardsOf, person, running } = yield* arrange
        const forwarders = yield* Forwarders
        const bench = yield* MediaBench
        const elsewhere = yield* bench.makeMountpoint(freshId())
        const other = yield* bench.publish(access)
        const into = (port: number): ReadonlyArray<Forward> => [{ ...forwards[1]!, port }]
        yield* forwarders.ensure(access, person.id, forwards, {})
        yield* forwarders.ensure(access, person.id, into(elsewhere[1]!.port), {})
        yield* forwarders.ensure(access, other.id, yield* forwardsOf(other.id), {})
        const seen = yield* running
        const publishers = new Map(seen.map(({ port, publisher }) => [port, publisher]))
        assert.strictEqual(seen.length, 3)
        assert.deepStrictEqual(forwards.map(({ port }) => publishers.get(port)), [other.id, other.id])
        assert.strictEqual(publishers.get(elsewhere[1]!.port), person.id)
      }))

    it.effect("fewer forwarders than asked for is a failure, and leaves none behind", () =>
      Effect.gen(function*() {
        const { access, forwards, person, running } = yield* arrange
        const forwarders = yield* Forwarders
        const wrong = [forwards[0]!, { ...forwards[1]!, sourceMid: "nope" }]
        assert.strictEqual(yield* failureTag(forwarders.ensure(access, person.id, wrong, {})), "ForwardFailed")
        assert.deepStrictEqual(yield* running, [])
      }))

    it.effect("one who is not there, or sends nothing, cannot be forwarded", () =>
      Effect.gen(function*() {
        const { access, forwards } = yield* arrange
        const forwarders = yield* Forwarders
        assert.strictEqual(yield* failureTag(forwarders.ensure(access, freshId(), forwards, {})), "ForwardFailed")
        const silent = yield* (yield* MediaBench).join(access)
        assert.strictEqual(yield* failureTag(forwarders.ensure(access, silent.id, forwards, {})), "ForwardFailed")
      }))

    it.effect("a wrong secret is refused, and a room that is not there is missing", () =>
      Effect.gen(function*() {
        const { access, forwards, person } = yield* arrange
        const forwarders = yield* Forwarders
        const locked = { id: access.id, secret: Redacted.make("wrong") }
        assert.strictEqual(yield* failureTag(forwarders.ensure(locked, person.id, forwards, {})), "Unauthorized")
        const absent = { id: freshId(), secret }
        assert.strictEqual(yield* failureTag(forwarders.ensure(absent, person.id, forwards, {})), "RoomMissing")
      }))

    it.effect("stops what goes into the given ports, and nothing else; what is gone is stopped", () =>
      Effect.gen(function*() {
        const { access, forwards, person, running, targets } = yield* arrange
        const forwarders = yield* Forwarders
        yield* forwarders.ensure(access, person.id, forwards, {})
        yield* forwarders.stop(access, targets.slice(0, 1))
        assert.deepStrictEqual(portsOf(yield* running), portsOf(targets.slice(1)))
        yield* forwarders.stop(access, targets)
        yield* forwarders.stop(access, targets)
        assert.deepStrictEqual(yield* running, [])
        yield* forwarders.stop({ id: freshId(), secret }, targets)
      }))

    it.effect("finds the secret of a room of ours by its mark, in another process, too", () =>
      Effect.gen(function*() {
        const bench = yield* MediaBench
        const rooms = yield* Rooms
        const forwarders = yield* Forwarders
        const another = Context.get(yield* bench.another, Forwarders)
        const mark = freshMark()
        const room = yield* rooms.ensure(freshId(), {}, mark)
        const person = yield* bench.publish(room)
        const targets = yield* bench.makeMountpoint(freshId())
        const watch = yield* rooms.watch(room)
        let seen = watch.now()
        while (seen.length === 0) seen = yield* watch.next(seen)
        const video = seen[0]!.tracks.find(({ type }) => type === "video")!
        const forwards: ReadonlyArray<Forward> = [
          { sourceMid: video.mid, type: "video", rtcpPort: null, pt: 96, ...targets[1]! }
        ]
        const made = yield* forwarders.ensure(room, person.id, forwards, {})
        const access = { id: room.id, owner: ownerOf(mark) }
        assert.deepStrictEqual(yield* another.ensure(access, person.id, forwards, {}), made)
        yield* another.stop(access, targets)
        const again = yield* forwarders.ensure(room, person.id, forwards, {})
        assert.notStrictEqual(again[0]?.streamId, made[0]?.streamId)
      }))

    it.effect("an owner whose room was taken over is superseded", () =>
      Effect.gen(function*() {
        const bench = yield* MediaBench
        const rooms = yield* Rooms
        const another = Context.get(yield* bench.another, Rooms)
        const mark = freshMark()
        const room = yield* rooms.ensure(freshId(), {}, mark)
        const person = yield* bench.publish(room)
        const [, video] = yield* bench.makeMountpoint(freshId())
        yield* another.ensure(room.id, {}, { ...mark, epoch: 2 })
        const forwards: ReadonlyArray<Forward> = [
          { sourceMid: "1", type: "video", rtcpPort: null, pt: 96, ...video! }
        ]
        const stale = (yield* Forwarders).ensure(room, person.id, forwards, {})
        assert.strictEqual(yield* failureTag(stale), "Superseded")
      }))

    it.effect("for the sweep, stops what goes into ports without knowing the room", () =>
      Effect.gen(function*() {
        const bench = yield* MediaBench
        const rooms = yield* Rooms
        const forwarders = yield* Forwarders
        const another = Context.get(yield* bench.another, Forwarders)
        const room = yield* rooms.ensure(freshId(), {}, freshMark())
        const person = yield* bench.publish(room)
        const watch = yield* rooms.watch(room)
        let seen = watch.now()
        while (seen.length === 0) seen = yield* watch.next(seen)
        const [, target] = yield* bench.makeMountpoint(freshId())
        const { mid: sourceMid } = seen[0]!.tracks.find(({ type }) => type === "video")!
        const forwards: ReadonlyArray<Forward> = [{ sourceMid, type: "video", rtcpPort: null, pt: 96, ...target! }]
        const made = yield* forwarders.ensure(room, person.id, forwards, {})
        yield* another.stopEverywhere([target!])
        const again = yield* forwarders.ensure(room, person.id, forwards, {})
        assert.notStrictEqual(again[0]?.streamId, made[0]?.streamId)
      }))

    it.effect("the plan names what would be forwarded, and no secret", () =>
      Effect.gen(function*() {
        const { access, forwards, person, running } = yield* arrange
        const text = JSON.stringify(yield* (yield* Forwarders).plan(access, person.id, forwards, {}))
        for (const { port } of forwards) assert.include(text, String(port))
        assert.notInclude(text, Redacted.value(secret))
        assert.deepStrictEqual(yield* running, [])
      }))
  })
