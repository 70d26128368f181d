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

/** Watches the mountpoint for so many milliseconds once it has settled; medians of the whole and of each third. */
const watch = Effect.fnUntraced(function*(name: string, id: number, millis: number) {
  const janus = yield* RealJanus.RealJanus
  const browser = yield* Browsers.Browser
  const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id })
  yield* viewer.awaitPicture()
  yield* viewer.awaitSound()
  const measure = `import("/offset.ts").then(({ measure }) => measure(${settling + millis}))`
  const measured = yield* Effect.promise(() => viewer.page.evaluate<ReadonlyArray<Pair>>(measure))
  const offsets = measured.filter(({ at }) => at >= settling).map(({ offset }) => offset)
  assert.isAbove(offsets.length, millis / 1_000 * 0.6, "most flashes were seen with their beeps")
  const third = Math.floor(offsets.length / 3)
  const thirds = [offsets.slice(0, third), offsets.slice(third, -third), offsets.slice(-third)].map(median)
  const shown = (values: ReadonlyArray<number>) => values.map(Math.round).join(" ")
  console.log(
    `${name}, load ${loadavg()[0]!.toFixed(1)}: sound behind picture ${shown([median(offsets)])} ms, `
      + `thirds ${shown(thirds)}; with the first 20 s: ${shown(measured.map(({ offset }) => offset))}`
  )
  return { thirds, median: median(offsets) }
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

const overRtmp = Effect.fnUntraced(function*(id: number, late = 0) {
  const server = yield* nodeMediaServer()
  const url = `${server.url}/live/offset`
  yield* publishPattern(url, late)
  const relay = { kind: "ffmpeg", video: "copy" }
  const opened = yield* open({ kind: "rtmp_external", inputUrl: url, relay }, { create: { type: "rtp", id } })
  yield* flowing(opened)
})

/** After a stall of the machine the browser plays the sound late for some seconds, so single beeps prove nothing. */
const inSync = ({ thirds }: Effect.Success<ReturnType<typeof watch>>) => {
  for (const offset of thirds) assert.isBelow(Math.abs(offset), 100)
  assert.isBelow(Math.abs(thirds[2]! - thirds[0]!), 75, "it does not drift")
}

requires("janus", "chromium", "ffmpeg", "ffprobe", "network")("the flash and the beep", () => {
  layer(Layer.mergeAll(bench(), Browsers.layer), { excludeTestServices: true, timeout: "60 seconds" })((it) => {
    it.effect("of a test pattern stay together for a minute", () =>
      Effect.gen(function*() {
        yield* flowing(yield* open({ kind: "test_pattern", ...size }, { create: { type: "rtp", id: 41 } }))
        inSync(yield* watch("test pattern", 41, 60_000))
      }), 150_000)

    it.effect("stay together over RTMP, copied", () =>
      Effect.gen(function*() {
        yield* overRtmp(42)
        inSync(yield* watch("RTMP copy", 42, 60_000))
      }), 150_000)

    it.effect("are measured at all: sound that is published late arrives late", () =>
      Effect.gen(function*() {
        yield* overRtmp(43, 250)
        const { median } = yield* watch("RTMP copy, sound 250 ms late", 43, 10_000)
        assert.isAbove(median, 150)
      }), 90_000)
  })
})
