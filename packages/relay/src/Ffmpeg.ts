/**
 * FFmpeg's argument arrays, pure. No value of a caller stands where FFmpeg would look for an option: each follows the
 * option that it belongs to. What is not obvious here was measured, and is told where it stands.
 */
import type { Srtp } from "@headend/core/Mountpoint"
import type { Relay } from "@headend/core/Relay"
import type { RelayInput } from "@headend/core/Relays"
import { Duration, Redacted } from "effect"
import type { Allowed } from "./InputPolicy.ts"
import { encoders } from "./internal/encoders.ts"
import type { Output, Streams, Wiring } from "./Wiring.ts"

/** What a program is started with. */
export interface Command {
  readonly args: ReadonlyArray<string>
  /** What it reads from its standard input. */
  readonly stdin?: string
}

/** Ends as soon as every announced stream is known; smaller limits miss the video of some servers. */
const analysisOfAll = ["-analyzeduration", "5000000", "-probesize", "5000000", "-fpsprobesize", "0"]

/** Where there is one stream and no other to be waited for: the whole time would be spent in vain. */
const analysisOfOne = ["-analyzeduration", "1000000", "-probesize", "5000000", "-fpsprobesize", "0"]

/** Connection and reading may take so long: a backstop for the silence that the supervisor notices first. */
const patience = "5000000"

const protocols = (url: string): string => {
  const scheme = /^([a-z]+):/i.exec(url)?.[1]?.toLowerCase()
  const table: Partial<Record<string, string>> = {
    rtmp: "rtmp,tcp",
    rtmps: "rtmps,rtmp,tls,tcp",
    rtsp: "rtsp,tcp,udp,rtp",
    rtsps: "rtsps,rtsp,tls,tcp,udp,rtp",
    http: "http,https,tcp,tls,crypto",
    https: "http,https,tcp,tls,crypto",
    srt: "srt,udp"
  }
  return table[scheme ?? ""] ?? "file"
}

/** FFmpeg's own idea of where the application ends in an RTMP address. */
const tcUrl = (url: string, host: string): string => {
  const [, scheme = "", port = "", path = ""] = /^(rtmps?:\/\/)[^/]*?((?::\d+)?)\/([^?]*)/.exec(url) ?? []
  const parts = path.split("/")
  return `${scheme}${host}${port}/${parts.slice(0, parts.length > 2 ? 2 : 1).join("/")}`
}

/** User and password go into the address: FFmpeg takes them nowhere else. */
const withCredentials = (
  url: string,
  user: Redacted.Redacted | undefined,
  password: Redacted.Redacted | undefined
): string => {
  if (user === undefined && password === undefined) return url
  const secret = password === undefined ? "" : `:${encodeURIComponent(Redacted.value(password))}`
  return url.replace(
    /^([a-z]+:\/\/)(?:[^/@]*@)?/i,
    `$1${encodeURIComponent(user === undefined ? "" : Redacted.value(user))}${secret}@`
  )
}

/** What opens the input, for FFmpeg and for ffprobe; `streams`: what it carries as far as that is known. */
export const opening = (input: RelayInput, allowed: Allowed, streams: Streams = []): ReadonlyArray<string> => {
  const { host, url } = allowed
  const analysis = streams.length === 1 ? analysisOfOne : analysisOfAll
  const whitelist = ["-protocol_whitelist", protocols(url)]
  if (input.type === "rtmp") {
    const named = host === undefined ? [] : ["-rtmp_tcurl", tcUrl(url, host)]
    return [...whitelist, "-rw_timeout", patience, ...named, ...analysis, "-i", url]
  }
  if (input.type === "rtsp") {
    const timeout = input.timeout === undefined ? patience : String(Duration.toMillis(input.timeout) * 1_000)
    const full = withCredentials(url, input.username, input.password)
    return [...whitelist, "-rtsp_transport", input.transport, "-timeout", timeout, ...analysis, "-i", full]
  }
  if (/^https?:/i.test(url)) {
    const named = host === undefined
      ? []
      : ["-headers", `Host: ${host}${/^http:\/\/[^/]*?(:\d+)/i.exec(url)?.[1] ?? ""}\r\n`]
    return [...whitelist, "-rw_timeout", patience, ...named, ...analysis, "-i", url]
  }
  return [...whitelist, ...analysis, "-i", url]
}

