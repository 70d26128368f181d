/**
 * GStreamer's argument arrays, pure: pipelines from typed parts. A pipeline is a program, so no text of a caller becomes
 * more than the value of one property: in an argument array it cannot end that value.
 */
import type { Srtp } from "@headend/core/Mountpoint"
import type { Relay } from "@headend/core/Relay"
import type { RelayInput } from "@headend/core/Relays"
import { Duration, Redacted, Result } from "effect"
import type { Allowed } from "./InputPolicy.ts"
import { type Output, Unwirable, type Wiring } from "./Wiring.ts"

/** Elements with their properties; `!` is put between them. */
type Chain = ReadonlyArray<ReadonlyArray<string>>

const joined = (chain: Chain): ReadonlyArray<string> =>
  chain.flatMap((element, i) => (i === 0 ? element : ["!", ...element]))

/** It is active from the start: what never comes ends the pipeline as well. Milliseconds. */
const watchdog = ["watchdog", "timeout=6000"]
const queue = ["queue"]

/** A demuxer named `s`, and what its pads are called. */
interface Source {
  readonly chain: Chain
  readonly pad: (output: Output) => ReadonlyArray<string>
  /** From a pad to a parsed or raw stream. */
  readonly unpack: (output: Output) => Chain
  /** Files are sent at their own pace; what is live is sent as it comes. */
  readonly paced: boolean
}

const unsuitable = (reason: string) => Result.fail(new Unwirable({ why: "codec", reason }))

const parsers: Partial<Record<string, ReadonlyArray<string>>> = {
  h264: ["h264parse", "config-interval=-1"],
  hevc: ["h265parse", "config-interval=-1"],
  aac: ["aacparse"],
  opus: ["opusparse"]
}

const depayloaders: Partial<Record<string, string>> = {
  h264: "rtph264depay",
  hevc: "rtph265depay",
  vp8: "rtpvp8depay",
  aac: "rtpmp4gdepay",
  opus: "rtpopusdepay",
  pcm_alaw: "rtppcmadepay",
  pcm_mulaw: "rtppcmudepay"
}

const decoders: Partial<Record<string, string>> = {
  h264: "avdec_h264",
  hevc: "avdec_h265",
  vp8: "vp8dec",
  aac: "avdec_aac",
  opus: "opusdec",
  pcm_alaw: "alawdec",
  pcm_mulaw: "mulawdec"
}

const parse = ({ stream }: Output): Chain => {
  const parser = parsers[stream.codec]
  return parser === undefined ? [] : [parser]
}

const source = (input: RelayInput, allowed: Allowed): Result.Result<Source, Unwirable> => {
  switch (input.type) {
    case "rtmp":
      return Result.succeed({
        // rtmp2src gets nothing from node-media-server
        chain: [["rtmpsrc", `location=${allowed.url} live=1`], ["flvdemux", "name=s"]],
        pad: ({ track }) => [`s.${track.type}`],
        unpack: parse,
        paced: false
      })
    case "rtsp": {
      const user = input.username === undefined ? [] : [`user-id=${input.username}`]
      const password = input.password === undefined ? [] : [`user-pw=${Redacted.value(input.password)}`]
      const timeout = Duration.toMillis(input.timeout ?? "5 seconds") * 1_000
      const { transport } = input
      return Result.succeed({
        chain: [[
          "rtspsrc",
          `location=${allowed.url}`,
          ...user,
          ...password,
          `protocols=${transport}`,
          "latency=100",
          `tcp-timeout=${timeout}`,
          "name=s"
        ]],
        pad: () => ["s."],
        unpack: (output) => [
          [`application/x-rtp,media=${output.track.type}`],
          [depayloaders[output.stream.codec] ?? "identity"],
          ...parse(output)
        ],
        paced: false
      })
    }
    case "test_pattern":
      return Result.succeed({
        chain: [],
        pad: () => [],
        unpack: ({ track }) =>
          track.type === "video"
            ? [
              // the hand of a clock, and the colours change each second; text would need a plug-in that brings X11
              [
                "videotestsrc",
                "is-live=true",
                "pattern=ball",
                "motion=sweep",
                "animation-mode=running-time",
                "flip=true"
              ],
              [`video/x-raw,width=${input.width},height=${input.height},framerate=${input.fps}/1`]
            ]
            : [["audiotestsrc", "is-live=true", "wave=ticks"]],
        paced: false
      })
    case "pull":
      return /^[a-z]+:\/\//i.test(allowed.url) || input.loop || !/\.(mp4|mov|m4v)$/i.test(allowed.url)
        ? unsuitable("a gstreamer relay pulls MP4 files, once through; take ffmpeg for everything else")
        : Result.succeed({
          chain: [["filesrc", `location=${allowed.url}`], ["qtdemux", "name=s"]],
          pad: ({ position, track }) => [`s.${track.type}_${position}`],
          unpack: parse,
          paced: true
        })
  }
}

