// The contract of mountpoints: the epoch of one that is to be destroyed is raised first, and of nothing else.
import { assert } from "@effect/vitest"
import { type Mark, ownerOf } from "@headend/core/Mark"
import { Mountpoints } from "@headend/core/Mountpoints"
import { Context, Effect, Redacted } from "effect"
import { MediaBench } from "../MediaBench.ts"
import { failureTag, freshId, freshMark } from "./contract.ts"

const next = (mark: Mark): Mark => ({ ...mark, epoch: mark.epoch + 1, worker: "w2" })

export const fencing: ReadonlyArray<
  readonly [name: string, test: Effect.Effect<void, unknown, Mountpoints | MediaBench>]
> = [
  [
    "a higher epoch fences it off: who made it is superseded, its ports stay, and who fenced it may destroy it",
    Effect.scoped(Effect.gen(function*() {
      const mountpoints = yield* Mountpoints
      const bench = yield* MediaBench
      const another = Context.get(yield* bench.another, Mountpoints)
      const mark = freshMark()
      const secret = Redacted.make("the caller's own")
      for (const more of [{}, { secret, private: true, metadata: { a: 1 } }]) {
        const spec = { type: "rtp" as const, id: freshId(), ...more }
        const made = yield* mountpoints.ensure(spec, mark)
        yield* another.fence(spec.id, next(mark))
        assert.deepStrictEqual(yield* mountpoints.mark(spec.id), next(mark))
        assert.strictEqual(yield* failureTag(mountpoints.ensure(spec, mark)), "Superseded")
        assert.strictEqual((yield* another.read(spec.id)).tracks.length, made.media.length)
        assert.deepStrictEqual(
          yield* another.targets(spec.id, ownerOf(mark)),
          made.media.map(({ host, port }) => ({ host, port }))
        )
        if ("secret" in more) {
          assert.deepStrictEqual(yield* mountpoints.find({ id: spec.id, secret }), { ...made, created: false })
        }
        yield* another.destroy(spec.id, ownerOf(mark))
        assert.notInclude(yield* bench.mountpoints, spec.id)
      }
    }))
  ],
  [
    "fencing leaves what is not there, what is another's, and a higher epoch",
    Effect.gen(function*() {
      const mountpoints = yield* Mountpoints
      const bench = yield* MediaBench
      const [id, foreign, absent] = [freshId(), freshId(), freshId()]
      const mark = next(freshMark())
      const made = yield* mountpoints.ensure({ type: "rtp", id }, mark)
      yield* bench.makeMountpoint(foreign)
      for (const other of [{ ...mark, run: 2, epoch: 9 }, { ...mark, instance: "elsewhere", epoch: 9 }]) {
        yield* mountpoints.fence(id, other)
      }
      for (const epoch of [1, 2]) yield* mountpoints.fence(id, { ...mark, epoch, worker: "late" })
      yield* mountpoints.fence(foreign, mark)
      yield* mountpoints.fence(absent, mark)
      assert.deepStrictEqual(yield* mountpoints.mark(id), mark)
      assert.deepStrictEqual(yield* mountpoints.ensure({ type: "rtp", id }, mark), made)
      assert.isNull(yield* mountpoints.mark(foreign))
      assert.notInclude(yield* bench.mountpoints, absent)
    })
  ]
]