/** A picture with running seconds, and a flash with a beep at each full one: both from one source, so that they agree. */
const pattern = (width: number, height: number, fps: number): string => {
  const flash = "drawbox=x=0:y=0:w=iw/4:h=ih/4:color=white:t=fill:enable='lt(mod(t,1),0.1)'"
  const beep = "0.5*sin(2*PI*1000*t)*lt(mod(t,1),0.1)"
  return `testsrc=size=${width}x${height}:rate=${fps}:decimals=1,${flash}[out0];aevalsrc='${beep}':s=48000[out1]`
}

const isFile = (input: RelayInput, allowed: Allowed) => input.type === "pull" && !/^[a-z]+:\/\//i.test(allowed.url)

const loops = (input: RelayInput, allowed: Allowed) => input.type === "pull" && input.loop && isFile(input, allowed)

const source = (input: RelayInput, allowed: Allowed, streams: Streams): ReadonlyArray<string> => {
  if (input.type === "test_pattern") {
    return ["-re", "-f", "lavfi", "-i", pattern(input.width, input.height, input.fps)]
  }
  if (loops(input, allowed)) {
    // With a bitstream filter the video would end after the first pass; the concat reader converts by itself.
    return [
      "-re",
      "-stream_loop",
      "-1",
      "-protocol_whitelist",
      "file,pipe",
      "-f",
      "concat",
      "-safe",
      "0",
      "-i",
      "pipe:0"
    ]
  }
  // A live source must not be slowed down: what a server sends first would stay as latency for ever.
  const paced = input.type === "pull" && !/^srt:/i.test(allowed.url) ? ["-re"] : []
  // An RTMP greeting is many small writes: held back for one another they cost 0.1 s. Not so for ffprobe: a server that
  // refuses may hang up between two of them, and its reason is never read.
  const hasty = input.type === "rtmp" ? ["-tcp_nodelay", "1"] : []
  return [...paced, ...hasty, ...opening(input, allowed, streams)]
}

const seconds = (relay: Relay) => Duration.toMillis(relay.keyframeInterval ?? "2 seconds") / 1_000

const filters = (output: Output, looped: boolean): ReadonlyArray<string> => {
  if (looped || output.track.type !== "video") return []
  // Parameter sets with every keyframe: nobody could start to decode without them.
  if (output.stream.codec === "h264") return ["-bsf:v", "h264_mp4toannexb,dump_extra=freq=keyframe"]
  return output.stream.codec === "hevc" ? ["-bsf:v", "hevc_mp4toannexb"] : []
}

/** Options of the muxer, as pairs: the first output's own, or those of one branch of a tee. */
const rtp = (output: Output, srtp: Srtp | undefined) => {
  const { track } = output
  const rtcp = track.rtcpPort === null || track.rtcpPort === 0 ? "" : `&rtcpport=${track.rtcpPort}`
  const host = track.host.includes(":") ? `[${track.host}]` : track.host
  // larger packets would not fit once Janus adds its own
  const to = `${host}:${track.port}?pkt_size=1200${rtcp}`
  const options: ReadonlyArray<readonly [string, string]> = [
    // FFmpeg 5.1 takes its own RTP of VP9 for an experiment, and refuses it otherwise
    ...(track.codec === "vp9" ? [["strict", "experimental"] as const] : []),
    ["payload_type", `${track.pt ?? 96}`],
    ["f", "rtp"],
    ...(srtp === undefined
      ? []
      : [
        ["srtp_out_suite", `AES_CM_128_HMAC_SHA1_${srtp.suite}`] as const,
        ["srtp_out_params", Redacted.value(srtp.crypto)] as const
      ])
  ]
  return { options, url: `${srtp === undefined ? "rtp" : "srtp"}://${to}` }
}

