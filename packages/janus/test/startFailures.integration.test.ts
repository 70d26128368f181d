import { assert, layer } from "@effect/vitest"
import { ServerUnavailable, Unauthorized } from "@headend/core/Failure"
import * as Browser from "@headend/integration/Browser"
import * as JanusLists from "@headend/integration/JanusLists"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Faults } from "@headend/testing/Faults"
import { Effect } from "effect"
import * as Managed from "./support/managed.ts"

const theirs = 700
const ours = 701
/** A refusal ends the start; a lost answer is asked again, and the stop that comes then undoes what was made twice. */
const errors = {
  fail: new Unauthorized({ server: "janus", reason: "the test says no" }),
  lose: new ServerUnavailable({ server: "janus", reason: "the test loses the answer" })
}

/** Every step of a start that makes something, each refused, and each carried out without its answer. */
const steps = [
  { call: "rooms.ensure", modes: ["fail", "lose"] },
  { call: "rooms.watch", modes: ["fail"] },
  { call: "mountpoints.ensure", modes: ["fail", "lose"] },
  { call: "forwarders.ensure", modes: ["fail", "lose"] }
] as const

requires("janus", "chromium", "network")(
  "a start on the real Janus that fails",
  () =>
    layer(Browser.layer, { excludeTestServices: true })((it) => {
      it.effect("at each of its steps in turn leaves nothing, and what is foreign as it was", () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.make()
          const browser = yield* Browser.Browser
          const lists = JanusLists.make(janus)
          yield* lists.createRoom(theirs, { videocodec: "h264", audiocodec: "opus" })
          yield* lists.createMountpoint(88, { secret: "x" })
          yield* browser.publishRoom({ janusUrl: janus.url, room: theirs, display: "camera", codec: "H264" })
          const faults = new Faults()
          yield* Effect.gen(function*() {
            yield* Managed.worker("w1")
            let n = 0
            for (const { call, modes } of steps) {
              for (const mode of modes) {
                const id = `b${n++}`
                faults[mode](call, errors[mode])
                const room = call === "forwarders.ensure" ? { id: theirs } : { id: ours, ifMissing: "create" }
                const { run } = yield* Managed.start({
                  id,
                  mountpoint: { create: { secret: "own", media: [{ type: "audio" }, { type: "video" }] } },
                  source: { kind: "videoroom", room }
                })
                if (mode === "lose") {
                  yield* Managed.until(id, run, (one) =>
                    one.state === "waiting" || one.state === "running")
                  yield* Managed.stop(id)
                }
                const ended = yield* Managed.until(id, run, () => false)
                assert.strictEqual(
                  ended.endReason?.code,
                  mode === "lose" ? "stopped" : "unauthorized",
                  `${call} ${mode}`
                )
                assert.strictEqual(ended.state, mode === "lose" ? "stopped" : "failed")
                assert.deepStrictEqual(ended.leftBehind, [])
                assert.deepStrictEqual((yield* lists.mountpoints).map((one) => one.id), [88], `${call} ${mode}`)
                assert.deepStrictEqual((yield* lists.rooms).map((one) => one.room), [theirs], `${call} ${mode}`)
                assert.deepStrictEqual(yield* lists.forwarders(theirs), [], `${call} ${mode}`)
                assert.strictEqual((yield* lists.participants(theirs)).length, 1, `${call} ${mode}`)
              }
            }
          }).pipe(Effect.provide(Managed.station(janus, faults)))
        }), 240_000)

      it.effect("because an id is taken, or a key is wrong, says so and touches nothing", () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.make()
          const lists = JanusLists.make(janus)
          yield* lists.createRoom(theirs, { secret: "s" })
          yield* lists.createMountpoint(88, { secret: "x" })
          const source = { kind: "videoroom", room: { id: theirs, secret: "s" } }
          yield* Effect.gen(function*() {
            yield* Managed.worker("w1")
            const taken = yield* Managed.start({
              id: "taken",
              mountpoint: { create: { id: 88, media: [{ type: "video" }] } },
              source
            })
            const refused = yield* Managed.until("taken", taken.run, () =>
              false)
            assert.strictEqual(refused.endReason?.code, "mountpoint_taken")
            const missing = yield* Managed.start({ id: "missing", source: { ...source, room: { id: 999 } } })
            const absent = yield* Managed.until("missing", missing.run, () =>
              false)
            assert.strictEqual(absent.endReason?.code, "room_missing")
          }).pipe(Effect.provide(Managed.station(janus, new Faults())))
          yield* Effect.gen(function*() {
            yield* Managed.worker("w1")
            const { run } = yield* Managed.start({ id: "keyless", source: { kind: "browser_webrtc" } })
            const failed = yield* Managed.until("keyless", run, () => false)
            assert.strictEqual(failed.state, "failed")
            assert.strictEqual(failed.endReason?.code, "unauthorized")
            assert.strictEqual(failed.endReason?.fault, "caller")
          }).pipe(Effect.provide(Managed.station({ ...janus, videoroomAdminKey: "wrong" }, new Faults())))
          assert.deepStrictEqual((yield* lists.mountpoints).map((one) => one.id), [88])
          assert.deepStrictEqual((yield* lists.rooms).map((one) => one.room), [theirs])
        }), 240_000)
    })
)
