// OBS as a user meets it: over HTTP, with the built app, a real OBS, real RTMP servers, the real Janus and Chromium.
import { assert, layer } from "@effect/vitest"
import type { Snapshot } from "@headend/core/Snapshot"
import * as Browser from "@headend/integration/Browser"
import { freePort } from "@headend/integration/Ports"
import * as RealJanus from "@headend/integration/RealJanus"
import * as RealObs from "@headend/integration/RealObs"
import { requires } from "@headend/integration/Requires"
import * as RtmpServers from "@headend/integration/RtmpServers"
import { connect, type ObsSocket } from "@headend/obs/ObsSocket"
import { Context, Effect, Exit, Layer, Redacted, Scope, Stream } from "effect"
import { events, type Sse } from "./support/Call.ts"
import { eventually, folder, start } from "./support/RealApp.ts"

class Studio extends Context.Service<Studio, RealObs.RunningObs>()("test/Studio") {}

const password = "websocket-password-1"
const key = "stream-key-secret-1"
const theirKey = "their-own-key-secret"

const theirs = {
  streamServiceType: "rtmp_custom",
  streamServiceSettings: { server: "rtmp://127.0.0.1:1/theirs", key: theirKey, use_auth: false }
}

/** Somebody who sits at the OBS does something with it. */
const byHand = <A, E>(obs: RealObs.RunningObs, use: (socket: ObsSocket) => Effect.Effect<A, E>) =>
  connect({ url: obs.url, password: Redacted.make(obs.password) }).pipe(
    Effect.flatMap(use),
    Effect.scoped,
    Effect.orDie
  )

const settings = (obs: RealObs.RunningObs) => byHand(obs, (socket) => socket.request("GetStreamServiceSettings"))
const streams = (obs: RealObs.RunningObs) =>
  byHand(obs, (socket) => Effect.map(socket.request("GetStreamStatus"), (status) => status.outputActive))

/** The OBS as its owner left it: idle, with settings of their own. */
const tidy = (obs: RealObs.RunningObs) =>
  byHand(obs, (socket) =>
    Effect.andThen(
      socket.request("SetStreamServiceSettings", {
        streamServiceType: "rtmp_common",
        streamServiceSettings: { key: "" }
      }),
      socket.request("SetStreamServiceSettings", theirs)
    ))

const source = (obs: RealObs.RunningObs, rtmpUrl: string, more: object = {}) => ({
  source: {
    kind: "obs",
    obs: { url: obs.url, password, ...more },
    ingest: { rtmpUrl, app: "live", streamKey: key },
    relay: { kind: "ffmpeg", restart: { first: "200 millis", factor: 1.5, cap: "1 second" } }
  }
})

const hop = (snapshot: Snapshot, name: string) => snapshot.health.hops.find((one) => one.hop === name)
const onAir = ({ state }: Snapshot) => state === "running"

