// A publisher whose picture stops while its sound goes on, and one who is frozen, behind a server that gives each newcomer
// its last second of pictures; and a camera whose picture stops: the state changes once, and once more when all is back.
import { assert, layer } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import type { Snapshot } from "@headend/core/Snapshot"
import * as Browsers from "@headend/integration/Browser"
import * as Playout from "@headend/integration/Playout"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { nodeMediaServer, publish } from "@headend/integration/RtmpServers"
import * as RtspCamera from "@headend/integration/RtspCamera"
import { Effect, Layer, Stream } from "effect"
import { eventually } from "./support/bench.ts"
import { hop, start, station, until } from "./support/station.ts"

/** Every state that the broadcast has from now on. */
const states = Effect.fnUntraced(function*(id: string) {
  const seen: Array<string> = []
  yield* Effect.forkScoped(
    Broadcasts.use((broadcasts) =>
      Stream.runForEach(broadcasts.changes(), (event) =>
        Effect.sync(() => {
          if (event.broadcast === id && event._tag === "BroadcastStateChanged") seen.push(event.to)
        }))
    )
  )
  return seen
})

const isDark = (one: Snapshot) => one.state === "degraded" && hop(one, "mountpoint")?.evidence === "no picture arrives"

const needed = requires("janus", "chromium", "ffmpeg", "ffprobe", "gst-launch-1.0", "gst-rtsp-server", "network")

needed("a source that falls silent", () => {
  layer(Layer.mergeAll(station(), Browsers.layer), { excludeTestServices: true, timeout: "120 seconds" })((it) => {
    for (const kind of ["ffmpeg", "gstreamer"] as const) {
      it.effect(
        `${kind}: a picture that stops beside living sound is named once, the sound stays, and the picture comes back`,
        () =>
          Effect.gen(function*() {
            const janus = yield* RealJanus.RealJanus
            const browser = yield* Browsers.Browser
            const { url } = yield* nodeMediaServer()
            const film = yield* Playout.play(`${url}/live/d`)
            const source = { kind: "rtmp_external", inputUrl: `${url}/live/d`, relay: { kind } }
            yield* start({ id: "d", source, mountpoint: { create: { id: 71 } } })
            const running = yield* until("d", ({ state }) => state === "running")
            const seen = yield* states("d")
            const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 71 })
            yield* viewer.awaitPicture()
            yield* film.picture(false)
            const dark = yield* until("d", isDark)
            assert.deepStrictEqual([dark.relay?.pid, dark.relay?.restarts], [running.relay?.pid, 0])
            yield* viewer.awaitSound()

            // another relay brings what the server has kept: no sign of life
            yield* Broadcasts.use((broadcasts) => broadcasts.restart("d"))
            const again = yield* until("d", ({ relay }) =>
              relay !== null && relay.pid !== null && relay.pid !== running.relay?.pid && relay.progress !== null)
            yield* Effect.sleep("8 seconds")
            const later = yield* until("d", isDark)
            assert.strictEqual(later.relay?.pid, again.relay?.pid)
            yield* viewer.awaitSound()

            yield* film.picture(true)
            const back = yield* until("d", ({ state }) =>
              state === "running")
            yield* viewer.awaitPicture()
            assert.strictEqual(back.relay?.pid, again.relay?.pid)
            yield* eventually(
              Effect.sync(() =>
                seen.length
              ),
              (count) => count > 1
            )
            assert.deepStrictEqual(seen, ["degraded", "running"])
          }),
        300_000
      )

      it.effect(
        `${kind}: a camera's picture that stops beside its sound is named once, and comes back to the same relay`,
        () =>
          Effect.gen(function*() {
            const janus = yield* RealJanus.RealJanus
            const browser = yield* Browsers.Browser
            const camera = yield* RtspCamera.start()
            const source = { kind: "rtsp_camera", camera: { url: camera.url }, relay: { kind } }
            yield* start({ id: "c", source, mountpoint: { create: { id: 72 } } })
            const running = yield* until("c", ({ state }) => state === "running")
            const seen = yield* states("c")
            const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 72 })
            yield* viewer.awaitPicture()
            yield* camera.darken
            yield* until("c", isDark)
            // longer than any silence is borne
            yield* Effect.sleep("6 seconds")
            const later = yield* until("c", isDark)
            assert.deepStrictEqual([later.relay?.pid, later.relay?.restarts], [running.relay?.pid, 0])
            yield* viewer.awaitSound()
            yield* camera.lighten
            const back = yield* until("c", ({ state }) => state === "running")
            yield* viewer.awaitPicture()
            assert.deepStrictEqual([back.relay?.pid, back.relay?.restarts], [running.relay?.pid, 0])
            yield* eventually(Effect.sync(() => seen.length), (count) => count > 1)
            assert.deepStrictEqual(seen, ["degraded", "running"])
          }),
        240_000
      )
    }

    it.effect(
      "a camera whose picture has died for its relay alone gets another relay, once a look finds the picture",
      () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.RealJanus
          const browser = yield* Browsers.Browser
          const camera = yield* RtspCamera.start({ isPerViewer: true })
          yield* start({
            id: "s",
            source: { kind: "rtsp_camera", camera: { url: camera.url } },
            mountpoint: { create: { id: 73 } }
          })
          const running = yield* until("s", ({ state }) => state === "running")
          const seen = yield* states("s")
          const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 73 })
          yield* viewer.awaitPicture()
          yield* camera.darken
          yield* until("s", ({ relay, state }) => state === "running" && relay?.pid !== running.relay?.pid, 60)
          yield* viewer.awaitPicture()
          yield* viewer.awaitSound()
          // where the look comes early, nobody has missed the picture yet
          assert.notInclude(seen, "recovering")
        }),
      120_000
    )

    it.effect(
      "a frozen publisher is not taken for one who is back, for what the server has kept of it",
      () =>
        Effect.gen(function*() {
          const { url } = yield* nodeMediaServer()
          const publisher = yield* publish(`${url}/live/f`)
          yield* start({ id: "f", source: { kind: "rtmp_external", inputUrl: `${url}/live/f` } })
          yield* until("f", ({ state }) => state === "running")
          const seen = yield* states("f")
          yield* publisher.signal("SIGSTOP")
          const frozen = performance.now()
          const noticed = yield* until("f", ({ state }) => state !== "running")
          console.log(`frozen publisher: ${noticed.state} after ${Math.round(performance.now() - frozen)} ms`)
          yield* until("f", ({ state }) => state === "waiting")
          // long enough for several relays
          yield* Effect.sleep("12 seconds")
          assert.notInclude(seen, "running")
          yield* publisher.signal("SIGCONT")
          yield* until("f", ({ state }) => state === "running")
          // events are told a moment after the snapshot has changed
          yield* eventually(Effect.sync(() => seen.at(-1)), (last) => last === "running")
          assert.deepStrictEqual(seen.filter((state) => state === "running"), ["running"])
        }),
      240_000
    )
  })
})
