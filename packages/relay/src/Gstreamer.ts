/**
 * GStreamer's argument arrays, pure: pipelines from typed parts. A pipeline is a program, so no text of a caller becomes
 * more than the value of one property: in an argument array it cannot end that value. Only a pipeline of the caller's own,
 * where the operator allows such, is taken as it is.
 */
import type { Srtp } from "@headend/core/Mountpoint"
import type { Relay } from "@headend/core/Relay"
import type { RelayInput } from "@headend/core/Relays"
import type { PlacedTrack } from "@headend/core/Track"
import { Duration, Redacted, Result } from "effect"
import type { Allowed } from "./InputPolicy.ts"
import { type Chain, joined } from "./internal/gstChain.ts"
import { decoders, encoders, payloaders } from "./internal/gstCodecs.ts"
import { objection, source, watchdog } from "./internal/gstSource.ts"
import type { Told } from "./Supervisor.ts"
import { type Output, Unwirable, type Wiring } from "./Wiring.ts"

const queue = ["queue"]

const unsuitable = (reason: string) => Result.fail(new Unwirable({ why: "codec", reason }))

/** Why GStreamer cannot take this input; nothing when it can. */
export const refusal = objection

/** Tells each buffer that passes: `f`rames of a stream, or the `p`ackets that they were cut into. */
const counter = (what: "f" | "p", { mid, type }: PlacedTrack) => [
  "identity",
  `name=${what}_${type === "video" ? "v" : "a"}_${Buffer.from(mid).toString("hex")}`,
  "silent=false"
]

