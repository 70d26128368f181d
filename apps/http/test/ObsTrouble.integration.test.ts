// OBS as a user meets it: over HTTP, with the built app, a real OBS, real RTMP servers, the real Janus and Chromium.
import { assert, layer } from "@effect/vitest"
import * as Browser from "@headend/integration/Browser"
import { freePort } from "@headend/integration/Ports"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import * as RtmpServers from "@headend/integration/RtmpServers"
import { Effect, Layer } from "effect"
import { eventually, start } from "./support/RealApp.ts"
import { byHand, hop, key, settings, source, streams, Studio, studio, theirs, tidy } from "./support/Studio.ts"

requires("obs", "janus", "chromium", "ffmpeg", "ffprobe", "network", "nginx-rtmp")("OBS in trouble", () => {
  layer(Layer.mergeAll(RealJanus.layer(), Browser.layer, studio), { excludeTestServices: true, timeout: "90 seconds" })(
    (it) => {
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
                const answer = yield* app.call("PUT /v1/broadcasts/show?wait=running&timeout=120", { body })
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
            const waits = yield* app.until("show", (one) =>
              String(hop(one, "encoder")?.evidence).includes("nobody listens there"))
            assert.strictEqual(hop(waits, "encoder")?.status, "bad")
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
            yield* eventually(streams(obs), (is) =>
              is)
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
            yield* app.until("show", (one) => String(hop(one, "relay")?.evidence).includes("B-frames"))
            yield* app.until("show", (one) =>
              /B-frames: 2.*keyframe every 3 s/.test(String(hop(one, "encoder")?.evidence)))
            const planned = yield* app.call("POST /v1/plan", { body: source(obs, nginx.url) })
            assert.include(planned.text, "B-frames: 2")
            yield* app.stop("show")
            yield* x264("keyint=30 bframes=0 tune=zerolatency")

            // it accepts and never answers
            const mute = yield* RtmpServers.silent
            yield* app.call("PUT /v1/broadcasts/show", { body: source(obs, mute.url) })
            const hangs = yield* app.until("show", (one) =>
              String(hop(one, "ingest")?.evidence).includes("never answers"))
            assert.strictEqual(hop(hangs, "ingest")?.status, "bad")
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
