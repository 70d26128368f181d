/**
 * Where a pipeline begins: a reader and a demuxer for each input. A container is known by its name, so an address that does
 * not tell is refused, with a word about FFmpeg, which looks inside.
 */
import type { RelayInput } from "@headend/core/Relays"
import { Duration, Redacted, Result } from "effect"
import type { Allowed } from "../InputPolicy.ts"
import { type Output, Unwirable } from "../Wiring.ts"
import type { Chain } from "./gstChain.ts"
import { depayloaders, parsers } from "./gstCodecs.ts"

/** A demuxer named `s`, and what its pads are called. */
export interface Source {
  readonly chain: Chain
  /** The pad of an output's stream; none where the source is generated. */
  readonly pad: (output: Output) => ReadonlyArray<string>
  /** From a pad to a parsed or raw stream. */
  readonly unpack: (output: Output) => Chain
  /** Files are sent at their own pace; what is live is sent as it comes. */
  readonly paced: boolean
  /** Each stream comes by itself, and nothing else tells that all of them have stopped. */
  readonly isSplit?: boolean
  /** Whether that output's pad can be told from others; else it is the first that carries such a stream. */
  readonly isNamed: (output: Output) => boolean
}

const parse = ({ stream }: Output): Chain => {
  const parser = parsers[stream.codec]
  return parser === undefined ? [] : [parser]
}

const caps: Partial<Record<string, string>> = {
  h264: "video/x-h264",
  hevc: "video/x-h265",
  aac: "audio/mpeg",
  opus: "audio/x-opus"
}

const demuxers: Partial<Record<string, string>> = {
  mp4: "qtdemux",
  mov: "qtdemux",
  m4v: "qtdemux",
  mkv: "matroskademux",
  webm: "matroskademux",
  flv: "flvdemux",
  ts: "tsdemux",
  m3u8: "tsdemux"
}

const container = (url: string): string =>
  /^srt:/i.test(url) ? "ts" : (/\.([a-z0-9]+)(?:[?#]|$)/i.exec(url)?.[1] ?? "").toLowerCase()

/** Why GStreamer cannot pull that; nothing when it can. */
export const objection = (input: RelayInput): string | undefined => {
  if (input.type !== "pull") return undefined
  return demuxers[container(Redacted.value(input.url))] === undefined
    ? `a gstreamer relay pulls HLS, SRT and files named ${Object.keys(demuxers).join(", ")}; take ffmpeg for others`
    : undefined
}

const hex = (pid: number) => pid.toString(16).padStart(4, "0")

/** Pads of a camera have names that nobody knows before. */
const payload = ({ stream }: Output) => (stream.payload === undefined ? "" : `,payload=${stream.payload}`)

/** It is active from the start: what never comes ends the pipeline as well. Milliseconds. */
export const watchdog = ["watchdog", "timeout=6000"]

const reader = ({ host, url }: Allowed): ReadonlyArray<string> => {
  if (/^srt:/i.test(url)) return ["srtsrc", `uri=${url}`, "auto-reconnect=false"]
  if (!/^https?:/i.test(url)) return ["filesrc", `location=${url}`]
  const port = /^http:\/\/[^/]*?(:\d+)/i.exec(url)?.[1] ?? ""
  // a name was looked up: the server is to hear it all the same
  const named = host === undefined ? [] : [`extra-headers=headers,Host=(string)"${host}${port}"`]
  return ["souphttpsrc", `location=${url}`, "timeout=5", ...named]
}

const pulled = (allowed: Allowed): Source => {
  const kind = container(allowed.url)
  const demuxer = demuxers[kind] ?? "tsdemux"
  const isTransport = demuxer === "tsdemux"
  const isCalled = /^srt:/i.test(allowed.url)
  // of a playlist or a call the numbers are not known
  const isNamed = ({ stream }: Output) =>
    isTransport ? kind === "ts" && !isCalled && stream.id !== undefined : demuxer !== "flvdemux"
  return {
    // a file is read ahead and then not for long
    chain: [reader(allowed), ...(isCalled ? [watchdog] : []), ...(kind === "m3u8" ? [["hlsdemux"]] : []), [
      demuxer,
      "name=s"
    ]],
    pad: (output) => {
      const { position, stream, track } = output
      if (isTransport) return [isNamed(output) ? `s.${track.type}_0_${hex(stream.id ?? 0)}` : "s."]
      return [demuxer === "flvdemux" ? `s.${track.type}` : `s.${track.type}_${position}`]
    },
    unpack: (output) => [
      ...(isTransport ? [[caps[output.stream.codec] ?? output.track.type]] : []),
      ...parse(output)
    ],
    paced: !isCalled,
    isNamed
  }
}

export const source = (input: RelayInput, allowed: Allowed): Result.Result<Source, Unwirable> => {
  switch (input.type) {
    case "rtmp":
      return Result.succeed({
        // rtmp2src gets nothing from node-media-server; a server that answers nothing is waited for by the reader alone
        chain: [["rtmpsrc", `location=${allowed.url} live=1 timeout=5`], watchdog, ["flvdemux", "name=s"]],
        pad: ({ track }) => [`s.${track.type}`],
        unpack: parse,
        paced: false,
        isNamed: () => false
      })
    case "rtsp": {
      const user = input.username === undefined ? [] : [`user-id=${Redacted.value(input.username)}`]
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
          [`application/x-rtp,media=${output.track.type}${payload(output)}`],
          [depayloaders[output.stream.codec] ?? "identity"],
          ...parse(output)
        ],
        paced: false,
        isSplit: true,
        isNamed: ({ stream }) => stream.payload !== undefined
      })
    }
    case "test_pattern":
      return Result.succeed({
        chain: [],
        pad: () => [],
        unpack: ({ track }) =>
          track.type === "video"
            ? [
              // the hand of a clock, and the colours change each second; text would need a plug-in that brings X11. Of its
              // counters that of the running time stands still, and that of the frames has fifty to the second
              [
                "videotestsrc",
                "is-live=true",
                "pattern=ball",
                "motion=sweep",
                "animation-mode=frames",
                "flip=true"
              ],
              [`video/x-raw,width=${input.width},height=${input.height},framerate=50/1`],
              ["videorate"],
              [`video/x-raw,framerate=${input.fps}/1`]
            ]
            : [["audiotestsrc", "is-live=true", "wave=ticks"]],
        paced: false,
        isNamed: () => false
      })
    case "pull": {
      const against = objection(input)
      return against === undefined
        ? Result.succeed(pulled(allowed))
        : Result.fail(new Unwirable({ why: "codec", reason: against }))
    }
  }
}
