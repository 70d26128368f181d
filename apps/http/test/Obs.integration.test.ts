// OBS as a user meets it: over HTTP, with the built app, a real OBS, real RTMP servers, the real Janus and Chromium.
import { assert, layer } from "@effect/vitest"
import type { Snapshot } from "@headend/core/Snapshot"
import * as Browser from "@headend/integration/Browser"
import { freePort } from "@headend/integration/Ports"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import * as RtmpServers from "@headend/integration/RtmpServers"
import { Effect, Exit, Layer, Scope, Stream } from "effect"
import { events, type Sse } from "./support/Call.ts"
import { folder, start } from "./support/RealApp.ts"
import {
  byHand,
  hop,
  key,
  onAir,
  password,
  settings,
  source,
  streams,
  Studio,
  studio,
  theirKey,
  theirs,
  tidy
} from "./support/Studio.ts"

requires("obs", "janus", "chromium", "ffmpeg", "ffprobe", "network", "nginx-rtmp")("OBS over HTTP", () => {
  layer(Layer.mergeAll(RealJanus.layer(), Browser.layer, studio), { excludeTestServices: true, timeout: "90 seconds" })(
    (it) => {
      it.effect(
        "is on air and seen; survives its relay, its OBS and its RTMP server; has its former settings at the end",
        () =>
          Effect.gen(function*() {
            const janus = yield* RealJanus.RealJanus
            const browser = yield* Browser.Browser
            const obs = yield* Studio
            yield* tidy(obs)
            const port = yield* freePort
            const scope = yield* Scope.make()
            yield* Scope.provide(RtmpServers.nodeMediaServer({ port }), scope)
            const rtmp = `rtmp://127.0.0.1:${port}`
            const app = yield* start({ janus, env: { HEADEND_LOG_LEVEL: "all" } })
            const told: Array<Sse> = []
            yield* events(app.url, "/v1/events").pipe(
              Stream.runForEach((event) => Effect.sync(() => void told.push(event))),
              Effect.forkScoped
            )
            const plan = yield* app.call("POST /v1/plan", { body: source(obs, rtmp) })
            assert.include(plan.text, "SetStreamServiceSettings")

            // what cannot be is said at once
            const wrong = yield* app.call("PUT /v1/broadcasts/wrong?wait=running&timeout=60", {
              body: source(obs, rtmp, { password: "no-such-password-1" })
            })
            assert.strictEqual(wrong.status, 422, wrong.text)
            assert.include(wrong.text, "encoder_unauthorized")
            assert.deepStrictEqual(yield* settings(obs), theirs)

            const running = yield* app.onAir("show", source(obs, rtmp))
            assert.strictEqual(running.obs?.version?.split(".")[0], "29")
            const viewer = yield* browser.viewWhep({ url: `${app.url}/whep/show` })
            yield* viewer.awaitPicture()
            const figures = yield* app.until("show", (one) => (one.obs?.bitrateKbps ?? 0) > 0)
            assert.deepStrictEqual(figures.obs?.warnings, [])
            assert.strictEqual(figures.ingest?.publishUrl, `${rtmp}/live/***`)

            // another one for the same OBS, by another name of the machine
            const other = yield* app.call("PUT /v1/broadcasts/other?wait=running&timeout=60", {
              body: source(obs, rtmp, { url: obs.url.replace("127.0.0.1", "localhost"), takeOver: true })
            })
            assert.strictEqual(other.status, 422, other.text)
            assert.include(other.text, "encoder_busy")
            yield* viewer.awaitPicture()

            // a relay that is killed is another relay of the same stream
            const started = yield* byHand(obs, (socket) => socket.request("GetStreamStatus"))
            yield* Effect.sync(() => process.kill(running.relay!.pid!, "SIGKILL"))
            yield* app.until("show", (one) => onAir(one) && one.relay?.pid !== running.relay?.pid)
            const after = yield* byHand(obs, (socket) => socket.request("GetStreamStatus"))
            assert.isAbove(after.outputDuration, started.outputDuration)

            // killed while live: on air again by itself once OBS is there again
            yield* obs.kill
            const lost = yield* app.until(
              "show",
              (one) => String(hop(one, "encoder")?.evidence).includes("out of reach")
            )
            assert.strictEqual(hop(lost, "encoder")?.status, "bad")
            yield* obs.restart
            yield* app.until("show", onAir)
            yield* viewer.awaitPicture(30_000)

            // the RTMP server dies: OBS connects again by itself, and is left to it
            yield* Scope.close(scope, Exit.void)
            const alone = yield* app.until("show", (one) => one.obs?.reconnecting === true)
            assert.notInclude(["running", "failed"], alone.state)
            yield* RtmpServers.nodeMediaServer({ port })
            yield* app.until("show", onAir)
            yield* viewer.awaitPicture(30_000)
            assert.isTrue(yield* obs.isRunning)

            const stopped = yield* app.stop("show")
            assert.strictEqual(stopped.state, "stopped", JSON.stringify(stopped))
            assert.deepStrictEqual(stopped.leftBehind, [])
            assert.isFalse(yield* streams(obs))
            assert.deepStrictEqual(yield* settings(obs), theirs)
            assert.isTrue(yield* obs.isRunning)
            assert.deepStrictEqual(yield* app.lists.mountpoints, [])

            // secrets are where they must be, and nowhere else
            const said = [
              plan.text,
              wrong.text,
              other.text,
              JSON.stringify(told),
              JSON.stringify([running, figures, lost, alone, stopped]),
              (yield* app.call("GET /v1/broadcasts")).text,
              (yield* app.call("GET /v1/broadcasts/show/logs")).text,
              (yield* app.call("GET /metrics")).text,
              (yield* app.call("GET /v1/health")).text,
              (yield* app.program.tail).join("\n")
            ]
            assert.isAbove(told.length, 10)
            for (const secret of [password, key, theirKey, "no-such-password-1"]) {
              assert.deepStrictEqual(said.filter((text) => text.includes(secret)), [], secret)
            }
          }),
        300_000
      )

      it.effect(
        "a worker that is killed, or told to end, leaves OBS streaming; the next one takes it as it is",
        () =>
          Effect.gen(function*() {
            const janus = yield* RealJanus.RealJanus
            const browser = yield* Browser.Browser
            const obs = yield* Studio
            yield* tidy(obs)
            const rtmp = yield* RtmpServers.nodeMediaServer()
            const next = {
              janus,
              cwd: yield* folder,
              env: { HEADEND_FLEET_PROFILE: "fast", HEADEND_REGISTRY: "sqlite" }
            }
            const sent = byHand(
              obs,
              (socket) => Effect.map(socket.request("GetStreamStatus"), ({ outputDuration }) => outputDuration)
            )
            const first = yield* start(next)
            /** By a relay that is another than before: what the file keeps says that it is on air, too. */
            const onAirAgain = (app: typeof first, than: Snapshot) =>
              app.until("show", (one) =>
                onAir(one) && one.owner !== null && one.owner.epoch > than.owner!.epoch
                && typeof one.relay?.pid === "number" && one.relay.pid !== than.relay?.pid)
            const began = yield* first.onAir("show", source(obs, rtmp.url))
            const before = yield* sent
            yield* first.program.kill
            const second = yield* start(next)
            const adopted = yield* onAirAgain(second, began)
            assert.isAbove(yield* sent, before)
            yield* second.program.terminate(20_000)
            assert.isTrue(yield* streams(obs))
            const third = yield* start(next)
            yield* onAirAgain(third, adopted)
            assert.isAbove(yield* sent, before)
            const viewer = yield* browser.viewWhep({ url: `${third.url}/whep/show` })
            yield* viewer.awaitPicture()
            assert.strictEqual((yield* third.stop("show")).state, "stopped")
            assert.isFalse(yield* streams(obs))
            assert.deepStrictEqual(yield* settings(obs), theirs)
          }),
        180_000
      )
    }
  )
})
