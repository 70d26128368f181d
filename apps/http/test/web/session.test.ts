import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { change } from "../../web/live/Page.ts"
import { PeerLost } from "../../web/media/peer.ts"
import { type Attempt, type Progress, stay } from "../../web/media/session.ts"
import { Refused } from "../../web/media/signalling.ts"
import { all } from "../../web/model/broadcasts.ts"
import { snapshot } from "./snapshots.ts"

const lost = Effect.suspend(() => Effect.fail(new PeerLost({ reason: "gone" })))

const staying = (attempt: Attempt<never>) =>
  Effect.gen(function*() {
    change(() => ({ broadcasts: all([snapshot("cam")]) }))
    const told: Array<Progress["phase"]> = []
    const fiber = yield* Effect.forkChild(stay("cam", ({ phase }) => told.push(phase), attempt))
    yield* Effect.yieldNow
    return { fiber, told }
  })

describe("publishing and watching", () => {
  it.effect("tries again with longer and longer waits while no connection comes about", () =>
    Effect.gen(function*() {
      let tries = 0
      const { fiber } = yield* staying(() =>
        Effect.suspend(() => {
          tries++
          return lost
        })
      )
      assert.strictEqual(tries, 1)
      const seen: Array<number> = []
      for (const wait of [100, 500, 1_000, 2_000, 4_000, 4_000]) {
        yield* TestClock.adjust(wait - 1)
        seen.push(tries)
        yield* TestClock.adjust(1)
      }
      assert.deepStrictEqual(seen, [1, 2, 3, 4, 5, 6])
      assert.strictEqual(tries, 7)
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("connects at once again after media has flowed", () =>
    Effect.gen(function*() {
      let tries = 0
      const { fiber } = yield* staying((flows) =>
        Effect.suspend(() => {
          tries++
          if (tries === 4) flows()
          return lost
        })
      )
      yield* TestClock.adjust(1_600)
      assert.strictEqual(tries, 4)
      yield* TestClock.adjust(100)
      assert.strictEqual(tries, 5)
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("does not try again what the server refuses, and asks for the key", () =>
    Effect.gen(function*() {
      let tries = 0
      const { fiber, told } = yield* staying(() =>
        Effect.suspend(() => {
          tries++
          return Effect.fail(new Refused({ status: 401, reason: "a token is needed" }))
        })
      )
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(tries, 1)
      assert.deepStrictEqual(told, ["connecting", "refused"])
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("a missing room is tried again: Janus may be on its way back", () =>
    Effect.gen(function*() {
      let tries = 0
      const { fiber } = yield* staying(() =>
        Effect.suspend(() => {
          tries++
          return Effect.fail(new Refused({ status: 404, reason: "no such room" }))
        })
      )
      yield* TestClock.adjust(700)
      assert.strictEqual(tries, 3)
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("ends when the broadcast has ended, and lets go of the connection", () =>
    Effect.gen(function*() {
      let closed = false
      const { fiber } = yield* staying(() => Effect.onInterrupt(Effect.never, () => Effect.sync(() => (closed = true))))
      change(() => ({ broadcasts: all([snapshot("cam", { state: "stopped" })]) }))
      yield* Fiber.join(fiber)
      assert.isTrue(closed)
    }))

  it.effect("ends when the id is used again for a new run", () =>
    Effect.gen(function*() {
      const { fiber } = yield* staying(() => Effect.never)
      change(() => ({ broadcasts: all([snapshot("cam", { run: 2 })]) }))
      yield* Fiber.join(fiber)
    }))
})
