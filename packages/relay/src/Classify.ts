/**
 * How a relay ended, as a class of failure. The message decides, not the exit code: FFmpeg exits with 0 when a source
 * ends, stalls or cannot be read.
 */
import { classes, type RelayFailure, type RelayFailureTag } from "@headend/core/RelayFailure"
import type { RelayInput } from "@headend/core/Relays"
import type { Verdict } from "./Supervisor.ts"

/** What is known of a relay that has ended. */
export interface Circumstances {
  readonly input: RelayInput["type"]
  /** A file, which may come to its end. */
  readonly isFile: boolean
  readonly hadMedia: boolean
  /** Milliseconds from start to end. */
  readonly lasted: number
  /** What the program said, redacted. */
  readonly lines: ReadonlyArray<string>
}

/** An RTMP server that refuses says so at once; one where nobody publishes lets the relay wait for its timeout. */
export const refusesWithin = 3_000

/** The first that matches counts: the most telling ones stand first. In words of our own where FFmpeg's hide the cause. */
const table: ReadonlyArray<readonly [RegExp, RelayFailureTag, reason?: string]> = [
  // of the ports that it sends to, not of the source
  [/getaddrinfo\(|Could not resolve hostname|Error resolving/, "RelayFailed"],
  [/401 Unauthorized|403 Forbidden|authorization failed|\bUnauthorized\b/i, "SourceUnauthorized"],
  [/404 Not Found|Server returned 404|\bNot found \(?404|: Not found$/, "SourceNotFound"],
  [
    /No such stream|StreamNotFound|stream not found/i,
    "SourceAbsent"
  ],
  [/Already publishing|play denied|'play' cmd failed/i, "SourceDenied"],
  [
    /Connection refused|No route to host|Network is unreachable|Name or service not known|Failed to resolve|Temporary failure in name|Connection timed out|Connection reset|Could not connect/i,
    "SourceUnreachable"
  ],
  [
    /Unknown encoder|Unrecognized option|Option .+ not found|Error (parsing|splitting|opening) (options|filters)|matches no streams|No such filter|not supported by the bitstream filter|not on whitelist|Unknown decoder|erroneous pipeline|no element "/i,
    "RelayMisconfigured"
  ],
  [
    /^(\[\w+\] )?srt:.*(Input\/output error|timed out)|Failed to (connect|open SRT)|Connection setup failure|GstSRTSrc/im,
    "SourceUnreachable"
  ],
  [/No such file or directory|Permission denied/i, "SourceNotFound"],
  [
    /, offset 0x[0-9a-f]+: partial file/,
    "SourceUnsuitable",
    "the index of its MP4 stands behind the media, and its server gives no ranges to go back:"
    + " write it with -movflags +faststart, or serve it with ranges"
  ],
  [/Invalid data found when processing input|moov atom not found|Decoder .* not found/i, "SourceUnsuitable"]
]

/** Of no use: said of every camera, or FFmpeg's description of its outputs. */
const harmless = /Timestamps are unset|^SDP:$|^[a-z]=|^(\[\w+\] )?$|Error initializing output stream \S+ --\s*$/

/** Who in FFmpeg says it, by its address in memory, another one each time, and how grave it is. */
const sayer = /^(\[[^\]]+ @ 0x[0-9a-f]+\] )*(\[(error|fatal|panic|warning)\] )?/

/** The line that says most: the one that decided, else the last. */
const tellingLine = (lines: ReadonlyArray<string>, pattern?: RegExp): string | undefined =>
  ((pattern === undefined ? undefined : lines.findLast((line) => pattern.test(line))) ?? lines.at(-1))?.replace(
    sayer,
    ""
  )

export const classify = (verdict: Verdict, circumstances: Circumstances): RelayFailure => {
  const seen = { ...circumstances, lines: circumstances.lines.filter((line) => !harmless.test(line)) }
  const isRtmp = seen.input === "rtmp"
  const source = isRtmp ? "ingest" as const : "relay" as const
  const make = (tag: RelayFailureTag, reason: string) => {
    const hop = tag.startsWith("Source") ? source : "relay" as const
    return new classes[tag]({ hop, reason })
  }
  if (verdict.how === "greedy") return make("RelayTooGreedy", verdict.what)
  if (verdict.how === "silent") {
    return make("SourceFrozen", `no ${verdict.what} for ${Math.round(verdict.millis / 100) / 10} s`)
  }
  if (verdict.how === "noMedia") {
    return make(isRtmp ? "SourceAbsent" : "SourceFrozen", `no media in ${Math.round(verdict.millis / 1_000)} s`)
  }
  const { code, signal } = verdict
  if (signal !== null) return make("RelayKilled", signal)
  const ended = `exit ${code}${seen.lines.length === 0 ? "" : `: ${tellingLine(seen.lines)}`}`
  if (seen.hadMedia) {
    if (seen.lines.some((line) => /Watchdog triggered/.test(line))) return make("SourceFrozen", "no media any more")
    if (code === 0 && seen.isFile) return make("SourceFinished", "the end of the file")
    return /timed out/i.test(tellingLine(seen.lines) ?? "") && code === 0
      ? make("SourceFrozen", ended)
      : code === 0 ||
          seen.lines.some((line) =>
            /Input\/output error|Connection reset|End of file|Could not (read from|open) resource/i.test(line)
          )
      ? make("SourceEnded", ended)
      : make("RelayFailed", ended)
  }
  const [pattern, tag, reason] = table.find(([one]) => seen.lines.some((line) => one.test(line))) ?? []
  if (tag !== undefined) return make(tag, reason ?? tellingLine(seen.lines, pattern) ?? ended)
  if (seen.lines.some((line) => /Watchdog triggered/.test(line))) {
    return make(isRtmp ? "SourceAbsent" : "SourceFrozen", "no media in time")
  }
  // GStreamer's reader does not tell why
  if (isRtmp && seen.lines.some((line) => /Could not read from resource/.test(line))) {
    return make("SourceAbsent", "no media in time")
  }
  if (isRtmp) return make(seen.lasted < refusesWithin ? "SourceDenied" : "SourceAbsent", ended)
  return code === 0 ? make("SourceEnded", ended) : make("RelayFailed", ended)
}
