// The three ways to end: a stop undoes everything, a hand-over keeps everything, and who has lost touches nothing.
import { assert, describe, it } from "@effect/vitest"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { Broadcasts } from "@headend/core/Broadcasts"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { headquarters, member } from "./crew.ts"
import { countAt, pass, start, until } from "./station.ts"

const lobby = {
  id: "lobby",
  mountpoint: { create: { id: 12 } },
  source: { kind: "videoroom", room: { id: 7 }, publisher: "any" }
}
const stage = { id: "stage", source: { kind: "browser_webrtc" } }

/** Both kinds on air with `w1`: one from somebody else's room, one with a room of its own. */
const onAir = Effect.fnUntraced(function*(options: Parameters<typeof member>[1] = {}) {
  const world = yield* World
  yield* world.foreignRoom(7)
  yield* world.foreignRoom(8)
  yield* world.foreignMountpoint({ type: "rtp", id: 99 })
  const guest = yield* world.publish(7, { display: "anna" })
  const w1 = yield* member("w1", options)
  yield* start(lobby)
  yield* start(stage)
  const { room } = yield* until("stage", "waiting")
  const speaker = yield* world.publish(room!.id, { display: "bert" })
  yield* until("lobby", "running")
  yield* until("stage", "running")
  return { w1, room: room!.id, guest: guest.id, speaker: speaker.id }
})

/** What there is, without the marks. */
const picture = Effect.map(World, (world) => ({
  mountpoints: world.mountpoints().map(({ id, tracks }) => ({ id, ports: tracks.map(({ port }) => port) })),
  rooms: world.rooms().map(({ id }) => id),
  forwarders: world.forwarders().map(({ forward, publisher, streamId }) => [publisher, streamId, forward.port])
}))

const marks = Effect.map(
  World,
  (world) =>
    [...world.mountpoints(), ...world.rooms()].flatMap(({ mark }) =>
      mark === null ? [] : [`${mark.broadcast} ${mark.run} ${mark.epoch} ${mark.worker}`]
    )
)

const foreign = { mountpoints: [99], rooms: [7, 8] }
const left = Effect.map(World, (world) => ({
  mountpoints: world.mountpoints().map(({ id }) => id),
  rooms: world.rooms().map(({ id }) => id),
  forwarders: world.forwarders().length,
  watchers: world.rooms().reduce((sum, { id }) => sum + world.watchers(id), 0)
}))
const nothing = { ...foreign, forwarders: 0, watchers: 0 }

describe("stop", () => {
  it.effect("undoes everything, forwarders first and rooms last, and nothing of anybody else's", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const { room, speaker, w1 } = yield* onAir()
      yield* world.leave(room, speaker)
      w1.did.clear()
      yield* broadcasts.stopAll({})
      yield* until("lobby", "stopped")
      yield* until("stage", "stopped")
      assert.deepStrictEqual(yield* left, nothing)
      const { mountpoint } = yield* until("stage", "stopped")
      assert.isNull(mountpoint)
      const did = w1.did.lines()
      assert.isBelow(did.indexOf("forwarders.stop 7"), did.indexOf("mountpoints.destroy 12"))
      assert.strictEqual(did.at(-1), `rooms.destroy ${room}`)
      assert.strictEqual(w1.owns(), 0)
    }).pipe(Effect.provide(headquarters)))

  it.effect("is carried out by a worker that made none of it, too", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const { room, speaker, w1 } = yield* onAir()
      yield* world.leave(room, speaker)
      yield* w1.end
      yield* broadcasts.stopAll({})
      yield* pass(5_000)
      assert.strictEqual((yield* broadcasts.get("lobby")).state, "stopping")
      const w2 = yield* member("w2")
      assert.strictEqual((yield* until("lobby", "stopped")).endReason?.code, "stopped")
      yield* until("stage", "stopped")
      assert.deepStrictEqual(yield* left, nothing)
      assert.deepStrictEqual(
        w2.did.lines().toSorted(),
        [
          "forwarders.stop 7",
          `forwarders.stop ${room}`,
          "mountpoints.destroy 12",
          `mountpoints.destroy ${
            w2.did.lines("mountpoints.").map((one) => one.split(" ")[1]).find((id) => id !== "12")
          }`,
          `rooms.destroy ${room}`
        ].toSorted()
      )
    }).pipe(Effect.provide(headquarters)))

  it.effect("at the end of an app whose registry ends with it, all is undone", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const { room, speaker, w1 } = yield* onAir({ atEnd: "stop" })
      yield* world.leave(room, speaker)
      yield* w1.end
      assert.deepStrictEqual(yield* left, nothing)
      assert.strictEqual((yield* broadcasts.get("lobby")).state, "stopped")
      assert.strictEqual((yield* broadcasts.get("stage")).state, "stopped")
    }).pipe(Effect.provide(headquarters)))

  it.effect("at the end of such an app, a media server that is away holds it up for ten seconds at most", () =>
    Effect.gen(function*() {
      const world = yield* World
      const { w1 } = yield* onAir({ atEnd: "stop" })
      yield* world.disconnect
      const ending = yield* Effect.forkChild(w1.end)
      yield* pass(9_900)
      assert.isUndefined(ending.pollUnsafe())
      yield* pass(200)
      assert.isDefined(ending.pollUnsafe())
    }).pipe(Effect.provide(headquarters)))
})

