import { assert, layer } from "@effect/vitest"
import * as Browser from "@headend/integration/Browser"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect } from "effect"
import * as RealApp from "./support/RealApp.ts"

requires("janus", "chromium", "network")("recovery", () =>
  layer(Browser.layer, { excludeTestServices: true })((it) => {
    it.effect("brings rooms, mountpoints and forwards back when Janus was killed, for a new viewer to decode", () =>
      Effect.gen(function*() {
        const janus = yield* RealJanus.make()
        const browser = yield* Browser.Browser
        const app = yield* RealApp.start({ janus })
        const body = {
          mountpoint: { create: { id: 500, secret: "s3", pin: "see" } },
          source: { kind: "browser_webrtc", room: { id: 600, ifMissing: "create", secret: "rs" } }
        }
        yield* app.call("PUT /v1/broadcasts/phoenix", { body })
        yield* app.until("phoenix", (one) =>
          one.publish.whip !== null)
        yield* browser.publishWhip({ url: `${app.url}/whip/phoenix`, codec: "H264" })
        const before = yield* app.until("phoenix", (one) => one.state === "running")
        yield* janus.kill
        const down = yield* app.until("phoenix", (one) => one.state === "recovering")
        assert.strictEqual(down.health.status, "down")
        assert.strictEqual((yield* app.call("GET /readyz")).status, 503)
        yield* janus.restart
        yield* RealApp.eventually(app.lists.mountpoints, (all) => all.some((one) => one.id === 500))
        yield* RealApp.eventually(app.lists.rooms, (all) => all.some((one) => one.room === 600))
        // the publisher's connection died with Janus: it publishes again
        yield* app.until("phoenix", (one) => one.state === "waiting")
        yield* browser.publishWhip({ url: `${app.url}/whip/phoenix`, codec: "H264" })
        const after = yield* app.until("phoenix", (one) => one.state === "running")
        assert.strictEqual(after.mountpoint?.id, before.mountpoint?.id)
        assert.strictEqual(after.owner?.epoch, before.owner?.epoch)
        assert.isDefined((yield* app.lists.mountpointInfo(500, "s3")).viewers)
        const wrong = yield* Effect.flip(browser.viewWhep({ url: `${app.url}/whep/phoenix`, token: "other" }))
        assert.deepInclude(wrong, { _tag: "Refused", code: 401 })
        const viewer = yield* browser.viewWhep({ url: `${app.url}/whep/phoenix`, token: "see" })
        yield* viewer.awaitPicture()
        yield* app.stop("phoenix")
        assert.deepStrictEqual(yield* app.lists.mountpoints, [])
        assert.deepStrictEqual(yield* app.lists.rooms, [])
      }), 180_000)

    it.effect("notices a frozen Janus, and goes on when it thaws", () =>
      Effect.gen(function*() {
        const janus = yield* RealJanus.make()
        const app = yield* RealApp.start({ janus })
        yield* app.call("PUT /v1/broadcasts/cold", { body: { source: { kind: "browser_webrtc" } } })
        yield* app.until("cold", (one) =>
          one.state === "waiting")
        yield* janus.freeze
        const frozen = yield* RealApp.eventually(app.call("GET /v1/health"), (answer) =>
          answer.text.includes("does not answer"))
        assert.include(frozen.text, "janus")
        yield* app.until("cold", (one) =>
          one.state === "recovering")
        yield* janus.thaw
        yield* app.until("cold", (one) =>
          one.state === "waiting")
        yield* app.stop("cold")
        assert.deepStrictEqual(yield* app.lists.rooms, [])
      }), 120_000)

    it.effect("sweeps what an app left that was killed, and nothing else", () =>
      Effect.gen(function*() {
        const janus = yield* RealJanus.make()
        const browser = yield* Browser.Browser
        const cwd = yield* RealApp.folder
        const first = yield* RealApp.start({ janus, cwd })
        yield* first.lists.createRoom(77, { secret: "theirs", publishers: 3 })
        yield* first.lists.createMountpoint(88)
        yield* browser.publishRoom({ janusUrl: janus.url, room: 77, display: "camera", codec: "H264" })
        yield* first.onAir("orphan", { source: { kind: "videoroom", room: { id: 77, secret: "theirs" } } })
        yield* first.call("PUT /v1/broadcasts/own", {
          body: {
            mountpoint: { create: { secret: "mine", media: [{ type: "video" }] } },
            source: { kind: "browser_webrtc" }
          }
        })
        yield* first.until("own", (one) => one.state === "waiting")
        assert.strictEqual((yield* first.lists.mountpoints).length, 3)
        yield* first.program.kill
        yield* RealApp.start({ janus, cwd })
        yield* RealApp.eventually(first.lists.mountpoints, (all) => all.length === 1)
        yield* RealApp.eventually(first.lists.rooms, (all) => all.length === 1)
        assert.deepStrictEqual((yield* first.lists.mountpoints).map((one) => one.id), [88])
        assert.deepStrictEqual((yield* first.lists.rooms).map((one) => one.room), [77])
        // Janus forgets a session soon after its connection was lost
        yield* RealApp.eventually(first.lists.participants(77), (all) => all.length === 1)
      }), 120_000)
  }))
