// What a worker does while nothing happens: how often it wakes, counted; and that it notices in time all the same.
import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { withRelays } from "@headend/core/StandardSources"
import { World } from "@headend/testing/World"
import { Clock, type Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import { hop, record } from "./parts.ts"
import { pass, start, stationOf, until, worker } from "./station.ts"

const station = stationOf(withRelays)
const hour = 3_600

/** How often somebody has gone to sleep. */
class Sleeps extends Array<number> {
  taken(): number {
    return this.splice(0).length
  }
}

/** Plays it on a clock that counts. */
const counted = <A, E, R>(scenario: (sleeps: Sleeps) => Effect.Effect<A, E, R>) =>
  Effect.clockWith((clock) => {
    const sleeps = new Sleeps()
    const sleep = (duration: Duration.Duration) => {
      sleeps.push(1)
      return clock.sleep(duration)
    }
    return Effect.provideService(scenario(sleeps), Clock.Clock, { ...clock, sleep })
  })

const kinds = {
  rtsp_camera: { camera: { url: "rtsp://10.0.0.9/main" } },
  videoroom: { room: { id: 7 } }
} as const

/** A worker for a while alone, with one broadcast on air. */
const onAir = Effect.fnUntraced(function*(kind: keyof typeof kinds) {
  const world = yield* World
  yield* world.foreignRoom(7)
  yield* world.publish(7)
  yield* worker("w1")
  yield* TestClock.adjust("2 minutes")
  yield* start({
    id: "yard",
    mountpoint: { create: { id: 9001, media: [{ type: "video", codec: "h264" }] } },
    source: { kind, ...kinds[kind] }
  })
  yield* until("yard", "running")
  return { world, broadcasts: yield* Broadcasts }
})

describe("while nothing happens", () => {
  it.effect("a worker that has nothing wakes to renew, and for its deadline", () =>
    counted((sleeps) =>
      Effect.gen(function*() {
        yield* worker("w1")
        yield* TestClock.adjust("2 minutes")
        sleeps.taken()
        yield* TestClock.adjust("1 hour")
        assert.isBelow(sleeps.taken(), hour / 3)
      }).pipe(Effect.provide(station))
    ))

  for (const kind of ["rtsp_camera", "videoroom"] as const) {
    it.effect(`a ${kind} on air is looked at once a second, and one that falls silent is noticed within five`, () =>
      counted((sleeps) =>
        Effect.gen(function*() {
          const { world } = yield* onAir(kind)
          yield* TestClock.adjust("5 seconds")
          const { states } = yield* record
          sleeps.taken()
          yield* TestClock.adjust("1 hour")
          assert.isBelow(sleeps.taken(), hour * 1.5)
          if (kind === "videoroom") yield* world.stopForwarders(7)
          else yield* world.relays()[0]!.freeze()
          yield* pass(3_900)
          assert.deepStrictEqual(states("yard"), [])
          yield* pass(1_100)
          assert.strictEqual(states("yard")[0], "degraded")
        }).pipe(Effect.provide(station))
      ))

    it.effect(`six hours without Janus wake the worker of a ${kind} now and then, and its return at once`, () =>
      counted((sleeps) =>
        Effect.gen(function*() {
          const { broadcasts, world } = yield* onAir(kind)
          yield* world.disconnect
          yield* pass(2_000)
          world.journal.clear()
          sleeps.taken()
          yield* TestClock.adjust("6 hours")
          assert.isBelow(sleeps.taken(), 6 * hour / 1.8)
          assert.deepStrictEqual(world.journal.lines("", "any"), [])
          const away = yield* broadcasts.get("yard")
          assert.oneOf(away.state, ["degraded", "recovering"])
          assert.strictEqual(hop(away, "janus")?.status, "bad")
          yield* world.reconnect
          yield* pass(2_000)
          assert.strictEqual((yield* broadcasts.get("yard")).state, "running")
        }).pipe(Effect.provide(station))
      ))
  }

  it.effect("what is to be looked at together is spread over the second", () =>
    Effect.gen(function*() {
      const { world } = yield* onAir("videoroom")
      yield* Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8, 9], (n) =>
        start({
          id: `yard-${n}`,
          source: { kind: "rtsp_camera", camera: { url: "rtsp://10.0.0.9/main" } }
        }))
      yield* until("yard-9", "running")
      yield* pass(5_000)
      const broadcasts = yield* Broadcasts
      yield* Effect.forEach(world.relays(), (relay) => relay.progress({ fps: 5 }))
      const told = Effect.map(
        broadcasts.list({ source: "rtsp_camera" }),
        ({ items }) => items.filter((one) => one.relay?.progress?.["fps"] === 5).length
      )
      yield* pass(500)
      assert.isAtLeast(yield* told, 3)
      assert.isAtMost(yield* told, 6)
      yield* pass(500)
      assert.strictEqual(yield* told, 9)
    }).pipe(Effect.provide(station)))
})