/** Lines of `-v`: what flows, else nothing of use for a log; `undefined` for all other lines. */
export const told = (line: string): Told | "noise" | undefined => {
  if (!line.startsWith("/GstPipeline:")) return undefined
  const [, what, type, bytes, flags] =
    /^\S*\/GstIdentity:([fp])_([va])_\S*: last-message = chain .*?\((\d+) bytes.*?flags: \w+([^,]*)/.exec(line) ?? []
  if (bytes === undefined) return "noise"
  const [, hours, minutes, seconds] = /pts: (\d+):(\d+):([\d.]+)/.exec(line) ?? []
  return {
    bytes: Number(bytes),
    isFrame: type === "v" && (what === "f" || /\bmarker\b/.test(flags ?? "")),
    at: seconds === undefined ? undefined : ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000
  }
}

/** Janus' key as GStreamer takes it: hexadecimal. */
const encryption = (srtp: Srtp): ReadonlyArray<string> => {
  const suite = `hmac-sha1-${srtp.suite}`
  return [
    "srtpenc",
    `key=${Buffer.from(Redacted.value(srtp.crypto), "base64").toString("hex")}`,
    "rtp-cipher=aes-128-icm",
    "rtcp-cipher=aes-128-icm",
    `rtp-auth=${suite}`,
    `rtcp-auth=${suite}`
  ]
}

/** From RTP to the mountpoint. */
const sink = (track: PlacedTrack, srtp: Srtp | undefined, paced: boolean, delay = 0): Chain => [
  ...(srtp === undefined ? [] : [encryption(srtp)]),
  [
    "udpsink",
    `host=${track.host}`,
    `port=${track.port}`,
    `sync=${paced}`,
    "async=false",
    ...(delay === 0 ? [] : [`ts-offset=${delay * 1_000_000}`])
  ]
]

interface Request {
  readonly input: RelayInput
  readonly allowed: Allowed
  readonly wiring: Wiring
  readonly options: Relay
  readonly srtp: Srtp | undefined
  /** Milliseconds from when a file could be sent until it is. */
  readonly delay?: number
}

/** `-e` ends in order on SIGINT; `-v` is how the counters are heard. */
const launch = (elements: ReadonlyArray<string>) => Result.succeed({ args: ["-e", "-v", "-X", "caps", ...elements] })

/** From the output's pad to its port, or why that cannot be. */
const branch = (
  output: Output,
  from: { readonly pad: ReadonlyArray<string>; readonly chain: Chain; readonly paced: boolean },
  { delay, input, options, srtp }: Request,
  isWatched: boolean
): Result.Result<ReadonlyArray<string>, Unwirable> => {
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
  const isDemuxed = from.pad.length > 0
  return Result.succeed([
    ...(isDemuxed ? [...from.pad, "!"] : []),
    ...joined([
      ...(isDemuxed ? [queue] : []),
      ...from.chain,
      ...(isWatched ? [watchdog] : []),
      ...made,
      counter("f", track),
      [...payloader, `pt=${track.pt ?? 96}`, "mtu=1200"],
      ...sink(track, srtp, from.paced, delay)
    ])
  ])
}

/** The pipeline for `gst-launch-1.0`, or why there is none. */
export const command = (
  request: Request
): Result.Result<{ readonly args: ReadonlyArray<string> }, Unwirable> => {
  const { allowed, input, options, wiring } = request
  if (options.pipeline !== undefined) return custom(options.pipeline, request)
  const begun = source(input, allowed)
  if (Result.isFailure(begun)) return Result.fail(begun.failure)
  const { chain, isNamed, isSplit = false, pad, paced, unpack } = begun.success
  const branches: Array<string> = []
  // of two either may stop without the other
  const isWatched = isSplit && wiring.outputs.length === 1
  const shared = new Map<string, string>()
  for (const output of wiring.outputs) {
    if (output.position > 0 && !isNamed(output)) {
      return unsuitable(
        `a gstreamer relay takes the first ${output.track.type} of such a source only (track ${output.track.mid})`
      )
    }
    const from = pad(output)
    const stream = `${output.track.type}${output.position}`
    const isShared = from.length > 0
      && wiring.outputs.filter(({ position, track }) => `${track.type}${position}` === stream).length > 1
    if (isShared && !shared.has(stream)) {
      // a pad can be taken once
      shared.set(stream, `t${shared.size}`)
      branches.push(...from, "!", ...joined([queue, ...unpack(output), ["tee", `name=${shared.get(stream)}`]]))
    }
    const made = branch(
      output,
      isShared
        ? { pad: [`${shared.get(stream)}.`], chain: [], paced }
        : { pad: from, chain: unpack(output), paced },
      request,
      isWatched
    )
    if (Result.isFailure(made)) return Result.fail(made.failure)
    branches.push(...made.success)
  }
  return launch([...joined(chain), ...branches])
}

/** `{v}`, an argument of its own: where the RTP of track `v` goes. */
const sinkArgument = /^\{([A-Za-z0-9._~-]{1,64})\}$/

/** The tracks that a pipeline of one's own sends to, by `mid`. */
export const sinksOf = (pipeline: ReadonlyArray<string>): ReadonlyArray<string> =>
  pipeline.flatMap((argument) => sinkArgument.exec(argument)?.[1] ?? [])

/**
 * A pipeline of one's own. `{v}` as an argument stands for the sink of track `v` and takes its RTP; within an argument,
 * `{v.pt}` is its payload type, and `{url}`, `{username}`, `{password}` are those of the input that was checked.
 */
const custom = (
  pipeline: ReadonlyArray<string>,
  { allowed, input, srtp, wiring }: Request
): Result.Result<{ readonly args: ReadonlyArray<string> }, Unwirable> => {
  const tracks = new Map(wiring.outputs.map(({ track }) => [track.mid, track]))
  const values = new Map<string, string | undefined>([
    ["url", allowed.url === "" ? undefined : allowed.url],
    ["username", input.type === "rtsp" && input.username !== undefined ? Redacted.value(input.username) : undefined],
    ["password", input.type === "rtsp" && input.password !== undefined ? Redacted.value(input.password) : undefined],
    ...wiring.outputs.map(({ track }) => [`${track.mid}.pt`, String(track.pt ?? 96)] as const)
  ])
  const elements: Array<string> = []
  for (const argument of pipeline) {
    const mid = sinkArgument.exec(argument)?.[1]
    const track = tracks.get(mid ?? "")
    if (track !== undefined) {
      elements.push(...joined([counter("p", track), ...sink(track, srtp, false)]))
      continue
    }
    const unknown = [...argument.matchAll(/\{([A-Za-z0-9._~-]+)\}/g)].find(([, name]) =>
      values.get(name!) === undefined
    )
    if (unknown !== undefined) {
      return unsuitable(`the pipeline names ${unknown[0]}, and there is no such thing here`)
    }
    elements.push(argument.replace(/\{([A-Za-z0-9._~-]+)\}/g, (_, name: string) => values.get(name)!))
  }
  return launch(elements)
}
