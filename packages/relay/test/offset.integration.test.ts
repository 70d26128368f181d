// How far apart picture and sound are when they reach a viewer: the flash and the beep of the test pattern, for a minute.
import { assert, layer } from "@effect/vitest"
import * as Browsers from "@headend/integration/Browser"
import { spawn } from "@headend/integration/Processes"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { nodeMediaServer } from "@headend/integration/RtmpServers"
import * as Ffmpeg from "@headend/relay/Ffmpeg"
import { Effect, Layer } from "effect"
import { loadavg } from "node:os"
import { bench, eventually, open } from "./support/bench.ts"

const size = { width: 320, height: 180, fps: 25 }

interface Pair {
  readonly at: number
  readonly offset: number
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** The browser needs so long to bring picture and sound together: it delays the picture bit by bit. */
const settling = 20_000

/** The browser plays the sound late for some seconds after a stall of the machine, so one look proves nothing. */
const looks = 3

interface Watched {
  readonly median: number
  /** Medians of each third. */
  readonly thirds: ReadonlyArray<number>
}

/**
 * Watches the mountpoint for so many milliseconds once it has settled, and again while it is not as wanted. GStreamer's
 * pattern turns white each other second.
 */
const watch = Effect.fnUntraced(function*(
  name: string,
  id: number,
  millis: number,
  isWanted: (seen: Watched) => boolean,
  perSecond = 1
) {
  const janus = yield* RealJanus.RealJanus
  const browser = yield* Browsers.Browser
  const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id })
  yield* viewer.awaitPicture()
  yield* viewer.awaitSound()
  const least = millis / 1_000 * perSecond * 0.6
  const look = Effect.gen(function*() {
    const measure = `import("/offset.ts").then(({ measure }) => measure(${
      JSON.stringify({ settling, millis, least })
    }))`
    const measured = yield* Effect.promise(() => viewer.page.evaluate<ReadonlyArray<Pair>>(measure))
    const offsets = measured.map(({ offset }) => offset)
    assert.isAtLeast(offsets.length, least, "most flashes were seen with their beeps")
    const third = Math.floor(offsets.length / 3)
    const thirds = [offsets.slice(0, third), offsets.slice(third, -third), offsets.slice(-third)].map(median)
    const shown = (values: ReadonlyArray<number>) => values.map(Math.round).join(" ")
    console.log(
      `${name}, load ${loadavg()[0]!.toFixed(1)}: sound behind picture ${shown([median(offsets)])} ms, `
        + `thirds ${shown(thirds)}; each: ${shown(offsets)}`
    )
    return { thirds, median: median(offsets) }
  })
  const seen = yield* Effect.repeat(look, { until: isWanted, times: looks - 1 })
  assert.isTrue(isWanted(seen), `${name}: ${JSON.stringify(seen)}`)
})

/** What the test pattern is made of, for somebody else who publishes it. */
const pattern = () => {
  const { args } = Ffmpeg.command({
    input: { type: "test_pattern", ...size },
    allowed: { url: "", host: undefined },
    wiring: { outputs: [], warnings: [], streams: [] },
    options: { kind: "ffmpeg" },
    srtp: undefined
  })
  return args.slice(args.indexOf("-re"), args.indexOf("-i") + 2)
}

const encoding = "-c:v libx264 -preset ultrafast -profile:v main -pix_fmt yuv420p -bf 0 -g 25 -c:a aac -b:a 64k -f flv"

const publishPattern = (url: string, late: number) => {
  const delay = late === 0 ? [] : ["-af", `adelay=${late}:all=1`]
  return spawn("ffmpeg", [
    "-nostdin",
    "-nostats",
    "-loglevel",
    "warning",
    ...pattern(),
    ...delay,
    ...encoding.split(" "),
    url
  ])
}

const flowing = (opened: Effect.Success<ReturnType<typeof open>>) =>
  eventually(Effect.sync(() => opened.feed.fed()), (fed) => fed.length === 2)

const published = Effect.fnUntraced(function*(late = 0) {
  const server = yield* nodeMediaServer()
  const url = `${server.url}/live/offset`
  yield* publishPattern(url, late)
  return url
})

const copied = Effect.fnUntraced(function*(url: string, id: number, kind: "ffmpeg" | "gstreamer") {
  const relay = { kind, video: "copy" }
  yield* flowing(
    yield* open({ kind: "rtmp_external", inputUrl: url, relay }, { create: { type: "rtp", id } })
  )
})

/** Together, and without a drift. */
const inSync = ({ thirds }: Watched) =>
  thirds.every((offset) => Math.abs(offset) < 100) && Math.abs(thirds[2]! - thirds[0]!) < 75

requires("janus", "chromium", "ffmpeg", "ffprobe", "gst-launch-1.0", "network")("the flash and the beep", () => {
  layer(Layer.mergeAll(bench(), Browsers.layer), { excludeTestServices: true, timeout: "120 seconds" })((it) => {
    it.effect(
      "of a test pattern stay together for a minute, over FFmpeg and over GStreamer",
      () =>
        Effect.gen(function*() {
          const pattern = (kind: string, id: number) =>
            Effect.flatMap(
              open({ kind: "test_pattern", ...size, relay: { kind } }, { create: { type: "rtp", id } }),
              flowing
            )
          yield* pattern("ffmpeg", 41)
          yield* pattern("gstreamer", 42)
          const watched = [
            watch("test pattern, FFmpeg", 41, 60_000, inSync),
            watch("test pattern, GStreamer", 42, 60_000, inSync, 0.5)
          ]
          yield* Effect.all(watched, { concurrency: "unbounded" })
        }),
      480_000
    )

    it.effect("stay together over RTMP, copied by FFmpeg and by GStreamer", () =>
      Effect.gen(function*() {
        const url = yield* published()
        yield* copied(url, 43, "ffmpeg")
        yield* copied(url, 44, "gstreamer")
        const watched = [
          watch("RTMP copy, FFmpeg", 43, 60_000, inSync),
          watch("RTMP copy, GStreamer", 44, 60_000, inSync)
        ]
        yield* Effect.all(watched, { concurrency: "unbounded" })
      }), 480_000)

    it.effect("are measured at all: sound that is published late arrives late", () =>
      Effect.gen(function*() {
        yield* copied(yield* published(250), 45, "ffmpeg")
        yield* watch("RTMP copy, sound 250 ms late", 45, 20_000, ({ median }) => median > 150)
      }), 240_000)
  })
})
