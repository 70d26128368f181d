// Relays as a user meets them: over HTTP and on the page, with the built app, the real Janus, FFmpeg and Chromium.
import { assert, layer } from "@effect/vitest"
import type { Figures } from "@headend/api/Events"
import type { Plan } from "@headend/core/Plan"
import type { RelayRun } from "@headend/core/Relays"
import * as Browser from "@headend/integration/Browser"
import { attempt } from "@headend/integration/BrowserPage"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect, Layer, Stream } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { events } from "./support/Call.ts"
import { eventually, start } from "./support/RealApp.ts"

const pattern = { source: { kind: "test_pattern", width: 320, height: 180, fps: 25 } }
/** It runs; one that has ended and waits for its parent to ask is dead. */
const lives = (pid: number) =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"))

/** In the page: its picture moves, muted. */
const pictureOn = (id: string) =>
  `(() => {
    const video = document.querySelector("[data-broadcast='${id}'] video")
    return video !== null && video.muted && video.getVideoPlaybackQuality().totalVideoFrames > 20
  })()`

const refused: ReadonlyArray<readonly [string, object, string]> = [
  ["a local file", { kind: "pull", url: "file:///etc/passwd" }, "source.url"],
  ["a protocol of FFmpeg's own", { kind: "pull", url: "concat:/etc/passwd" }, "source.url"],
  ["a metadata address", { kind: "rtmp_external", inputUrl: "rtmp://169.254.169.254/a/b" }, "source.inputUrl"],
  ["the same in decimal", { kind: "rtmp_external", inputUrl: "rtmp://2852039166/a/b" }, "source.inputUrl"],
  ["a host like an option", { kind: "rtmp_external", inputUrl: "rtmp://-i/a/b" }, "source.inputUrl"],
  [
    "an ingest like an option",
    { kind: "rtmp_external", ingest: { rtmpUrl: "rtmp://-i", app: "a", streamKey: "b" } },
    "source.ingest.rtmpUrl"
  ],
  ["a newline", { kind: "rtsp_camera", camera: { url: "rtsp://127.0.0.1/a\nb" } }, "source.camera.url"],
  ["a newline in a user", {
    kind: "rtsp_camera",
    camera: { url: "rtsp://127.0.0.1/a", username: "a\nb" }
  }, "source.camera.username"],
  ["another scheme", { kind: "rtsp_camera", camera: { url: "http://127.0.0.1/a" } }, "source.camera.url"],
  ["an SRT listener", { kind: "pull", url: "srt://127.0.0.1:9000?mode=listener" }, "source.url"],
  ["a pipeline", { kind: "test_pattern", relay: { kind: "gstreamer", pipeline: ["fakesrc"] } }, "source.relay.pipeline"]
]

