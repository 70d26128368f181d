import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { record } from "./parts.ts"
import { pass, spec, start, station, until, worker } from "./station.ts"

const secrets = [
  "mountpoint-secret",
  "mountpoint-pin",
  "room-secret",
  "room-pin",
  "publishing-token",
  "wrong-room-pin",
  "admin-of-rooms",
  "token-of-guest"
]

const lobby = {
  id: "lobby",
  description: "Lobby camera",
  mountpoint: { create: { id: 12, secret: "mountpoint-secret", pin: "mountpoint-pin" } },
  source: { kind: "videoroom", room: { id: 7, secret: "room-secret", pin: "room-pin" } }
}
const stage = {
  id: "stage",
  source: {
    kind: "browser_webrtc",
    token: "publishing-token",
    room: {
      id: 8,
      secret: "room-secret",
      pin: "room-pin",
      ifMissing: "create",
      spec: { adminKey: "admin-of-rooms", allowed: ["token-of-guest"] }
    }
  }
}
const refused = {
  ...lobby,
  id: "refused",
  mountpoint: { create: { id: 13, secret: "mountpoint-secret" } },
  source: { kind: "videoroom", room: { id: 7, pin: "wrong-room-pin" } }
}

const assertNone = (what: string, value: unknown) => {
  const text = JSON.stringify(value)
  for (const secret of secrets) assert.notInclude(text, secret, what)
}

describe("a secret", () => {
  it.effect("is in no snapshot, list, event or plan, in whatever state the broadcast is", () =>
    Effect.gen(function*() {
      const world = yield* World
      const broadcasts = yield* Broadcasts
      const told = yield* record
      yield* world.foreignRoom(7, { secret: "room-secret", pin: "room-pin" })
      yield* world.publish(7, { id: 1 })
      for (const one of [lobby, stage, refused]) {
        const { steps, warnings } = yield* broadcasts.plan(yield* spec(one))
        assertNone("the plan", [steps, warnings])
      }
      yield* worker("w1")
      for (const one of [lobby, stage, refused]) assertNone("what a start answers", (yield* start(one)).snapshot)
      const running = yield* until("lobby", "running")
      assertNone("running", running)
      assert.include(JSON.stringify(running.spec), "***")
      assertNone("waiting", yield* until("stage", "waiting"))
      const failed = yield* until("refused", "failed")
      assert.strictEqual(failed.endReason?.code, "unauthorized")
      assertNone("failed", failed)
      yield* world.disconnect
      assertNone("recovering", yield* until("lobby", "recovering"))
      yield* broadcasts.stop("stage")
      assertNone("stopping", yield* until("stage", "stopping"))
      yield* pass(5_000)
      yield* world.reconnect
      assertNone("stopped", yield* until("stage", "stopped"))
      yield* until("lobby", "running")
      yield* broadcasts.stop("lobby")
      yield* until("lobby", "stopped")
      assertNone("the list", yield* broadcasts.list({}))
      assert.isAbove(told.events.length, 20)
      assertNone("the events", told.events)
    }).pipe(Effect.provide(station)))

  it.effect("is a difference: the same specification with another one is another specification", () =>
    Effect.gen(function*() {
      yield* start(lobby)
      assert.strictEqual((yield* start(lobby)).outcome, "exists")
      const other = { ...lobby, source: { ...lobby.source, room: { ...lobby.source.room, pin: "another" } } }
      assert.strictEqual((yield* Effect.flip(start(other)))._tag, "SpecConflict")
    }).pipe(Effect.provide(station)))
})