/**
 * `-progress` has the size of the first output only, and says nothing while another one has not begun. Each further one, and
 * every picture beside something else, is told there, too, packet by packet: by a tee, since a second output would encode
 * a second time. A tee also begins by itself, where outputs that are all RTP wait for each other.
 */
const target = (output: Output, index: number, all: number, srtp: Srtp | undefined): ReadonlyArray<string> => {
  const { options, url } = rtp(output, srtp)
  const isPicture = output.track.type === "video"
  if (index === 0 && (!isPicture || all === 1)) return [...options.flatMap(([name, value]) => [`-${name}`, value]), url]
  const branch = options.map(([name, value]) => `${name}=${value}`).join(":")
  return ["-f", "tee", `[${branch}]${url}|[f=${isPicture ? "framecrc" : "framemd5"}:flush_packets=1]pipe:3`]
}

/** Nothing is made up for pictures that a live source did not send: after a minute without any it would be a minute late. */
const pace = ({ type }: RelayInput) => (type === "rtmp" || type === "rtsp" ? ["-fps_mode", "vfr"] : [])

const encode = (output: Output, relay: Relay, input: RelayInput): ReadonlyArray<string> => {
  const interval = seconds(relay)
  const frames = Math.max(1, Math.round((output.stream.fps ?? 30) * interval))
  const args = encoders[output.track.codec ?? ""]?.(relay.videoBitrate ?? 2_500_000, frames) ?? []
  return output.track.type === "video"
    ? [...args, ...pace(input), "-force_key_frames", `expr:gte(t,n_forced*${interval})`]
    : args
}

/** The relay: one process for all tracks, so that audio and video of one instant are sent at the same instant. */
export const command = (request: {
  readonly input: RelayInput
  readonly allowed: Allowed
  readonly wiring: Wiring
  readonly options: Relay
  readonly srtp: Srtp | undefined
}): Command => {
  const { allowed, input, options, srtp, wiring } = request
  const looped = loops(input, allowed)
  const outputs = wiring.outputs.flatMap((output, index) => {
    const { position, track } = output
    const [letter, other] = track.type === "video" ? ["v", "-an"] : ["a", "-vn"]
    return [
      "-map",
      `0:${letter}:${position}`,
      other,
      ...(output.copies ? [`-c:${letter}`, "copy", ...filters(output, looped)] : encode(output, options, input)),
      ...target(output, index, wiring.outputs.length, srtp)
    ]
  })
  return {
    args: [
      "-hide_banner",
      "-nostdin",
      "-nostats",
      "-loglevel",
      "level+warning",
      // its own descriptor: FFmpeg prints the SDP on standard output
      "-progress",
      "pipe:3",
      "-stats_period",
      "0.25",
      ...source(input, allowed, wiring.streams),
      ...outputs
    ],
    ...(looped ? { stdin: `ffconcat version 1.0\nfile 'file:${allowed.url.replaceAll("'", "'\\''")}'\n` } : {})
  }
}

const asked = [
  "-show_entries",
  `stream=${
    [
      "index,id,codec_type,codec_name,profile,width,has_b_frames,avg_frame_rate",
      "sample_rate,channels,pix_fmt"
    ].join(",")
  }`,
  "-of",
  "json"
]

/** ffprobe on the same input, opened in the same way; of a camera it tells the session description as well. */
export const probe = (input: RelayInput, allowed: Allowed): ReadonlyArray<string> => {
  const opened = opening(input, allowed)
  return ["-v", input.type === "rtsp" ? "verbose" : "error", ...opened.slice(0, -2), ...asked, ...opened.slice(-2)]
}

/** The same on what an RTMP publisher announces: it does not wait for what is announced, and not for what is not. */
export const announced = (input: RelayInput, allowed: Allowed): ReadonlyArray<string> => {
  const short = ["-flv_metadata", "1", "-analyzeduration", "500000"]
  const args = probe(input, allowed)
  return [...args.slice(0, -2), ...short, ...args.slice(-2)]
}
