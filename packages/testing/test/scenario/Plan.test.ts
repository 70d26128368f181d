import { assert, describe, it } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { spec, station } from "./station.ts"

const plan = (input: unknown) =>
  Effect.gen(function*() {
    const broadcasts = yield* Broadcasts
    return yield* broadcasts.plan(yield* spec(input))
  })
const does = (steps: ReadonlyArray<{ readonly hop: string; readonly does: string }>) =>
  steps.map((step) => `${step.hop}: ${step.does}`)

describe("a plan", () => {
  it.effect("shows each port's part, and touches nothing", () =>
    Effect.gen(function*() {
      const world = yield* World
      const { steps, warnings } = yield* plan({
        id: "lobby",
        mountpoint: { create: { id: 12, media: [{ type: "audio" }, { type: "video" }] } },
        source: { kind: "videoroom", room: { id: 7, ifMissing: "create" }, publisher: { display: "anna" } }
      })
      assert.deepStrictEqual(does(steps), [
        "mountpoint: create mountpoint 12",
        "publisher: create room 7",
        "publisher: join room 7 as a watcher, and wait for anna to send",
        "forwarder: forward anna from room 7"
      ])
      assert.strictEqual(steps[1]?.when, "if the room is missing")
      assert.isString(steps[3]?.when)
      assert.deepStrictEqual(warnings, [])
      assert.deepStrictEqual(world.journal.entries, [])
      assert.deepStrictEqual(world.mountpoints(), [])
    }).pipe(Effect.provide(station)))

  it.effect("says that the mountpoint is made later when its tracks are not known yet", () =>
    Effect.gen(function*() {
      const world = yield* World
      const { steps, warnings } = yield* plan({ id: "stage", source: { kind: "browser_webrtc" } })
      assert.deepStrictEqual(steps.map((step) => step.hop), ["publisher", "publisher", "forwarder"])
      assert.match(steps[0]!.does, /^create room \d+$/)
      assert.isUndefined(steps[0]?.when)
      assert.strictEqual(warnings.length, 1)
      assert.deepStrictEqual(world.journal.entries, [])
    }).pipe(Effect.provide(station)))

  it.effect("finds a mountpoint to adopt, and makes none", () =>
    Effect.gen(function*() {
      const { steps } = yield* plan({
        id: "lobby",
        mountpoint: { adopt: { id: 12, secret: "s" } },
        source: { kind: "videoroom", room: { id: 7 } }
      })
      assert.strictEqual(steps[0]?.does, "find mountpoint 12")
      assert.notInclude(does(steps).join(), "create")
    }).pipe(Effect.provide(station)))

  it.effect("has no steps where the frontend does everything", () =>
    Effect.gen(function*() {
      const { steps } = yield* plan({ id: "studio", source: { kind: "frontend_owned" } })
      assert.deepStrictEqual(steps, [])
    }).pipe(Effect.provide(station)))
})
