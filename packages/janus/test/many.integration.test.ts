import { assert, layer } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import * as Browser from "@headend/integration/Browser"
import * as JanusLists from "@headend/integration/JanusLists"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Faults } from "@headend/testing/Faults"
import { Effect, Schedule } from "effect"
import * as Managed from "./support/managed.ts"

const count = 1000

requires("janus", "chromium", "network")(
  "many broadcasts on the real Janus",
  () =>
    layer(Browser.layer, { excludeTestServices: true })((it) => {
      it.effect("a thousand are started, listed, brought back by a new Janus, and stopped with nothing left", () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.make({ rtpPorts: 4000 })
          const lists = JanusLists.make(janus)
          yield* Effect.gen(function*() {
            const broadcasts = yield* Broadcasts
            yield* Managed.worker("w1")
            const ids = Array.from({ length: count }, (_, n) =>
              `b${String(n).padStart(4, "0")}`)
            const started = yield* Effect.timed(Effect.forEach(ids, (id) =>
              Effect.flatMap(
                Managed.start({
                  id,
                  labels: { lot: "thousand" },
                  mountpoint: { create: { media: [{ type: "audio" }, { type: "video" }] } },
                  source: { kind: "browser_webrtc" }
                }),
                ({ run }) => Managed.until(id, run, (one) => one.mountpoint !== null)
              ), { concurrency: 64 }))
            assert.isTrue(started[1].every((one) => one.mountpoint !== null), "every one has its mountpoint")
            const page = yield* broadcasts.list({ label: ["lot", "thousand"], limit: 500 })
            const second = yield* broadcasts.list({ label: ["lot", "thousand"], limit: 500, cursor: page.next! })
            assert.deepStrictEqual([...page.items, ...second.items].map((one) => one.id), ids)
            assert.isNull(second.next)
            assert.strictEqual((yield* lists.mountpoints).length, count)
            assert.strictEqual((yield* lists.rooms).length, count)

            yield* janus.kill
            yield* janus.restart
            // which of the two is last is for the source to say
            const back = yield* Effect.timed(Effect.repeat(Effect.all([lists.mountpoints, lists.rooms]), {
              until: (both) => both.every((all) => all.length === count),
              schedule: Schedule.spaced("50 millis")
            }))

            const stopped = yield* Effect.timed(Effect.gen(function*() {
              assert.lengthOf(yield* broadcasts.stopAll({ label: ["lot", "thousand"] }), count)
              return yield* Effect.forEach(ids, (id) => Managed.until(id, 1, () => false), { concurrency: 64 })
            }))
            assert.isTrue(stopped[1].every((one) => one.state === "stopped" && one.leftBehind.length === 0))
            console.log(`${count} broadcasts: start ${started[0]}, back after a kill ${back[0]}, stop ${stopped[0]}`)
          }).pipe(Effect.provide(Managed.station(janus, new Faults())))
          assert.deepStrictEqual(yield* lists.mountpoints, [])
          assert.deepStrictEqual(yield* lists.rooms, [])
        }), 480_000)
    })
)
