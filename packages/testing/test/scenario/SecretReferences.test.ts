// Secrets that are given by reference, from the start of a broadcast to its end.
import { assert, describe, it } from "@effect/vitest"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { Broadcasts } from "@headend/core/Broadcasts"
import { Secrets } from "@headend/core/Secrets"
import { World } from "@headend/testing/World"
import { Effect, Layer, Redacted } from "effect"
import { assertLeft, hop, record } from "./parts.ts"
import { pass, spec, start, station, until, worker } from "./station.ts"

/** What an operator has put where callers may name it; the tests change it. */
const vault = new Map<string, string>()
const secrets = Layer.succeed(Secrets, {
  refusal: () => undefined,
  read: ({ from }) =>
    Effect.suspend(() => {
      const text = vault.get("env" in from ? from.env : from.file)
      return text === undefined ? Effect.fail("it is not there") : Effect.succeed(Redacted.make(text))
    })
})
const withSecrets = Layer.provide(station, secrets)

const lobby = {
  id: "lobby",
  mountpoint: { create: { type: "rtp", id: 12, secret: { file: "mountpoint" }, pin: { env: "PIN" } } },
  source: { kind: "videoroom", room: { id: 7, pin: { env: "ROOM_PIN" } } }
}
const fill = () => {
  vault.clear()
  for (const [name, text] of [["mountpoint", "hidden-m"], ["PIN", "hidden-p"], ["ROOM_PIN", "hidden-r"]] as const) {
    vault.set(name, text)
  }
}

describe("a secret by reference", () => {
  it.effect("is read by the worker that opens; everybody sees the reference, and nobody the text", () =>
    Effect.gen(function*() {
      fill()
      const world = yield* World
      const told = yield* record
      yield* world.foreignRoom(7, { pin: "hidden-r" })
      yield* world.publish(7, { id: 1 })
      yield* start(lobby)
      assert.strictEqual((yield* start(lobby)).outcome, "exists")
      yield* worker("w1")
      const running = yield* until("lobby", "running")
      const [mountpoint] = world.mountpoints()
      assert.strictEqual(mountpoint?.secret, "hidden-m")
      assert.deepStrictEqual(running.spec, lobby)
      const entry = yield* BroadcastRegistry.use((registry) => registry.get("lobby"))
      const plan = yield* (yield* Broadcasts).plan(yield* spec(lobby))
      const seen = JSON.stringify([running, yield* entry.spec, told.events, plan])
      assert.notInclude(seen, "hidden")
      assert.include(seen, "ROOM_PIN")
      yield* (yield* Broadcasts).stop("lobby")
      yield* until("lobby", "stopped")
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(withSecrets)))

  it.effect("that was changed holds from the next opening, without another start", () =>
    Effect.gen(function*() {
      fill()
      const world = yield* World
      yield* world.foreignRoom(7, { pin: "hidden-r" })
      yield* world.publish(7, { id: 1 })
      yield* start(lobby)
      yield* worker("w1")
      yield* until("lobby", "running")
      vault.set("ROOM_PIN", "hidden-new")
      yield* world.kill
      yield* until("lobby", "recovering")
      yield* world.restart
      yield* world.foreignRoom(7, { pin: "hidden-new" })
      yield* world.publish(7, { id: 2 })
      yield* until("lobby", "running")
    }).pipe(Effect.provide(withSecrets)))

  it.effect("that is not there is tried again, and named with its field; it goes on air when it is there", () =>
    Effect.gen(function*() {
      fill()
      vault.delete("PIN")
      const world = yield* World
      yield* world.foreignRoom(7, { pin: "hidden-r" })
      yield* world.publish(7, { id: 1 })
      yield* start(lobby)
      yield* worker("w1")
      yield* pass(3_000)
      const starting = yield* until("lobby", "starting")
      assert.deepInclude(hop(starting, "mountpoint"), {
        status: "bad",
        evidence: "the secret of mountpoint.create.pin cannot be read: it is not there"
      })
      assertLeft(world, { rooms: [7] })
      vault.set("PIN", "hidden-p")
      yield* until("lobby", "running")
    }).pipe(Effect.provide(withSecrets)))

  it.effect("that does not come ends the start with that reason, and leaves nothing", () =>
    Effect.gen(function*() {
      fill()
      vault.delete("ROOM_PIN")
      const world = yield* World
      yield* world.foreignRoom(7, { pin: "hidden-r" })
      yield* start(lobby)
      yield* worker("w1")
      yield* pass(60_000) // eight tries
      const failed = yield* until("lobby", "failed")
      assert.deepStrictEqual(failed.endReason, {
        code: "secret_unavailable",
        message: "the secret of source.room.pin cannot be read: it is not there",
        hop: "publisher",
        fault: "world"
      })
      assertLeft(world, { rooms: [7] })
    }).pipe(Effect.provide(withSecrets)))
})
