import { assert, layer } from "@effect/vitest"
import * as Browser from "@headend/integration/Browser"
import * as JanusLists from "@headend/integration/JanusLists"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect } from "effect"
import * as RealApp from "./support/RealApp.ts"

const room = 1234
const spec = { source: { kind: "videoroom", room: { id: room, secret: "theirs" }, publisher: "any" } }

/** A room of somebody else's, with a browser that publishes there by Janus' own API. */
const studio = Effect.gen(function*() {
  const janus = yield* RealJanus.make()
  const browser = yield* Browser.Browser
  const lists = JanusLists.make(janus)
  yield* lists.createRoom(room, { videocodec: "h264,vp8", audiocodec: "opus", secret: "theirs", publishers: 6 })
  const publish = (display: string) => browser.publishRoom({ janusUrl: janus.url, room, display, codec: "H264" })
  return { janus, browser, lists, publish, app: yield* RealApp.start({ janus }) }
})

requires("janus", "chromium", "network")(
  "a broadcast from a room that is somebody else's",
  () =>
    layer(Browser.layer, { excludeTestServices: true })((it) => {
      it.effect("is seen and heard by a viewer, also by one who comes ten seconds later", () =>
        Effect.gen(function*() {
          const { app, browser, publish } = yield* studio
          yield* publish("camera")
          const running = yield* app.onAir("lobby", spec)
          assert.strictEqual(running.state, "running")
          assert.strictEqual(running.mountpoint?.media.length, 2)
          const first = yield* browser.viewWhep({ url: `${app.url}/whep/lobby` })
          yield* first.awaitPicture()
          yield* first.awaitSound()
          yield* Effect.sleep("10 seconds")
          const late = yield* browser.viewWhep({ url: `${app.url}/whep/lobby` })
          const millis = yield* late.firstFrame
          yield* late.awaitPicture()
          console.log(`first frame of a viewer who came 10 s later: ${millis.toFixed(0)} ms (target 1000)`)
          assert.isBelow(millis, 30_000)
          yield* app.stop("lobby")
        }), 120_000)

      it.effect("comes back to a viewer who stayed when the publisher returns under another id", () =>
        Effect.gen(function*() {
          const { app, browser, publish } = yield* studio
          const before = yield* publish("camera")
          yield* app.onAir("lobby", spec)
          const viewer = yield* browser.viewWhep({ url: `${app.url}/whep/lobby` })
          yield* viewer.awaitPicture()
          yield* before.leave
          const waiting = yield* app.until("lobby", (one) =>
            one.state === "waiting")
          assert.strictEqual(waiting.health.hops.find((hop) => hop.hop === "publisher")?.status, "waiting")
          assert.deepStrictEqual(waiting.forwarders, [])
          const after = yield* publish("camera")
          assert.notStrictEqual(after.id, before.id)
          const back = yield* app.until("lobby", (one) => one.state === "running")
          assert.strictEqual(back.mountpoint?.id, waiting.mountpoint?.id)
          yield* viewer.awaitPicture()
          yield* app.stop("lobby")
        }), 120_000)

      it.effect("leaves nothing of ours when it is stopped, and nothing of theirs is touched", () =>
        Effect.gen(function*() {
          const { app, lists, publish } = yield* studio
          yield* lists.createRoom(77, { secret: "x", is_private: true })
          yield* lists.createMountpoint(88, { secret: "y", is_private: true })
          yield* publish("camera")
          yield* app.onAir("plain", spec)
          yield* app.onAir("secret", {
            ...spec,
            mountpoint: { create: { id: 99, secret: "ours", pin: "see", private: true } }
          })
          yield* app.call("PUT /v1/broadcasts/mine", { body: { source: { kind: "browser_webrtc" } } })
          yield* app.until("mine", (one) =>
            one.state === "waiting")
          assert.strictEqual((yield* lists.mountpoints).length, 3)
          assert.strictEqual((yield* lists.rooms).length, 3)
          assert.strictEqual((yield* lists.forwarders(room, "theirs")).length, 4)
          for (const id of ["plain", "secret", "mine"]) {
            const stopped = yield* app.stop(id)
            assert.strictEqual(stopped.state, "stopped")
            assert.deepStrictEqual(stopped.leftBehind, [])
          }
          assert.deepStrictEqual(
            (yield* lists.mountpoints).map((one) =>
              one.id
            ),
            [88]
          )
          assert.deepStrictEqual(
            (yield* lists.rooms).map((one) =>
              one.room
            ).toSorted(),
            [room, 77].toSorted()
          )
          assert.deepStrictEqual(yield* lists.forwarders(room, "theirs"), [])
          // those who watched it leave as they are told to
          yield* RealApp.eventually(lists.participants(room), (all) => all.length === 1)
        }), 120_000)
    })
)
