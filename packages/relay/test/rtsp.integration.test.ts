// A camera over RTSP, through a real Janus to a real browser: both transports, with and without a password.
import { assert, layer } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import * as Browsers from "@headend/integration/Browser"
import { isAlive } from "@headend/integration/Machine"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import * as RtspCamera from "@headend/integration/RtspCamera"
import { Effect, Layer } from "effect"
import { createSocket, type Socket } from "node:dgram"
import { start, station, until } from "./support/station.ts"

const ways = [
  { name: "over TCP", transport: "tcp" },
  { name: "over UDP", transport: "udp" },
  { name: "over TCP, with Basic authentication", transport: "tcp", scheme: "basic" },
  { name: "over UDP, with Digest authentication", transport: "udp", scheme: "digest" }
] as const

/** With what an address gives a meaning of its own. */
const password = "p:w/@d?&"

/** Somebody else has that port of loopback. */
const listening = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<Socket>((resume) => {
      const socket = createSocket("udp4")
      socket.bind(port, "127.0.0.1", () => resume(Effect.succeed(socket)))
    }),
    (socket) => Effect.sync(() => socket.close())
  )

requires("janus", "chromium", "ffmpeg", "ffprobe", "gst-rtsp-server", "network")("an RTSP camera", () => {
  layer(Layer.mergeAll(station(), Browsers.layer), { excludeTestServices: true, timeout: "120 seconds" })((it) => {
    for (const way of ways) {
      it.effect(`is seen and heard ${way.name}`, () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.RealJanus
          const browser = yield* Browsers.Browser
          const auth = "scheme" in way ? { scheme: way.scheme, user: "ann", password } : undefined
          const camera = yield* RtspCamera.start(auth === undefined ? {} : { auth })
          const credentials = auth === undefined ? {} : { username: "ann", password }
          yield* start({
            id: "cam",
            source: { kind: "rtsp_camera", camera: { url: camera.url, transport: way.transport, ...credentials } },
            mountpoint: { create: { id: 31 } }
          })
          const running = yield* until("cam", ({ state }) => state === "running")
          assert.notInclude(JSON.stringify(running), password)
          const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 31 })
          yield* viewer.awaitPicture()
          yield* viewer.awaitSound()
        }), 120_000)
    }

    it.effect("fails for good with a wrong password, and names the hop", () =>
      Effect.gen(function*() {
        const camera = yield* RtspCamera.start({ auth: { scheme: "basic", user: "ann", password } })
        yield* start({
          id: "no",
          source: { kind: "rtsp_camera", camera: { url: camera.url, username: "ann", password: "guess" } }
        })
        const failed = yield* until("no", ({ state }) => state === "failed")
        assert.deepInclude(failed.endReason, { code: "source_unauthorized", hop: "relay", fault: "caller" })
        assert.notInclude(JSON.stringify(failed), "guess")
        // no process of a relay was begun: what ffprobe said is the log
        const logs = yield* Broadcasts.use((broadcasts) => broadcasts.logs("no"))
        assert.deepStrictEqual(logs.map(({ exit }) => exit), ["exit 1"])
        assert.match(logs[0]!.lines[0]!, /^ffprobe /)
        assert.match(logs[0]!.lines.at(-1)!, /401 Unauthorized/)
        assert.notInclude(JSON.stringify(logs), "guess")
      }), 120_000)

    it.effect(
      "is on air again by itself after it was frozen, and after it was started anew",
      () =>
        Effect.gen(function*() {
          const camera = yield* RtspCamera.start()
          yield* start({ id: "cam", source: { kind: "rtsp_camera", camera: { url: camera.url } } })
          yield* until("cam", ({ state }) => state === "running")
          yield* camera.program.signal("SIGSTOP")
          const frozen = performance.now()
          yield* until("cam", ({ state }) => state !== "running")
          console.log(`frozen camera: noticed after ${Math.round(performance.now() - frozen)} ms`)
          // long enough for those who try meanwhile to be answered all at once, and not in order, when it wakes
          yield* Effect.sleep("15 seconds")
          yield* camera.program.signal("SIGCONT")
          const thawed = yield* until(
            "cam",
            ({ relay, state }) => state === "running" && (relay?.progress?.["fps"] ?? 0) > 10
          )
          yield* camera.program.kill
          yield* until("cam", ({ state }) => state !== "running")
          yield* RtspCamera.start({ port: camera.port })
          const again = yield* until(
            "cam",
            ({ relay, state }) =>
              state === "running" && relay!.restarts > thawed.relay!.restarts && (relay!.progress?.["fps"] ?? 0) > 10
          )
          assert.strictEqual(again.mountpoint?.id, thawed.mountpoint?.id)
        }),
      240_000
    )

    it.effect(
      "has its picture back after Janus was killed: from the same relay, or another where its ports are",
      () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.RealJanus
          const browser = yield* Browsers.Browser
          const camera = yield* RtspCamera.start()
          yield* start({
            id: "cam",
            source: { kind: "rtsp_camera", camera: { url: camera.url } },
            mountpoint: { create: { id: 32 } }
          })
          const before = yield* until("cam", ({ state }) => state === "running")
          yield* janus.kill
          yield* until("cam", ({ state }) => state !== "running")
          yield* janus.restart
          const restarted = performance.now()
          const same = yield* until("cam", ({ state }) => state === "running")
          console.log(`Janus restarted: running again ${Math.round(performance.now() - restarted)} ms after it listens`)
          assert.deepStrictEqual(same.mountpoint, before.mountpoint)
          assert.deepInclude(same.relay, { pid: before.relay!.pid, restarts: 0, lastError: null })
          yield* Effect.scoped(Effect.gen(function*() {
            const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 32 })
            yield* viewer.awaitPicture()
            yield* viewer.awaitSound()
          }))

          yield* janus.kill
          yield* until("cam", ({ state }) => state !== "running")
          const { port } = before.mountpoint!.media.find(({ type }) => type === "video")!
          yield* listening(port)
          yield* janus.restart
          const moved = yield* until("cam", ({ relay, state }) => state === "running" && relay!.pid !== same.relay!.pid)
          assert.notInclude(moved.mountpoint!.media.map((track) => track.port), port)
          assert.isFalse(isAlive(same.relay!.pid!))
          const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 32 })
          yield* viewer.awaitPicture()
        }),
      240_000
    )
  })
})