const studio = Layer.effect(Studio, RealObs.make({ password }))

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
            const wrong = yield* app.call("PUT /v1/broadcasts/wrong?wait=running&timeout=30", {
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
            const other = yield* app.call("PUT /v1/broadcasts/other?wait=running&timeout=30", {
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
            const lost = yield* app.until("show", (one) => hop(one, "encoder")?.status === "bad")
            assert.include(String(hop(lost, "encoder")?.evidence), "out of reach")
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
        "says of each failure what it is, at its hop, and leaves OBS alive and as it was",
        () =>
          Effect.gen(function*() {
            const janus = yield* RealJanus.RealJanus
            const obs = yield* Studio
            yield* tidy(obs)
            const nginx = yield* RtmpServers.nginx
            const app = yield* start({ janus })
            const free = yield* freePort
            const isAsBefore = Effect.gen(function*() {
              assert.isTrue(yield* obs.isRunning)
              assert.isFalse(yield* streams(obs))
              assert.deepStrictEqual(yield* settings(obs), theirs)
            })
            const fails = Effect.fnUntraced(
              function*(body: object, status: number, code: string, at: "encoder" | "ingest") {
                const answer = yield* app.call("PUT /v1/broadcasts/show?wait=running&timeout=60", { body })
                assert.strictEqual(answer.status, status, answer.text)
                const failed = yield* app.until("show", (one) => one.state === "failed")
                assert.deepInclude(failed.endReason, { code, hop: at }, answer.text)
                return failed
              }
            )
            const at = (app: string) => ({
              source: {
                ...source(obs, nginx.url).source,
                ingest: { rtmpUrl: nginx.url, app, streamKey: key }
              }
            })

            yield* fails(at("closed"), 502, "ingest_denied", "ingest")
            yield* isAsBefore
            yield* fails(source(obs, `rtmp://127.0.0.1:${free}`), 502, "ingest_unreachable", "ingest")
            yield* isAsBefore

            // nobody there: waited for, and told
            const nobody = yield* app.call("PUT /v1/broadcasts/show?wait=running&timeout=2", {
              body: source({ ...obs, url: `ws://127.0.0.1:${free}` }, nginx.url)
            })
            assert.strictEqual(nobody.status, 202, nobody.text)
            const waits = yield* app.until("show", (one) => hop(one, "encoder")?.status === "bad")
            assert.include(String(hop(waits, "encoder")?.evidence), "nobody listens there")
            assert.strictEqual((yield* app.stop("show")).state, "stopped")

            // it streams already, for somebody else
            yield* byHand(obs, (socket) =>
              Effect.andThen(
                socket.request("SetStreamServiceSettings", {
                  streamServiceType: "rtmp_custom",
                  streamServiceSettings: { server: `${nginx.url}/live`, key: "theirs-live", use_auth: false }
                }),
                socket.request("StartStream")
              ))
            yield* eventually(streams(obs), (is) => is)
            yield* fails(source(obs, nginx.url), 422, "encoder_streaming", "encoder")
            assert.isTrue(yield* streams(obs))
            const taken = yield* app.onAir("show", source(obs, nginx.url, { takeOver: true }))
            assert.strictEqual(taken.state, "running")
            yield* app.stop("show")
            assert.isFalse(yield* streams(obs))
            yield* tidy(obs)

            // what does not suit browsers is said, by what OBS is set to and by what arrives
            const x264 = (value: string) =>
              byHand(obs, (socket) =>
                socket.call("SetProfileParameter", {
                  parameterCategory: "SimpleOutput",
                  parameterName: "x264Settings",
                  parameterValue: value
                }))
            yield* x264("keyint=90 bframes=2")
            yield* app.onAir("show", source(obs, nginx.url))
            const warned = yield* app.until("show", (one) => String(hop(one, "relay")?.evidence).includes("B-frames"))
            assert.match(String(hop(warned, "encoder")?.evidence), /B-frames: 2.*keyframe every 3 s/)
            const planned = yield* app.call("POST /v1/plan", { body: source(obs, nginx.url) })
            assert.include(planned.text, "B-frames: 2")
            yield* app.stop("show")
            yield* x264("keyint=30 bframes=0 tune=zerolatency")

            // it accepts and never answers
            const mute = yield* RtmpServers.silent
            yield* app.call("PUT /v1/broadcasts/show", { body: source(obs, mute.url) })
            const hangs = yield* app.until("show", (one) => hop(one, "ingest")?.status === "bad")
            assert.include(String(hop(hangs, "ingest")?.evidence), "never answers")
            assert.isTrue(yield* obs.isRunning)
            yield* mute.close
            yield* app.stop("show")
            yield* isAsBefore
            yield* app.onAir("show", source(obs, nginx.url))
            yield* app.stop("show")
            yield* isAsBefore
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
            yield* first.onAir("show", source(obs, rtmp.url))
            yield* Effect.sleep("1 second")
            const before = yield* sent
            yield* first.program.kill
            const second = yield* start(next)
            const adopted = yield* second.until("show", (one) => onAir(one) && (one.owner?.epoch ?? 0) > 1)
            assert.isAbove(yield* sent, before)
            yield* second.program.terminate(20_000)
            assert.isTrue(yield* streams(obs))
            const third = yield* start(next)
            yield* third.until("show", (one) => onAir(one) && (one.owner?.epoch ?? 0) > (adopted.owner?.epoch ?? 0))
            assert.isAbove(yield* sent, before)
            const viewer = yield* browser.viewWhep({ url: `${third.url}/whep/show` })
            yield* viewer.awaitPicture()
            assert.strictEqual((yield* third.stop("show")).state, "stopped")
            assert.isFalse(yield* streams(obs))
            assert.deepStrictEqual(yield* settings(obs), theirs)
          }),
        180_000
      )

      it.effect(
        "ten broadcasts that start and stop at once leave one OBS alive, and as it was",
        () =>
          Effect.gen(function*() {
            const obs = yield* Studio
            yield* tidy(obs)
            const nginx = yield* RtmpServers.nginx
            const app = yield* start({ janus: yield* RealJanus.RealJanus })
            const pid = yield* obs.pid
            const ids = Array.from({ length: 10 }, (_, i) => `show-${i}`)
            const all = { concurrency: "unbounded" } as const
            for (const pause of [0, 150, 400, 2_000]) {
              yield* Effect.forEach(
                ids,
                (id) => app.call(`PUT /v1/broadcasts/${id}`, { body: source(obs, nginx.url, { takeOver: true }) }),
                all
              )
              yield* Effect.sleep(pause)
              yield* Effect.forEach(ids, (id) => app.call(`DELETE /v1/broadcasts/${id}`), all)
              const ended = yield* Effect.forEach(
                ids,
                (id) => app.until(id, (one) => one.state === "stopped" || one.state === "failed"),
                all
              )
              for (const { endReason, leftBehind } of ended) {
                assert.include(["stopped", "cancelled", "encoder_busy"], endReason?.code, JSON.stringify(endReason))
                assert.deepStrictEqual(leftBehind, [])
              }
              assert.isTrue(yield* obs.isRunning)
              assert.strictEqual(yield* obs.pid, pid)
              assert.isFalse(yield* streams(obs))
              assert.deepStrictEqual(yield* settings(obs), theirs)
            }
          }),
        300_000
      )
    }
  )
})
