/**
 * What every implementation of `Mountpoints` must do. Runs on the live clock: the media server may be a real one.
 */
import { assert, layer } from "@effect/vitest"
import { type Mark, ownerOf } from "@headend/core/Mark"
import type { MountpointId, MountpointSpec } from "@headend/core/Mountpoint"
import { Mountpoints } from "@headend/core/Mountpoints"
import { Context, Effect, type Layer, Redacted, Schedule } from "effect"
import { failureTag, freshId, freshMark } from "./internal/contract.ts"
import { again } from "./internal/mountpointsAgain.ts"
import { fencing } from "./internal/mountpointsFencing.ts"
import { MediaBench, type Ports } from "./MediaBench.ts"

const spec = (id: MountpointId, more?: Partial<Extract<MountpointSpec, { readonly type: "rtp" }>>) => ({
  type: "rtp" as const,
  id,
  ...more
})

const next = (mark: Mark): Mark => ({ ...mark, epoch: mark.epoch + 1, worker: "w2" })

const soon = Schedule.upTo(Schedule.spaced("20 millis"), { duration: "10 seconds" })

export const suite = <E>(name: string, live: Layer.Layer<Ports | MediaBench, E>) =>
  layer(live, { excludeTestServices: true, timeout: "120 seconds" })(name, (it) => {
    it.effect("makes a mountpoint with the standard tracks, each with a port", () =>
      Effect.gen(function*() {
        const mountpoints = yield* Mountpoints
        const id = freshId()
        const made = yield* mountpoints.ensure(spec(id), freshMark())
        assert.strictEqual(made.id, id)
        assert.isTrue(made.created)
        assert.deepStrictEqual(made.media.map(({ codec, mid, pt, type }) => [mid, type, codec, pt]), [
          ["a", "audio", "opus", 111],
          ["v", "video", "h264", 96]
        ])
        const ports = made.media.map(({ port }) => port)
        assert.strictEqual(new Set(ports).size, 2)
        assert.isTrue(ports.every((port) => port > 0))
        assert.isNotNull(made.media[1]?.rtcpPort)
        assert.include(yield* (yield* MediaBench).mountpoints, id)
      }))

    it.effect("ensuring again changes nothing, in this process and in another", () =>
      Effect.gen(function*() {
        const mountpoints = yield* Mountpoints
        const another = Context.get(yield* (yield* MediaBench).another, Mountpoints)
        const id = freshId()
        const mark = freshMark()
        const first = yield* mountpoints.ensure(spec(id), mark)
        assert.deepStrictEqual(yield* mountpoints.ensure(spec(id), mark), first)
        assert.deepStrictEqual(yield* another.ensure(spec(id), mark), first)
      }))

    it.effect("an id that somebody else has is taken, and theirs is left alone", () =>
      Effect.gen(function*() {
        const mountpoints = yield* Mountpoints
        const bench = yield* MediaBench
        const id = freshId()
        const mark = freshMark()
        yield* bench.makeMountpoint(id)
        assert.strictEqual(yield* failureTag(mountpoints.ensure(spec(id), mark)), "MountpointTaken")
        yield* mountpoints.destroy(id, ownerOf(mark))
        assert.include(yield* bench.mountpoints, id)
      }))

    it.effect("another run's mountpoint is taken, too", () =>
      Effect.gen(function*() {
        const mountpoints = yield* Mountpoints
        const id = freshId()
        const mark = freshMark()
        yield* mountpoints.ensure(spec(id), mark)
        const other = { ...mark, run: 2 }
        assert.strictEqual(yield* failureTag(mountpoints.ensure(spec(id), other)), "MountpointTaken")
        yield* mountpoints.destroy(id, ownerOf(other))
        assert.include(yield* (yield* MediaBench).mountpoints, id)
      }))

    it.effect("a higher epoch takes it over with its ports, and the stale owner is superseded", () =>
      Effect.gen(function*() {
        const mountpoints = yield* Mountpoints
        const another = Context.get(yield* (yield* MediaBench).another, Mountpoints)
        const id = freshId()
        const mark = freshMark()
        const first = yield* mountpoints.ensure(spec(id), mark)
        assert.deepStrictEqual(yield* another.ensure(spec(id), next(mark)), first)
        assert.deepStrictEqual(yield* mountpoints.mark(id), next(mark))
        const stale = yield* Effect.flip(mountpoints.ensure(spec(id), mark))
        assert.strictEqual(stale._tag, "Superseded")
        assert.strictEqual(stale._tag === "Superseded" ? stale.epoch : null, 2)
      }))

    it.effect("a caller's own secret and metadata survive a takeover", () =>
      Effect.gen(function*() {
        const bench = yield* MediaBench
        const another = Context.get(yield* bench.another, Mountpoints)
        const mountpoints = yield* Mountpoints
        const id = freshId()
        const mark = freshMark()
        const own = spec(id, { secret: Redacted.make("the caller's own"), metadata: { a: 1 }, private: true })
        const first = yield* mountpoints.ensure(own, mark)
        yield* another.ensure(own, next(mark))
        const found = yield* mountpoints.find({ id, secret: Redacted.make("the caller's own") })
        assert.deepStrictEqual(found, { ...first, created: false })
        yield* another.destroy(id, ownerOf(mark))
        assert.notInclude(yield* bench.mountpoints, id)
      }))

    it.effect("destroying is done once it is gone, whoever of us does it, and may be repeated", () =>
      Effect.gen(function*() {
        const mountpoints = yield* Mountpoints
        const bench = yield* MediaBench
        const another = Context.get(yield* bench.another, Mountpoints)
        const mark = freshMark()
        const [one, two] = [freshId(), freshId()]
        yield* mountpoints.ensure(spec(one), mark)
        yield* mountpoints.ensure(spec(two), mark)
        yield* mountpoints.destroy(one, ownerOf(mark))
        // whether it still may is for the registry to say
        yield* mountpoints.ensure(spec(two), next(mark))
        yield* another.destroy(two, ownerOf(mark))
        const left = yield* bench.mountpoints
        assert.notInclude(left, one)
        assert.notInclude(left, two)
        yield* mountpoints.destroy(one, ownerOf(mark))
        yield* mountpoints.destroy(two, ownerOf(mark))
      }))

    it.effect("finds somebody else's when its ports can be seen, or are given", () =>
      Effect.gen(function*() {
        const mountpoints = yield* Mountpoints
        const bench = yield* MediaBench
        const [open, locked] = [freshId(), freshId()]
        const secret = Redacted.make("theirs")
        const openPorts = yield* bench.makeMountpoint(open)
        const ports = yield* bench.makeMountpoint(locked, secret)
        const portsOf = (media: ReadonlyArray<{ readonly mid: string; readonly port: number }>) =>
          media.map(({ mid, port }) => ({ mid, port }))
        const expected = portsOf(ports)
        const found = yield* mountpoints.find({ id: open })
        assert.isFalse(found.created)
        assert.deepStrictEqual(portsOf(found.media), portsOf(openPorts))
        assert.deepStrictEqual(portsOf((yield* mountpoints.find({ id: locked, secret })).media), expected)
        assert.strictEqual(yield* failureTag(mountpoints.find({ id: locked })), "MountpointUnreadable")
        const wrong = { id: locked, secret: Redacted.make("wrong") }
        assert.strictEqual(yield* failureTag(mountpoints.find(wrong)), "MountpointUnreadable")
        const given = yield* mountpoints.find({
          id: locked,
          media: [{ type: "audio", port: ports[0]!.port }, { type: "video", mid: "v", port: ports[1]!.port }]
        })
        assert.deepStrictEqual(portsOf(given.media), expected)
        const absent = { id: locked, media: [{ type: "video" as const, mid: "nope", port: 5 }] }
        assert.strictEqual(yield* failureTag(mountpoints.find(absent)), "MountpointUnreadable")
      }))

    it.effect("what is not there is missing", () =>
      Effect.gen(function*() {
        const mountpoints = yield* Mountpoints
        const id = freshId()
        assert.strictEqual(yield* failureTag(mountpoints.find({ id })), "MountpointMissing")
        assert.strictEqual(yield* failureTag(mountpoints.read(id)), "MountpointMissing")
        assert.strictEqual(yield* failureTag(mountpoints.mark(id)), "MountpointMissing")
        assert.deepStrictEqual(yield* mountpoints.targets(id, ownerOf(freshMark())), [])
      }))

    it.effect("reads how old the media of each track is", () =>
      Effect.gen(function*() {
        const mountpoints = yield* Mountpoints
        const id = freshId()
        yield* mountpoints.ensure(spec(id), freshMark())
        const first = yield* mountpoints.read(id)
        assert.isTrue(first.enabled)
        assert.deepStrictEqual(first.tracks.map(({ mid }) => mid), ["a", "v"])
        const age = (reading: typeof first) => reading.tracks[1]?.ageMs ?? -1
        assert.isAtLeast(age(first), 0)
        // nothing sends: it only grows
        yield* Effect.flatMap(mountpoints.read(id), (later) =>
          age(later) > age(first) + 50 ? Effect.void : Effect.fail("not older yet")).pipe(Effect.retry(soon))
      }))

    it.effect("makes it disabled when asked to", () =>
      Effect.gen(function*() {
        const mountpoints = yield* Mountpoints
        const id = freshId()
        yield* mountpoints.ensure(spec(id, { enabled: false }), freshMark())
        assert.isFalse((yield* mountpoints.read(id)).enabled)
      }))

    it.effect("tells the mark, and lists what carries one of this installation, private or not", () =>
      Effect.gen(function*() {
        const mountpoints = yield* Mountpoints
        const bench = yield* MediaBench
        const mark = freshMark()
        const [open, hidden, foreign] = [freshId(), freshId(), freshId()]
        yield* mountpoints.ensure(spec(open), mark)
        yield* mountpoints.ensure(spec(hidden, { private: true, pin: Redacted.make("p") }), { ...mark, run: 7 })
        yield* mountpoints.ensure(spec(freshId()), freshMark())
        yield* bench.makeMountpoint(foreign)
        assert.deepStrictEqual(yield* mountpoints.mark(open), mark)
        assert.isNull(yield* mountpoints.mark(foreign))
        const marked = (yield* mountpoints.marked(mark.instance)).toSorted((a, b) => Number(a.id) - Number(b.id))
        assert.deepStrictEqual(marked, [{ id: open, mark }, { id: hidden, mark: { ...mark, run: 7 } }])
      }))

    it.effect("tells the ports of what is ours, and of nothing else", () =>
      Effect.gen(function*() {
        const bench = yield* MediaBench
        const mountpoints = yield* Mountpoints
        const another = Context.get(yield* bench.another, Mountpoints)
        const [id, foreign] = [freshId(), freshId()]
        const mark = freshMark()
        const made = yield* mountpoints.ensure(spec(id), mark)
        yield* bench.makeMountpoint(foreign)
        const expected = made.media.map(({ host, port }) => ({ host, port }))
        assert.deepStrictEqual(yield* another.targets(id, ownerOf(mark)), expected)
        assert.deepStrictEqual(yield* another.targets(id, { ...ownerOf(mark), run: 2 }), [])
        assert.deepStrictEqual(yield* another.targets(foreign, ownerOf(mark)), [])
      }))

    it.effect("the plan names the mountpoint and no secret, and touches nothing", () =>
      Effect.gen(function*() {
        const mountpoints = yield* Mountpoints
        const id = freshId()
        const secrets = { secret: Redacted.make("hush-1"), pin: Redacted.make("hush-2") }
        const steps = yield* mountpoints.plan(spec(id, secrets), freshMark())
        const text = JSON.stringify(steps)
        assert.include(text, String(id))
        assert.notInclude(text, "hush")
        assert.notInclude(yield* (yield* MediaBench).mountpoints, id)
      }))

    for (const [what, test] of [...again, ...fencing]) it.effect(what, () => test)
  })
