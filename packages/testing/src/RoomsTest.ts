/**
 * What every implementation of `Rooms` must do. Runs on the live clock: the media server may be a real one.
 */
import { assert, layer } from "@effect/vitest"
import { type Mark, ownerOf } from "@headend/core/Mark"
import type { PublisherId } from "@headend/core/Room"
import { type Publishers, Rooms, type RoomWatch } from "@headend/core/Rooms"
import { Context, Effect, Fiber, type Layer, Redacted } from "effect"
import { failureTag, freshId, freshMark } from "./internal/contract.ts"
import { MediaBench, type Ports } from "./MediaBench.ts"

const next = (mark: Mark): Mark => ({ ...mark, epoch: mark.epoch + 1, worker: "w2" })

const idsOf = (publishers: Publishers): ReadonlyArray<PublisherId> => publishers.map(({ id }) => id)

/** Waits until the list is as wanted. */
const until = (watch: RoomWatch, wanted: (publishers: Publishers) => boolean) =>
  Effect.gen(function*() {
    let seen = watch.now()
    while (!wanted(seen)) seen = yield* watch.next(seen)
    return seen
  }).pipe(Effect.timeout("20 seconds"))

export const suite = <E>(name: string, live: Layer.Layer<Ports | MediaBench, E>) =>
  layer(live, { excludeTestServices: true, timeout: "120 seconds" })(name, (it) => {
    it.effect("makes a room, and ensuring again changes nothing, in this process and in another", () =>
      Effect.gen(function*() {
        const rooms = yield* Rooms
        const bench = yield* MediaBench
        const another = Context.get(yield* bench.another, Rooms)
        const id = freshId()
        const mark = freshMark()
        const first = yield* rooms.ensure(id, {}, mark)
        assert.strictEqual(first.id, id)
        assert.isTrue(first.created)
        assert.deepStrictEqual(first.owner, ownerOf(mark))
        assert.include(yield* bench.rooms, id)
        assert.deepStrictEqual(yield* rooms.ensure(id, {}, mark), first)
        assert.deepStrictEqual(yield* another.ensure(id, {}, mark), first)
      }))

    it.effect("an id that somebody else has is taken, another run's too, and neither is destroyed", () =>
      Effect.gen(function*() {
        const rooms = yield* Rooms
        const bench = yield* MediaBench
        const [foreign, id] = [freshId(), freshId()]
        const mark = freshMark()
        yield* bench.makeRoom(foreign)
        assert.strictEqual(yield* failureTag(rooms.ensure(foreign, {}, mark)), "RoomTaken")
        yield* rooms.ensure(id, {}, mark)
        const other = { ...mark, run: 2 }
        assert.strictEqual(yield* failureTag(rooms.ensure(id, {}, other)), "RoomTaken")
        yield* rooms.destroy(foreign, ownerOf(mark))
        yield* rooms.destroy(id, ownerOf(other))
        const left = yield* bench.rooms
        assert.include(left, foreign)
        assert.include(left, id)
      }))

    it.effect("a higher epoch takes it over, and the stale owner is superseded", () =>
      Effect.gen(function*() {
        const rooms = yield* Rooms
        const another = Context.get(yield* (yield* MediaBench).another, Rooms)
        const id = freshId()
        const mark = freshMark()
        yield* rooms.ensure(id, {}, mark)
        yield* another.ensure(id, {}, next(mark))
        const stale = yield* Effect.flip(rooms.ensure(id, {}, mark))
        assert.strictEqual(stale._tag === "Superseded" ? stale.epoch : stale._tag, 2)
        assert.deepStrictEqual(yield* rooms.marked(mark.instance), [{ id, mark: next(mark) }])
      }))

    it.effect("destroying is done once it is gone, whoever of us does it, and may be repeated", () =>
      Effect.gen(function*() {
        const rooms = yield* Rooms
        const bench = yield* MediaBench
        const another = Context.get(yield* bench.another, Rooms)
        const mark = freshMark()
        const [one, two] = [freshId(), freshId()]
        yield* rooms.ensure(one, { private: true }, mark)
        yield* rooms.ensure(two, { secret: Redacted.make("the caller's own") }, mark)
        yield* rooms.destroy(one, ownerOf(mark))
        yield* another.destroy(two, ownerOf(mark))
        const left = yield* bench.rooms
        assert.notInclude(left, one)
        assert.notInclude(left, two)
        yield* rooms.destroy(one, ownerOf(mark))
        yield* rooms.destroy(two, ownerOf(mark))
      }))

    it.effect("a room of ours with somebody else in it is not destroyed until they leave", () =>
      Effect.gen(function*() {
        const rooms = yield* Rooms
        const bench = yield* MediaBench
        const id = freshId()
        const mark = freshMark()
        const room = yield* rooms.ensure(id, {}, mark)
        const person = yield* bench.join(room)
        const occupied = yield* Effect.flip(rooms.destroy(id, ownerOf(mark)))
        assert.strictEqual(occupied._tag === "RoomOccupied" ? occupied.others : occupied._tag, 1)
        assert.include(yield* bench.rooms, id)
        yield* person.leave
        yield* rooms.destroy(id, ownerOf(mark))
        assert.notInclude(yield* bench.rooms, id)
      }))

    it.effect("our own watcher keeps no room alive, and learns that it is gone", () =>
      Effect.gen(function*() {
        const rooms = yield* Rooms
        const bench = yield* MediaBench
        const id = freshId()
        const mark = freshMark()
        const watch = yield* rooms.watch(yield* rooms.ensure(id, {}, mark))
        const waiting = yield* Effect.forkChild(failureTag(watch.next(watch.now())))
        yield* rooms.destroy(id, ownerOf(mark))
        assert.notInclude(yield* bench.rooms, id)
        assert.oneOf(yield* Fiber.join(waiting), ["RoomMissing", "ServerUnavailable"])
      }))

    it.effect("finds a room that is there", () =>
      Effect.gen(function*() {
        const rooms = yield* Rooms
        const id = freshId()
        assert.strictEqual(yield* failureTag(rooms.find({ id })), "RoomMissing")
        yield* (yield* MediaBench).makeRoom(id)
        assert.isFalse((yield* rooms.find({ id })).created)
      }))

    it.effect("watching needs a room that is there, and its pin", () =>
      Effect.gen(function*() {
        const rooms = yield* Rooms
        const [id, absent] = [freshId(), freshId()]
        const pin = Redacted.make("1234")
        yield* (yield* MediaBench).makeRoom(id, { pin })
        assert.strictEqual(yield* failureTag(rooms.watch({ id: absent })), "RoomMissing")
        assert.strictEqual(yield* failureTag(rooms.watch({ id })), "Unauthorized")
        assert.strictEqual(yield* failureTag(rooms.watch({ id, pin: Redacted.make("no") })), "Unauthorized")
        assert.deepStrictEqual((yield* rooms.watch({ id, pin })).now(), [])
      }))

    it.effect("sees who publishes already, with their tracks, and nobody who does not", () =>
      Effect.gen(function*() {
        const rooms = yield* Rooms
        const bench = yield* MediaBench
        const room = yield* rooms.ensure(freshId(), {}, freshMark())
        yield* bench.join(room)
        const person = yield* bench.publish(room, { display: "anna" })
        const watch = yield* rooms.watch(room)
        const [publisher, ...more] = yield* until(watch, (publishers) => publishers.length > 0)
        assert.deepStrictEqual(more, [])
        assert.strictEqual(publisher?.id, person.id)
        assert.strictEqual(publisher?.display, "anna")
        assert.deepStrictEqual([...publisher?.tracks ?? []].map(({ codec, type }) => [type, codec]).toSorted(), [
          ["audio", "opus"],
          ["video", "h264"]
        ])
        assert.strictEqual(new Set(publisher?.tracks.map(({ mid }) => mid)).size, 2)
      }))

    it.effect("sees a publisher come, leave and return under another id", () =>
      Effect.gen(function*() {
        const rooms = yield* Rooms
        const bench = yield* MediaBench
        const room = yield* rooms.ensure(freshId(), {}, freshMark())
        const watch = yield* rooms.watch(room)
        assert.deepStrictEqual(watch.now(), [])
        const first = yield* bench.publish(room)
        yield* until(watch, (publishers) => idsOf(publishers).includes(first.id))
        const seen = watch.now()
        yield* first.leave
        yield* until(watch, (publishers) => publishers.length === 0)
        assert.notStrictEqual(watch.now(), seen)
        const second = yield* bench.publish(room)
        assert.notStrictEqual(second.id, first.id)
        assert.deepStrictEqual(idsOf(yield* until(watch, (publishers) => publishers.length > 0)), [second.id])
      }))

    it.effect("a watch in a room that somebody destroys fails, and so does one whose server is lost", () =>
      Effect.gen(function*() {
        const rooms = yield* Rooms
        const bench = yield* MediaBench
        const [gone, lost] = [freshId(), freshId()]
        yield* bench.makeRoom(gone)
        yield* bench.makeRoom(lost)
        const first = yield* rooms.watch({ id: gone })
        const waiting = yield* Effect.forkChild(failureTag(first.next(first.now())))
        yield* bench.destroyRoom(gone)
        assert.strictEqual(yield* Fiber.join(waiting), "RoomMissing")
        const second = yield* rooms.watch({ id: lost })
        const losing = yield* Effect.forkChild(failureTag(second.next(second.now())))
        yield* bench.restart
        assert.strictEqual(yield* Fiber.join(losing), "ServerUnavailable")
        assert.strictEqual(yield* failureTag(second.next(second.now())), "ServerUnavailable")
      }))

    it.effect("the plan names the room and no secret, and touches nothing", () =>
      Effect.gen(function*() {
        const rooms = yield* Rooms
        const id = freshId()
        const secrets = { secret: Redacted.make("hush-1"), pin: Redacted.make("hush-2") }
        const text = JSON.stringify(yield* rooms.plan(id, secrets, freshMark()))
        assert.include(text, String(id))
        assert.notInclude(text, "hush")
        assert.notInclude(yield* (yield* MediaBench).rooms, id)
      }))
  })