requires("janus", "chromium", "ffmpeg", "ffprobe", "network")("relays over HTTP", () => {
  layer(Layer.mergeAll(RealJanus.layer(), Browser.layer), { excludeTestServices: true, timeout: "60 seconds" })(
    (it) => {
      it.effect(
        "a test pattern is on air, with figures and logs; restarted, killed, and gone with the worker",
        () =>
          Effect.gen(function*() {
            const app = yield* start({ janus: yield* RealJanus.RealJanus })
            const browser = yield* Browser.Browser
            const running = yield* app.onAir("tv", pattern)
            const { pid } = running.relay!
            assert.isTrue(lives(pid!))
            // the rate of the picture, too
            yield* app.until("tv", ({ relay }) =>
              (relay?.progress?.["fps"] ?? 0) > 20 && (relay?.progress?.["bitrateKbps"] ?? 0) > 200)

            const frames = yield* events(app.url, "/v1/broadcasts/tv/events?figures=true").pipe(
              Stream.filter(({ event }) =>
                event === "figures"
              ),
              Stream.map(({ data }) => (data as Figures).items[0]!.progress["frames"]!),
              // a machine that has much to do may have made none in a second
              Stream.changes,
              Stream.take(3),
              Stream.runCollect,
              Effect.scoped
            )
            assert.deepStrictEqual(frames, frames.toSorted((a, b) => a - b), "they advance")
            const metrics = (yield* app.call("GET /metrics")).text
            assert.match(metrics, /^headend_relay_fps\{broadcast="tv",kind="ffmpeg"\} [1-9]/m)
            assert.match(metrics, /^headend_relay_bitrate_bits_per_second\{broadcast="tv",kind="ffmpeg"\} \d{4,}/m)
            assert.match(metrics, /^headend_relay_restarts\{broadcast="tv",kind="ffmpeg"\} 0$/m)

            // the only picture on the page is shown without a click, muted
            const page = yield* browser.open(app.url)
            const looks = attempt("look at the picture", () => page.evaluate<boolean>(pictureOn("tv")))
            yield* eventually(looks, (is) => is)

            yield* app.call("POST /v1/broadcasts/tv/restart")
            const second = yield* app.until("tv", (one) =>
              one.state === "running" && one.relay!.progress !== null && one.relay!.pid !== pid)
            yield* eventually(
              Effect.sync(() =>
                lives(pid!)
              ),
              (is) => !is
            )
            yield* Effect.sync(() => process.kill(second.relay!.pid!, "SIGKILL"))
            const third = yield* app.until(
              "tv",
              (one) => one.state === "running" && one.relay!.pid !== null && one.relay!.pid !== second.relay!.pid
            )
            assert.deepInclude(third.relay, { lastError: "the relay was killed: SIGKILL" })

            const logs = Effect.map(app.call("GET /v1/broadcasts/tv/logs"), (answer) =>
              answer.json<{ readonly runs: ReadonlyArray<RelayRun> }>())
            const { runs } = yield* eventually(logs, ({ runs }) =>
              runs.length === 3)
            assert.deepStrictEqual(runs.map(({ exit }) => exit), ["ended on request", "SIGKILL", null])
            assert.match(runs[0]!.lines[0]!, /^ffmpeg /)
            for (
              const line of [
                `headend_relay_starts_total{kind="ffmpeg"} 3`,
                `headend_relay_exits_total{kind="ffmpeg",class="none",reason="ended_on_request"} 1`,
                `headend_relay_exits_total{kind="ffmpeg",class="world",reason="relay_killed"} 1`,
                `headend_relay_restarts{broadcast="tv",kind="ffmpeg"} 2`
              ]
            ) yield* eventually(app.call("GET /metrics"), ({ text }) => text.includes(`${line}\n`))
            const after = yield* app.onAir("gone", pattern)
            yield* app.stop("gone")
            assert.isAbove(after.relay!.pid!, 0)
            yield* eventually(app.call("GET /metrics"), ({ text }) => !text.includes(`broadcast="gone"`))
            assert.strictEqual((yield* app.call("GET /v1/broadcasts/nobody/logs")).status, 404)

            const killed = performance.now()
            yield* app.program.kill
            yield* eventually(Effect.sync(() => lives(third.relay!.pid!)), (is) => !is)
            const took = Math.round(performance.now() - killed)
            console.log(`worker killed: its relay is gone after ${took} ms`)
          }),
        180_000
      )

      it.effect(
        "what the operator cannot allow is refused at its field, and a plan shows no secret",
        () =>
          Effect.gen(function*() {
            const app = yield* start({ janus: yield* RealJanus.RealJanus, env: { HEADEND_INPUT_DENY: "10.0.0.0/8" } })
            const denied = [
              "a network of the settings",
              { kind: "pull", url: "http://10.1.2.3/a" },
              "source.url"
            ] as const
            for (const [what, source, path] of [...refused, denied]) {
              const answer = yield* app.call("POST /v1/broadcasts", { body: { source } })
              assert.strictEqual(answer.status, 422, `${what}: ${answer.text}`)
              const { errors } = answer.json<
                { readonly errors: ReadonlyArray<{ readonly path: ReadonlyArray<string> }> }
              >()
              assert.deepStrictEqual(
                errors.map((one) => one.path.join(".")),
                [path],
                what
              )
            }
            const open = yield* start({
              janus: yield* RealJanus.RealJanus,
              env: { HEADEND_ALLOW_CUSTOM_PIPELINES: "true", HEADEND_INSTANCE: "open" }
            })
            const pipeline = (...args: ReadonlyArray<string>) => ({
              body: { source: { kind: "test_pattern", relay: { kind: "gstreamer", pipeline: args } } }
            })
            const without = yield* open.call("POST /v1/broadcasts", pipeline("fakesrc"))
            assert.strictEqual(without.status, 422)
            assert.include(without.text, "the sink of the track")
            const own = yield* open.call(
              "POST /v1/plan",
              pipeline("videotestsrc", "!", "vp8enc", "!", "rtpvp8pay", "!", "{v}")
            )
            assert.strictEqual(own.status, 200)
            assert.include(own.text, "the pipeline has no {a}")
            assert.include(JSON.stringify(own.json<Plan>().steps.at(-1)!.command), "udpsink")

            const planned = yield* app.call("POST /v1/plan", {
              body: {
                source: {
                  kind: "rtsp_camera",
                  camera: { url: "rtsp://127.0.0.1/a?token=hush1", username: "ann", password: "hush2" }
                }
              }
            })
            assert.strictEqual(planned.status, 200)
            assert.notMatch(planned.text, /hush/)
            const steps = planned.json<Plan>().steps.filter(({ hop }) => hop === "relay")
            assert.deepStrictEqual(steps.map(({ command }) => command?.[0]), ["ffprobe", "ffmpeg", "ffmpeg"])
          }),
        120_000
      )
    }
  )
})
