// The same sources over GStreamer, through a real Janus to a real browser.
import { assert, layer } from "@effect/vitest"
import { Relays } from "@headend/core/Relays"
import * as Browsers from "@headend/integration/Browser"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { nginx, nodeMediaServer, publish } from "@headend/integration/RtmpServers"
import * as RtspCamera from "@headend/integration/RtspCamera"
import { Effect, Layer } from "effect"
import { hop, start, station, until } from "./support/station.ts"

const relay = { kind: "gstreamer" }
const h264 = { create: { id: 41 } }
const vp8 = { create: { id: 41, media: [{ type: "audio", codec: "pcma" }, { type: "video", codec: "vp8" }] } }

const rtmp = (server: typeof nginx, bFrames = 0) =>
  Effect.gen(function*() {
    const { url } = yield* server
    yield* publish(`${url}/live/x`, { bFrames })
    return { kind: "rtmp_external", inputUrl: `${url}/live/x`, relay }
  })

const rtsp = (transport: "tcp" | "udp", scheme?: "basic" | "digest") =>
  Effect.gen(function*() {
    const auth = { user: "ann", password: "p:w/@d?&" }
    const { url } = yield* RtspCamera.start(scheme === undefined ? {} : { auth: { ...auth, scheme } })
    const credentials = scheme === undefined ? {} : { username: auth.user, password: auth.password }
    return { kind: "rtsp_camera", camera: { url, transport, ...credentials }, relay }
  })

const pattern = Effect.succeed({ kind: "test_pattern", width: 320, height: 180, fps: 25, relay })

const vp9 = { create: { id: 41, media: [{ type: "audio" }, { type: "video", codec: "vp9" }] } }
const srtp = { create: { id: 41, srtp: { suite: 80, crypto: "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj" } } }

const own = Effect.succeed({
  kind: "test_pattern",
  relay: {
    kind: "gstreamer",
    pipeline: [
      ..."videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=25/1 ! x264enc tune=zerolatency".split(
        " "
      ),
      ..."key-int-max=25 bframes=0 ! video/x-h264,profile=baseline ! h264parse config-interval=-1 !".split(" "),
      ..."rtph264pay config-interval=-1 mtu=1200 pt={v.pt} ! {v}".split(" "),
      ..."audiotestsrc is-live=true ! audioconvert ! opusenc ! rtpopuspay pt={a.pt} ! {a}".split(" ")
    ]
  }
})

const table = [
  ["a test pattern", pattern, h264],
  ["a test pattern, encrypted on its way,", pattern, srtp],
  ["a pipeline of one's own", own, h264],
  ["a test pattern into VP8 and G.711", pattern, vp8],
  ["a test pattern into VP9", pattern, vp9],
  ["RTMP from node-media-server", rtmp(nodeMediaServer()), h264],
  ["RTMP from nginx-rtmp", rtmp(nginx), h264],
  ["RTMP with frames out of order", rtmp(nodeMediaServer(), 2), h264],
  ["RTMP into VP8 and G.711", rtmp(nodeMediaServer()), vp8],
  ["RTSP over TCP", rtsp("tcp"), h264],
  ["RTSP over UDP", rtsp("udp"), h264],
  ["RTSP over TCP with Basic authentication", rtsp("tcp", "basic"), h264],
  ["RTSP over UDP with Digest authentication", rtsp("udp", "digest"), h264]
] as const

requires(
  "janus",
  "chromium",
  "ffmpeg",
  "ffprobe",
  "gst-launch-1.0",
  "gst-rtsp-server",
  "nginx-rtmp",
  "network"
)("GStreamer", () => {
  layer(Layer.mergeAll(station({ allowPipelines: true }), Browsers.layer), {
    excludeTestServices: true,
    timeout: "120 seconds"
  })((it) => {
    for (const [name, source, mountpoint] of table) {
      it.effect(`${name} is seen and heard`, () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.RealJanus
          const browser = yield* Browsers.Browser
          yield* start({ id: "gst", source: yield* source, mountpoint })
          const running = yield* until("gst", ({ state }) => state === "running")
          assert.strictEqual(running.relay?.kind, "gstreamer")
          assert.notInclude(JSON.stringify(running), "p:w")
          const logs = JSON.stringify(yield* Relays.use((relays) => relays.logs("gst")))
          assert.notMatch(logs, /p:w|d0Rm|774466/) // nor the key, in base64 or hexadecimal
          yield* until("gst", ({ relay }) =>
            (relay?.progress?.["fps"] ?? 0) > 10 && (relay?.progress?.["bitrateKbps"] ?? 0) > 10)
          const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 41 })
          yield* viewer.awaitPicture()
          yield* viewer.awaitSound()
        }), 180_000)
    }

    it.effect("a source without a picture is heard, with a word about the other track", () =>
      Effect.gen(function*() {
        const { url } = yield* nodeMediaServer()
        yield* publish(`${url}/live/x`, { video: false })
        yield* start({ id: "gst", source: { kind: "rtmp_external", inputUrl: `${url}/live/x`, relay } })
        const running = yield* until("gst", ({ state }) => state === "running")
        assert.strictEqual(hop(running, "relay")?.evidence, "no video for track v")
      }), 120_000)

    it.effect("waits where nobody publishes, and runs once somebody does", () =>
      Effect.gen(function*() {
        const { url } = yield* nodeMediaServer()
        yield* start({ id: "gst", source: { kind: "rtmp_external", inputUrl: `${url}/live/x`, relay } })
        const waiting = yield* until("gst", ({ state }) => state === "waiting")
        assert.strictEqual(hop(waiting, "ingest")?.status, "waiting")
        yield* publish(`${url}/live/x`)
        yield* until("gst", ({ state }) => state === "running")
      }), 180_000)

    it.effect(
      "fails for good with a wrong password; is on air again after the camera was frozen",
      () =>
        Effect.gen(function*() {
          const locked = yield* RtspCamera.start({ auth: { scheme: "basic", user: "ann", password: "right" } })
          yield* start({
            id: "no",
            source: { kind: "rtsp_camera", camera: { url: locked.url, username: "ann", password: "guess" }, relay }
          })
          const failed = yield* until("no", ({ state }) => state === "failed")
          assert.strictEqual(failed.endReason?.code, "source_unauthorized")
          const camera = yield* RtspCamera.start()
          yield* start({ id: "gst", source: { kind: "rtsp_camera", camera: { url: camera.url }, relay } })
          const before = yield* until("gst", ({ state }) => state === "running")
          yield* camera.program.signal("SIGSTOP")
          // one that goes on sooner is taken for a pause, and keeps its relay
          yield* until("gst", ({ relay, state }) => state !== "running" && relay!.lastError !== null)
          yield* camera.program.signal("SIGCONT")
          yield* until("gst", ({ relay, state }) => state === "running" && relay!.pid !== before.relay!.pid)
        }),
      180_000
    )
  })
})
