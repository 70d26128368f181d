// Files, played once and in a loop; files, HLS and SRT over the network; each over FFmpeg and over GStreamer.
import { assert, layer } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { Sources } from "@headend/core/Sources"
import * as Browsers from "@headend/integration/Browser"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect, Layer, Schedule } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ages, relayProcesses } from "./support/bench.ts"
import * as Films from "./support/films.ts"
import { start, station, until } from "./support/station.ts"

const folder = mkdtempSync(join(tmpdir(), "headend-films-"))
const film = (name: string, seconds?: number) => Films.film(join(folder, name), seconds)
const address = (path: string) => `file://${path.split("/").map(encodeURIComponent).join("/")}`

/** By a name that has to be looked up. It does not loop: what is short would be over before it is looked at. */
function served(name: string) {
  return Effect.map(
    Effect.andThen(film(name, 60), Films.serve(folder)),
    (port) => `http://localhost:${port}/${name}`
  )
}

/** The oldest that each track of a mountpoint becomes from now on, in milliseconds. */
const oldestAges = Effect.fnUntraced(function*(id: number) {
  const oldest: Array<number> = []
  const look = Effect.map(ages(id), (all) => all.forEach((age, i) => void (oldest[i] = Math.max(oldest[i] ?? 0, age))))
  yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced("10 millis")))
  return oldest as ReadonlyArray<number>
})

/** What is pulled, and by whom. */
const seen = [
  ["HLS", Effect.map(Films.hls, ({ url }) => url), ["ffmpeg", "gstreamer"]],
  ["SRT", Effect.map(Films.srt, ({ url }) => url), ["ffmpeg", "gstreamer"]],
  ["a file over HTTP", served("long.mp4"), ["ffmpeg", "gstreamer"]],
  ["an MP4 file", Effect.map(film("it's a film.mp4"), address), ["gstreamer"]],
  ["a Matroska file", Effect.map(film("film.mkv"), address), ["gstreamer"]],
  ["a transport stream", Effect.map(film("film.ts"), address), ["gstreamer"]]
] as const

requires("janus", "chromium", "ffmpeg", "ffprobe", "gst-launch-1.0", "network")("a pulled source", () => {
  const programs = Layer.mergeAll(
    station({ policy: { folder } }),
    Browsers.layer,
    Layer.effectDiscard(Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))))
  )
  layer(programs, { excludeTestServices: true, timeout: "120 seconds" })((it) => {
    for (const kind of ["ffmpeg", "gstreamer"] as const) {
      it.effect(
        `a file goes on after its end, picture and sound, when it loops over ${kind}`,
        () =>
          Effect.gen(function*() {
            const janus = yield* RealJanus.RealJanus
            const browser = yield* Browsers.Browser
            const source = { kind: "pull", url: address(yield* film("it's a film.mp4")), loop: true, relay: { kind } }
            yield* start({ id: kind, source, mountpoint: { create: { id: 51 } } })
            const running = yield* until(kind, ({ state }) => state === "running")
            const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 51 })
            const oldest = yield* oldestAges(51)
            // more frames than the file has: the second and the third pass are seen
            yield* viewer.awaitFrames(200, 60_000)
            yield* viewer.awaitSound()
            console.log(`${kind}: the longest silence of each track of a looped file, ms: ${oldest.join(", ")}`)
            assert.isBelow(Math.max(...oldest), 4_000)
            const later = yield* until(kind, ({ state }) => state === "running")
            assert.deepInclude(later.relay, { restarts: 0, lastError: null })
            assert.strictEqual(later.since, running.since)
            // FFmpeg loops in one process; GStreamer begins another, which is the same run
            assert.strictEqual(later.relay?.pid === running.relay?.pid, kind === "ffmpeg")
            assert.lengthOf(yield* Broadcasts.use((broadcasts) => broadcasts.logs(kind)), 1)
          }),
        120_000
      )
    }

    it.effect(
      "a file that does not loop stops the broadcast at its end, and leaves no process",
      () =>
        Effect.gen(function*() {
          yield* start({ id: "once", source: { kind: "pull", url: address(yield* film("it's a film.mp4")) } })
          const stopped = yield* until("once", ({ state }) => state === "stopped" || state === "failed")
          assert.deepInclude(stopped.endReason, { code: "source_finished", fault: null })
          assert.strictEqual(stopped.state, "stopped")
          assert.deepStrictEqual(relayProcesses(), [])
        }),
      120_000
    )

    for (const [what, source, kinds] of seen) {
      for (const kind of kinds) {
        it.effect(`${what} is seen and heard over ${kind}`, () =>
          Effect.gen(function*() {
            const janus = yield* RealJanus.RealJanus
            const browser = yield* Browsers.Browser
            const url = yield* source
            yield* start({
              id: "pulled",
              // so would a film of four seconds
              source: { kind: "pull", url, relay: { kind }, loop: url.startsWith("file:") },
              mountpoint: { create: { id: 52, media: [{ type: "audio" }, { type: "video", bufferKeyframes: true }] } }
            })
            yield* until("pulled", ({ relay }) => relay?.progress !== null && relay !== null)
            const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 52 })
            yield* viewer.firstFrame
            yield* viewer.awaitSound()
          }), 120_000)
      }
    }

    it.effect("SRT is waited for, and is on air again once somebody can be called again", () =>
      Effect.gen(function*() {
        const { program, url } = yield* Films.srt
        yield* start({ id: "srt", source: { kind: "pull", url } })
        const first = yield* until("srt", ({ state }) => state === "running")
        yield* program.kill
        const lost = yield* until("srt", ({ relay, state }) => state !== "running" && relay?.lastError !== null)
        assert.match(lost.relay!.lastError!, /ended|frozen|out of reach/)
        yield* Films.srtOn(Number(url.split(":").at(-1)))
        const again = yield* until("srt", ({ relay, state }) => state === "running" && relay!.pid !== first.relay!.pid)
        assert.isAbove(again.relay!.restarts, 0)
      }), 150_000)

    it.effect("what GStreamer cannot pull is refused at its field, with a word about FFmpeg", () =>
      Effect.gen(function*() {
        const sources = yield* Sources
        const source = { kind: "pull", relay: { kind: "gstreamer" }, url: "http://127.0.0.1/live" }
        const { errors } = yield* Effect.flip(sources.decode({ source }))
        assert.deepStrictEqual(errors.map(({ path }) => path.join(".")), ["source.relay.kind"])
        assert.include(errors[0]!.message, "ffmpeg")
      }))
  })
})
