/**
 * The programs that relays need: whether they are there, and whether they have what headend asks of them.
 */
import { locate } from "@headend/relay/Programs"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { absent, bad, type Finding, ok } from "./Finding.ts"

/** What a program says; nothing when it fails. */
const say = (program: string, ...args: ReadonlyArray<string>): Effect.Effect<string | undefined> =>
  Effect.callback((resume) => {
    const child = execFile(
      program,
      [...args],
      { timeout: 10_000, maxBuffer: 2 ** 24 },
      (error, stdout) => resume(Effect.succeed(error === null ? stdout : undefined))
    )
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

const debian = (packages: string) => `install it: apt-get install ${packages}`

export const ffmpeg: Effect.Effect<ReadonlyArray<Finding>> = Effect.gen(function*() {
  const missing = ["ffmpeg", "ffprobe"].filter((name) => locate(name) === undefined)
  if (missing.length > 0) {
    const what = `${missing.join(" and ")} not on the PATH: no RTMP, RTSP, pull, OBS or test pattern`
    return [absent("ffmpeg", what, debian("ffmpeg"))]
  }
  const version = /^ffmpeg version (\S+)/.exec((yield* say("ffmpeg", "-version")) ?? "")?.[1]
  if (version === undefined) return [bad("ffmpeg", "it does not run", debian("ffmpeg"))]
  const encoders = (yield* say("ffmpeg", "-hide_banner", "-encoders")) ?? ""
  const without = ["libx264", "libopus"].filter((encoder) => !encoders.includes(` ${encoder} `))
  return [
    without.length === 0
      ? ok("ffmpeg", `version ${version}, with libx264 and libopus`)
      : bad("ffmpeg", `version ${version} lacks ${without.join(" and ")}`, "take a build with these encoders")
  ]
})

/** What the pipelines of headend are made of, and the Debian package of each. */
const elements: Readonly<Record<string, string>> = {
  rtspsrc: "gstreamer1.0-plugins-good",
  rtmpsrc: "gstreamer1.0-plugins-bad",
  flvdemux: "gstreamer1.0-plugins-good",
  h264parse: "gstreamer1.0-plugins-bad",
  x264enc: "gstreamer1.0-plugins-ugly",
  opusenc: "gstreamer1.0-plugins-base",
  avdec_h264: "gstreamer1.0-libav",
  rtph264pay: "gstreamer1.0-plugins-good",
  rtpopuspay: "gstreamer1.0-plugins-good",
  udpsink: "gstreamer1.0-plugins-good"
}

export const gstreamer: Effect.Effect<ReadonlyArray<Finding>> = Effect.gen(function*() {
  if (locate("gst-launch-1.0") === undefined || locate("gst-inspect-1.0") === undefined) {
    return [
      absent("gstreamer", "gst-launch-1.0 is not on the PATH: no relay of kind gstreamer", debian("gstreamer1.0-tools"))
    ]
  }
  const version = /GStreamer (\S+)/.exec((yield* say("gst-launch-1.0", "--version")) ?? "")?.[1] ?? "unknown"
  const found = yield* Effect.forEach(
    Object.keys(elements),
    (name) =>
      Effect.map(say("gst-inspect-1.0", "--exists", name), (answer) => ({ name, isThere: answer !== undefined })),
    { concurrency: 4 }
  )
  const missing = found.filter(({ isThere }) => !isThere).map(({ name }) => name)
  if (missing.length === 0) return [ok("gstreamer", `version ${version}, with all ${found.length} elements`)]
  const packages = [...new Set(missing.map((name) => elements[name]))].join(" ")
  return [absent("gstreamer", `version ${version} lacks ${missing.join(", ")}`, debian(packages))]
})