describe("hand-over", () => {
  it.effect("keeps everything, and the successor goes on with the very same forwarders under a higher epoch", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const { w1 } = yield* onAir()
      const before = yield* picture
      const facts = (yield* broadcasts.get("lobby")).forwarders
      assert.sameMembers(yield* marks, ["lobby 1 1 w1", "stage 1 1 w1", "stage 1 1 w1"])
      w1.did.clear()
      const position = yield* broadcasts.position
      yield* w1.end
      assert.deepStrictEqual(w1.did.lines(), [])
      assert.deepStrictEqual(yield* picture, before)
      const given = yield* broadcasts.get("lobby")
      assert.deepStrictEqual([given.state, given.owner], ["running", null])
      const w2 = yield* member("w2")
      yield* pass(3_000)
      const taken = yield* broadcasts.get("lobby")
      assert.deepStrictEqual([taken.state, taken.owner], ["running", { worker: "w2", epoch: 2 }])
      assert.deepStrictEqual(taken.forwarders, facts)
      assert.strictEqual((yield* broadcasts.get("stage")).state, "running")
      assert.deepStrictEqual(yield* picture, before)
      assert.sameMembers(yield* marks, ["lobby 1 2 w2", "stage 1 2 w2", "stage 1 2 w2"])
      assert.deepStrictEqual(w2.did.lines("mountpoints.destroy"), [])
      assert.isAbove(countAt(yield* broadcasts.position), countAt(position))
    }).pipe(Effect.provide(headquarters)))

  it.effect("from a worker to one that is there already takes no time", () =>
    Effect.gen(function*() {
      const broadcasts = yield* Broadcasts
      const { w1 } = yield* onAir()
      const w2 = yield* member("w2")
      yield* pass(5_000)
      assert.strictEqual(w2.owns(), 0)
      yield* w1.end
      yield* pass(100)
      assert.strictEqual(w2.owns(), 2)
      assert.strictEqual((yield* broadcasts.get("lobby")).owner?.worker, "w2")
    }).pipe(Effect.provide(headquarters)))

  it.effect("in the middle of a stop, the successor finishes it", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const { room, speaker, w1 } = yield* onAir()
      yield* world.leave(room, speaker)
      yield* world.disconnect
      yield* broadcasts.stopAll({})
      yield* pass(5_000)
      yield* w1.end
      yield* world.reconnect
      yield* pass(1_000)
      assert.strictEqual((yield* broadcasts.get("lobby")).state, "stopping")
      yield* member("w2")
      yield* until("lobby", "stopped")
      yield* until("stage", "stopped")
      assert.deepStrictEqual(yield* left, nothing)
    }).pipe(Effect.provide(headquarters)))
})

describe("lost", () => {
  it.effect("who hears of a higher epoch ends what is in its process, and touches nothing else", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const { w1 } = yield* onAir()
      const registry = yield* BroadcastRegistry
      const before = yield* picture
      w1.did.clear()
      // somebody else gets both, and does nothing with them
      const leases = yield* Effect.forEach(
        ["lobby", "stage"],
        (id) => Effect.map(broadcasts.get(id), ({ owner }) => ({ id, worker: "w1", epoch: owner!.epoch }))
      )
      yield* w1.link.become("frozen")
      yield* Effect.forEach(leases, (lease) => registry.release(lease, "handover"))
      yield* registry.claim({ id: "other", capacity: 10, used: 0, draining: false, reachesJanus: true }, 10)
      yield* w1.link.become("well")
      yield* pass(8_000)
      assert.strictEqual(w1.owns(), 0)
      assert.deepStrictEqual(w1.did.lines(), [])
      assert.deepStrictEqual(yield* picture, before)
      assert.strictEqual((yield* left).watchers, 0)
      assert.deepStrictEqual((yield* broadcasts.get("lobby")).owner, { worker: "other", epoch: 2 })
      // what happens in the rooms is not its business any more
      const returned = yield* world.publish(7, { id: 555, display: "anna" })
      yield* world.leave(7, 1001)
      yield* pass(2_000)
      assert.deepStrictEqual(w1.did.lines(), [])
      assert.strictEqual(returned.id, 555)
    }).pipe(Effect.provide(headquarters)))

  it.effect("a mountpoint that has a higher epoch is left alone, whatever the registry says", () =>
    Effect.gen(function*() {
      const world = yield* World
      yield* world.foreignRoom(7)
      yield* world.publish(7)
      const { w1 } = yield* onAirAlone
      const [mountpoint] = world.mountpoints()
      mountpoint!.mark = { ...mountpoint!.mark!, epoch: 9, worker: "w9" }
      w1.did.clear()
      yield* Broadcasts.use((broadcasts) => broadcasts.restart("lobby"))
      yield* pass(3_000)
      assert.strictEqual(w1.owns(), 0)
      assert.deepStrictEqual(w1.did.lines(), [])
      assert.strictEqual(world.mountpoints()[0]?.mark?.epoch, 9)
    }).pipe(Effect.provide(headquarters)))
})

const onAirAlone = Effect.gen(function*() {
  const w1 = yield* member("w1")
  yield* start(lobby)
  yield* until("lobby", "running")
  return { w1 }
})
