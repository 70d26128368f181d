// The contract of mountpoints: what was lost with the server is made again, where it was if that can be.
import { assert } from "@effect/vitest"
import { ownerOf } from "@headend/core/Mark"
import type { MountpointId, MountpointSpec } from "@headend/core/Mountpoint"
import { Mountpoints } from "@headend/core/Mountpoints"
import { Effect } from "effect"
import { MediaBench } from "../MediaBench.ts"
import { failureTag, freshId, freshMark } from "./contract.ts"

const spec = (id: MountpointId, more?: Partial<Extract<MountpointSpec, { readonly type: "rtp" }>>) => ({
  type: "rtp" as const,
  id,
  ...more
})

export const again: ReadonlyArray<
  readonly [name: string, test: Effect.Effect<void, unknown, Mountpoints | MediaBench>]
> = [
  [
    "after the server lost all, ensuring makes it again",
    Effect.gen(function*() {
      const mountpoints = yield* Mountpoints
      const bench = yield* MediaBench
      const id = freshId()
      const mark = freshMark()
      yield* mountpoints.ensure(spec(id), mark)
      yield* bench.restart
      yield* mountpoints.available
      assert.strictEqual(yield* failureTag(mountpoints.read(id)), "MountpointMissing")
      yield* mountpoints.destroy(id, ownerOf(mark))
      assert.strictEqual(
        (yield* mountpoints.ensure(spec(id), { ...mark, epoch: mark.epoch + 1, worker: "w2" })).media.length,
        2
      )
      assert.include(yield* bench.mountpoints, id)
    })
  ],
  [
    "made again where it was, it has its former ports, and others once somebody has one of them",
    Effect.gen(function*() {
      const mountpoints = yield* Mountpoints
      const [id, other] = [freshId(), freshId()]
      const mark = freshMark()
      // the ports of another, lest it gets its own by chance
      yield* mountpoints.ensure(spec(id), mark)
      const { media } = yield* mountpoints.ensure(spec(other), mark)
      yield* mountpoints.destroy(other, ownerOf(mark))
      yield* mountpoints.destroy(id, ownerOf(mark))
      const again = yield* mountpoints.ensure(spec(id), mark, media)
      assert.deepStrictEqual(again.media, media)
      assert.deepStrictEqual((yield* mountpoints.ensure(spec(id), mark, media)).media, media)
      yield* mountpoints.destroy(id, ownerOf(mark))
      const taken = media[1]!.port
      yield* mountpoints.ensure(spec(freshId(), { media: [{ type: "video", port: taken }] }), freshMark())
      const moved = yield* mountpoints.ensure(spec(id), mark, media)
      assert.strictEqual(moved.media.length, 2)
      assert.notInclude(moved.media.map(({ port }) => port), taken)
    })
  ]
]
