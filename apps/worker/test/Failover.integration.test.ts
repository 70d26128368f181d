// Redis fails over to a replica that has not heard the last writes, behind one address: what is on air stays on air, and the
// workers tell the new Redis what it does not know.
import { assert, layer } from "@effect/vitest"
import { eventually, Fleet, layerBehindAddress } from "@headend/integration/Fleet"
import * as Redis from "@headend/integration/Redis"
import { requires } from "@headend/integration/Requires"
import { Effect } from "effect"

requires("janus", "redis-server", "ffmpeg", "ffprobe", "network")("a failover of Redis", () => {
  layer(layerBehindAddress, { excludeTestServices: true, timeout: "90 seconds" })((it) => {
    it.effect(
      "loses a start and a takeover of the last seconds: nothing is interrupted, and the registry has both again",
      () =>
        Effect.gen(function*() {
          const fleet = yield* Fleet
          const { address, first, redis, tap } = fleet
          const replica = yield* Redis.make({ durable: true })
          const says = (port: number, ...words: ReadonlyArray<string>) => Redis.raw(port, words)
          const [w1, w2] = yield* Effect.forEach(["p1", "p2"], (id) => fleet.worker(id), { concurrency: 2 })
          const known = yield* fleet.onAir("known", fleet.feed)
          const owner = known.owner!.worker === "p1" ? w1! : w2!
          const other = owner === w1 ? w2! : w1!

          yield* says(replica.port, "REPLICAOF", "127.0.0.1", `${redis.port}`)
          yield* eventually(says(replica.port, "INFO", "replication"), (now) => now.includes("master_link_status:up"))
          yield* says(replica.port, "REPLICAOF", "NO", "ONE")
          // what the replica does not hear any more
          yield* owner.program.signal("SIGTERM")
          const moved = yield* fleet.onAirWith("known", [other])
          assert.strictEqual(moved.owner?.epoch, 2)
          yield* fleet.onAir("unknown", fleet.pattern)
          const before = yield* Effect.forEach(["known", "unknown"], (id) => fleet.onAirWith(id, [other]))

          const from = performance.now()
          yield* redis.kill
          yield* address.turnTo(replica.port)
          for (const one of before) {
            const again = yield* eventually(Effect.option(first.get(one.id)), (now) =>
              now._tag === "Some" && now.value.state === "running" && now.value.owner?.worker === other.id)
            assert.strictEqual(again._tag, "Some")
          }
          yield* Effect.sleep("10 seconds")
          for (const one of before) {
            const now = yield* first.get(one.id)
            assert.deepStrictEqual([now.state, now.run, now.owner, now.relay?.pid], [
              "running",
              one.run,
              one.owner,
              one.relay?.pid
            ])
            assert.isBelow(tap.longestGap(fleet.videoPort(one), from, performance.now()), 5_000)
          }
          assert.deepStrictEqual(tap.overlaps(), [])
          for (const id of ["known", "unknown"]) {
            assert.deepStrictEqual((yield* first.stop(id)).leftBehind, [])
          }
          assert.deepStrictEqual(yield* fleet.lists.mountpoints, [])
        }),
      240_000
    )
  })
})
