import { assert, layer } from "@effect/vitest"
import * as Browser from "@headend/integration/Browser"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect } from "effect"
import * as RealApp from "./support/RealApp.ts"

requires("janus", "chromium", "network")(
  "what a reader found, on the real Janus",
  () =>
    layer(Browser.layer, { excludeTestServices: true })((it) => {
      it.effect("a room made with a pin in its specification is published into, and goes with its broadcast", () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.make()
          const browser = yield* Browser.Browser
          const app = yield* RealApp.start({ janus })
          const room = { id: 7101, ifMissing: "create", spec: { pin: "b" } }
          yield* app.call("PUT /v1/broadcasts/pinned", { body: { source: { kind: "browser_webrtc", room } } })
          yield* app.until("pinned", (one) =>
            one.publish.whip !== null)
          yield* browser.publishWhip({ url: `${app.url}/whip/pinned`, codec: "H264" })
          yield* app.until("pinned", (one) => one.state === "running")
          const stopped = yield* app.stop("pinned")
          assert.deepStrictEqual(stopped.leftBehind, [])
          assert.deepStrictEqual(yield* app.lists.mountpoints, [])
          assert.deepStrictEqual(yield* app.lists.rooms, [])
        }), 120_000)

      it.effect("an id that is taken, or that Janus can never take, ends the broadcast at once", () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.make()
          const app = yield* RealApp.start({ janus })
          yield* app.lists.createMountpoint(777)
          const ask = (name: string, id: number | string, more: object = {}) =>
            app.call(`PUT /v1/broadcasts/${name}?wait=running&timeout=60`, {
              body: { mountpoint: { create: { id, ...more } }, source: { kind: "browser_webrtc" } }
            })
          const taken = yield* ask("taken", 777)
          assert.strictEqual(taken.status, 422)
          assert.include(taken.text, "mountpoint_taken")
          const invalid = yield* ask("invalid", "a-string", { media: [{ type: "video" }] })
          assert.strictEqual(invalid.status, 422)
          assert.include(invalid.text, "mountpoint_invalid")
          assert.deepStrictEqual(
            (yield* app.lists.mountpoints).map((one) =>
              one.id
            ),
            [777]
          )
          assert.deepStrictEqual(yield* app.lists.rooms, [])
        }), 120_000)

      it.effect("a publisher who comes while its broadcast is stopped leaves no room behind", () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.make()
          const browser = yield* Browser.Browser
          const app = yield* RealApp.start({ janus })
          for (let n = 0; n < 8; n++) {
            const id = `race${n}`
            yield* app.call(`PUT /v1/broadcasts/${id}`, { body: { source: { kind: "browser_webrtc" } } })
            yield* app.until(id, (one) =>
              one.publish.whip !== null)
            yield* Effect.all([
              Effect.ignore(Effect.scoped(browser.publishWhip({ url: `${app.url}/whip/${id}`, codec: "H264" }))),
              Effect.delay(app.stop(id), 20 * n)
            ], { concurrency: 2 })
            const stopped = yield* app.until(id, (one) =>
              one.state === "stopped")
            assert.deepStrictEqual(stopped.leftBehind, [], id)
          }
          assert.deepStrictEqual(yield* app.lists.mountpoints, [])
          assert.deepStrictEqual(yield* app.lists.rooms, [])
        }), 300_000)
    })
)
