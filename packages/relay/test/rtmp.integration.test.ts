// RTMP from FFmpeg, over two servers that behave quite differently, through a real Janus to a real browser.
import { assert, layer } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import * as Browsers from "@headend/integration/Browser"
import * as Playout from "@headend/integration/Playout"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { nginx, nodeMediaServer, publish, type RtmpServer } from "@headend/integration/RtmpServers"
import { Effect, Layer } from "effect"
import { hop, start, station, until } from "./support/station.ts"

const source = (server: RtmpServer, key: string) => ({
  kind: "rtmp_external",
  ingest: { rtmpUrl: server.url, app: "live", streamKey: key }
})

requires("janus", "chromium", "ffmpeg", "ffprobe", "nginx-rtmp", "network")("RTMP", () => {
  layer(Layer.mergeAll(station(), Browsers.layer), { excludeTestServices: true, timeout: "120 seconds" })((it) => {
    const servers = [["node-media-server", nodeMediaServer()], ["nginx-rtmp", nginx]] as const
    for (const [name, begin] of servers) {
      it.effect(
        `${name}: waits for its publisher, is seen and heard, waits again, and is back with the next one`,
        () =>
          Effect.gen(function*() {
            const janus = yield* RealJanus.RealJanus
            const browser = yield* Browsers.Browser
            const server = yield* begin
            yield* start({ id: "live", source: source(server, "hush"), mountpoint: { create: { id: 21 } } })
            const waiting = yield* until("live", ({ state }) => state === "waiting")
            assert.strictEqual(hop(waiting, "ingest")?.status, "waiting")
            assert.strictEqual(waiting.ingest?.publishUrl, `${server.url}/live/***`)
            assert.notInclude(JSON.stringify(waiting), "hush")

            const publisher = yield* publish(`${server.url}/live/hush`)
            const published = performance.now()
            yield* until("live", ({ state }) => state === "running")
            console.log(
              `${name}: running ${Math.round(performance.now() - published)} ms after somebody began to publish`
            )
            const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 21 })
            yield* viewer.awaitPicture()
            yield* viewer.awaitSound()

            yield* publisher.kill
            yield* until("live", ({ state }) => state === "waiting")
            yield* publish(`${server.url}/live/hush`)
            yield* until("live", ({ state }) => state === "running")
            yield* viewer.awaitPicture()
          }),
        240_000
      )
    }

    it.effect(
      "sound that ends leaves the picture on air, and is named; a relay that begins without it sends the picture, too",
      () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.RealJanus
          const browser = yield* Browsers.Browser
          const server = yield* nodeMediaServer()
          const film = yield* Playout.play(`${server.url}/live/q`)
          yield* start({ id: "q", source: source(server, "q"), mountpoint: { create: { id: 26 } } })
          const running = yield* until("q", ({ state }) => state === "running")
          const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 26 })
          yield* viewer.awaitPicture()
          yield* film.sound(false)
          const isQuiet = (snapshot: Parameters<typeof hop>[0]) =>
            snapshot.state === "degraded" && hop(snapshot, "mountpoint")?.evidence === "no sound arrives"
          yield* until("q", isQuiet)
          // longer than any silence is borne
          yield* Effect.sleep("8 seconds")
          const later = yield* until("q", isQuiet)
          assert.deepStrictEqual([later.relay?.pid, later.relay?.restarts], [running.relay?.pid, 0])
          yield* viewer.awaitPicture()

          yield* Broadcasts.use((broadcasts) => broadcasts.restart("q"))
          const isAnother = (one: Parameters<typeof hop>[0]) =>
            one.relay !== null && one.relay.pid !== null && one.relay.pid !== running.relay?.pid
          const again = yield* until("q", isAnother)
          yield* until("q", isQuiet)
          // longer than the first media is waited for
          yield* Effect.sleep("17 seconds")
          yield* viewer.awaitPicture()
          const last = yield* until("q", isQuiet)
          assert.strictEqual(last.relay?.pid, again.relay?.pid)
        }),
      300_000
    )

    it.effect(
      "frames out of order are found by the probe, and another relay transcodes them",
      () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.RealJanus
          const browser = yield* Browsers.Browser
          const server = yield* nodeMediaServer()
          yield* publish(`${server.url}/live/b`, { bFrames: 2 })
          yield* start({ id: "b", source: source(server, "b"), mountpoint: { create: { id: 22 } } })
          const first = yield* until("b", ({ relay }) => (relay?.pid ?? null) !== null)
          yield* until(
            "b",
            ({ relay, state }) => state === "running" && relay!.pid !== null && relay!.pid !== first.relay!.pid
          )
          const said = yield* until("b", (one) => String(hop(one, "relay")?.evidence).includes("B-frames"))
          assert.strictEqual(hop(said, "relay")?.evidence, "the video is transcoded, since it has B-frames")
          const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 22 })
          yield* viewer.awaitPicture()
          yield* viewer.awaitSound()
        }),
      120_000
    )

    it.effect("H.264 and AAC reach a mountpoint of VP8 and G.711 transcoded", () =>
      Effect.gen(function*() {
        const janus = yield* RealJanus.RealJanus
        const browser = yield* Browsers.Browser
        const server = yield* nodeMediaServer()
        yield* publish(`${server.url}/live/vp8`)
        const media = [{ type: "audio", codec: "pcma" }, { type: "video", codec: "vp8" }]
        yield* start({ id: "vp8", source: source(server, "vp8"), mountpoint: { create: { id: 23, media } } })
        yield* until("vp8", ({ state }) => state === "running")
        const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 23 })
        yield* viewer.awaitPicture()
        yield* viewer.awaitSound()
      }), 120_000)

    it.effect(
      "a source without a picture feeds the audio track alone, with a word about the other",
      () =>
        Effect.gen(function*() {
          const server = yield* nodeMediaServer()
          yield* publish(`${server.url}/live/a`, { video: false })
          const began = performance.now()
          yield* start({ id: "a", source: source(server, "a") })
          const running = yield* until("a", ({ state }) => state === "running")
          console.log(`sound alone: running ${Math.round(performance.now() - began)} ms after the request`)
          assert.strictEqual(hop(running, "relay")?.evidence, "no video for track v")
        }),
      150_000
    )
  })
})