type Encode = (bitrate: number, frames: number) => Chain

const encoders: Partial<Record<string, Encode>> = {
  h264: (bitrate, frames) => [
    ["videoconvert"],
    [
      "x264enc",
      "tune=zerolatency",
      "speed-preset=veryfast",
      `bitrate=${Math.max(1, Math.round(bitrate / 1_000))}`,
      `key-int-max=${frames}`,
      "bframes=0"
    ],
    ["video/x-h264,profile=baseline"],
    ["h264parse", "config-interval=-1"]
  ],
  vp8: (bitrate, frames) => [
    ["videoconvert"],
    [
      "vp8enc",
      "deadline=1",
      "cpu-used=8",
      `target-bitrate=${bitrate}`,
      `keyframe-max-dist=${frames}`,
      "lag-in-frames=0"
    ]
  ],
  vp9: (bitrate, frames) => [
    ["videoconvert"],
    [
      "vp9enc",
      "deadline=1",
      "cpu-used=8",
      `target-bitrate=${bitrate}`,
      `keyframe-max-dist=${frames}`,
      "lag-in-frames=0"
    ]
  ],
  opus: () => [
    ["audioconvert"],
    ["audioresample"],
    ["audio/x-raw,rate=48000,channels=2"],
    ["opusenc", "bitrate=96000", "frame-size=20"]
  ],
  pcmu: () => [["audioconvert"], ["audioresample"], ["audio/x-raw,rate=8000,channels=1"], ["mulawenc"]],
  pcma: () => [["audioconvert"], ["audioresample"], ["audio/x-raw,rate=8000,channels=1"], ["alawenc"]]
}

const payloaders: Partial<Record<string, ReadonlyArray<string>>> = {
  h264: ["rtph264pay", "config-interval=-1", "aggregate-mode=zero-latency"],
  vp8: ["rtpvp8pay"],
  vp9: ["rtpvp9pay"],
  opus: ["rtpopuspay"],
  pcmu: ["rtppcmupay"],
  pcma: ["rtppcmapay"]
}

/** Its lines say that media flows: `p_v (00:00:03): 3 seconds`. */
const report = (output: Output) => [
  "progressreport",
  `name=p_${output.track.type === "video" ? "v" : "a"}${output.track.mid}`,
  "update-freq=1",
  "format=time",
  "silent=false"
]

export const progressLine = /^p_([va])\S* \(\d+:\d+:\d+\): \d+/

/** The pipeline for `gst-launch-1.0`, or why there is none. */
export const command = (request: {
  readonly input: RelayInput
  readonly allowed: Allowed
  readonly wiring: Wiring
  readonly options: Relay
  readonly srtp: typeof Srtp.Type | undefined
}): Result.Result<{ readonly args: ReadonlyArray<string> }, Unwirable> => {
  const { allowed, input, options, srtp, wiring } = request
  if (options.pipeline !== undefined) return unsuitable("pipelines of one's own are not available here")
  if (srtp !== undefined) return unsuitable("a gstreamer relay sends no SRTP; take ffmpeg")
  const from = source(input, allowed)
  if (Result.isFailure(from)) return Result.fail(from.failure)
  const { chain, pad, paced, unpack } = from.success
  const branches: Array<string> = []
  for (const output of wiring.outputs) {
    const { copies, stream, track } = output
    const codec = track.codec ?? ""
    const payloader = payloaders[codec]
    const encode = encoders[codec]
    const decoder = input.type === "test_pattern" ? undefined : decoders[stream.codec]
    if (payloader === undefined || encode === undefined) {
      return unsuitable(`a gstreamer relay cannot send ${codec} (track ${track.mid})`)
    }
    if (!copies && decoder === undefined && input.type !== "test_pattern") {
      return unsuitable(`a gstreamer relay cannot decode ${stream.codec}`)
    }
    const interval = Duration.toMillis(options.keyframeInterval ?? "2 seconds") / 1_000
    const frames = Math.max(1, Math.round((stream.fps ?? 30) * interval))
    const made: Chain = copies
      ? []
      : [...(decoder === undefined ? [] : [[decoder]]), ...encode(options.videoBitrate ?? 2_500_000, frames)]
    const name = pad(output)
    const isFirst = output === wiring.outputs[0]
    branches.push(
      ...(name.length === 0 ? [] : [...name, "!"]),
      ...joined([
        ...(name.length === 0 ? [] : [queue]),
        ...unpack(output),
        ...(isFirst ? [watchdog] : []),
        ...made,
        [...payloader, `pt=${track.pt ?? 96}`, "mtu=1200"],
        report(output),
        ["udpsink", `host=${track.host}`, `port=${track.port}`, `sync=${paced}`, "async=false"]
      ])
    )
  }
  return Result.succeed({ args: ["-e", ...joined(chain), ...branches] })
}
