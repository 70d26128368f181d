import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { JobQueue } from "@headend/core/JobQueue"
import * as Worker from "@headend/core/Worker"
import { Effect } from "effect"
import { failures, intake, lobby, outpost, startJob } from "./outpost.ts"
import { pass } from "./station.ts"

describe("a job that cannot be declared", () => {
  it.effect("a specification that cannot work is a dead letter with every failing field, none of its secrets, and an event", () =>
    Effect.gen(function*() {
      const queue = yield* JobQueue
      yield* intake
      const { id } = yield* queue.offer(startJob({
        id: "camera",
        source: { kind: "videoroom", room: { id: "correct horse", pin: { wrong: "battery" } }, colour: "staple" },
        mountpoint: { create: { media: [{ type: "video", codec: "h264", port: 70_000 }] } }
      }))
      yield* pass(500)
      const { items } = yield* queue.dead.list({})
      const letter = items[0]!
      assert.deepStrictEqual([letter.id, letter.broadcast, letter.attempts], [id, "camera", 1])
      for (const path of ["source.room.pin", "source.colour", "mountpoint.create.media.0.port"]) {
        assert.include(letter.reason, path)
      }
      for (const secret of ["battery", "staple"]) assert.notInclude(letter.reason, secret)
      const [event] = yield* failures
      assert.deepStrictEqual(
        [event?.broadcast, event?.jobId, event?.cause, event?.reason],
        ["camera", id, "spec_invalid", letter.reason]
      )
    }).pipe(Effect.provide(outpost)))

  it.effect("a job for a kind of source that this app lacks can be redriven once it has it", () =>
    Effect.gen(function*() {
      const queue = yield* JobQueue
      const handle = yield* Worker.handle
      let mended = false
      yield* queue.consume(
        (delivery) =>
          handle(
            mended ? { ...delivery, job: startJob({ ...lobby, source: { kind: "frontend_owned" } }) } : delivery
          ),
        { concurrency: 1 }
      ).pipe(Effect.forkScoped)
      yield* queue.offer(startJob({ ...lobby, source: { kind: "carrier_pigeon" } }))
      yield* pass(200)
      const [letter] = (yield* queue.dead.list({})).items
      assert.include(letter!.reason, "carrier_pigeon")
      mended = true
      yield* queue.dead.redrive(letter!.id)
      yield* pass(200)
      const broadcasts = yield* Broadcasts
      const { request } = yield* broadcasts.get("lobby")
      assert.strictEqual(Date.parse(request.offeredAt), Math.floor(letter!.offeredAt))
      assert.strictEqual((yield* queue.backlog).dead, 0)
    }).pipe(Effect.provide(outpost)))

  it.effect("another specification under an id that runs, or under a key that was used, is a dead letter with an event", () =>
    Effect.gen(function*() {
      const queue = yield* JobQueue
      yield* intake
      yield* queue.offer(startJob(lobby), { dedupeKey: "first" })
      yield* queue.offer(startJob({ ...lobby, description: "another" }))
      yield* pass(200)
      const handle = yield* Worker.handle
      const reused = yield* handle({
        id: "j9",
        job: startJob({ ...lobby, id: "hall" }),
        key: "first",
        attempt: 1,
        offeredAt: 0,
        extend: Effect.void
      })
      assert.strictEqual(reused._tag, "Dead")
      const [letter] = (yield* queue.dead.list({})).items
      assert.include(letter?.reason, "exists already with another specification")
      const events = yield* failures
      assert.deepStrictEqual(
        events.map(({ broadcast, cause }) => [broadcast, cause]),
        [["lobby", "broadcast_exists"], ["hall", "idempotency_key_reused"]]
      )
      assert.deepStrictEqual(events.map(({ epoch, run }) => [run, epoch]), [[null, null], [null, null]])
    }).pipe(Effect.provide(outpost)))
})
