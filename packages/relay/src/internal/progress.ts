/**
 * FFmpeg's `-progress`: blocks of `key=value` lines, and between them a line for each packet of the outputs that its
 * `total_size` leaves out: it is that of the first one, and `bitrate` as well. No block comes until every output has begun,
 * which one without sound never does: until then the lines alone count. What matters is whether the totals grow, and what
 * they make per second; FFmpeg's own averages go back to the beginning.
 */
import { lines } from "./child.ts"

/** The totals of a process since its start. */
export interface Totals {
  readonly frames: number
  /** Of the first output, or of all where there is one count for all. */
  readonly bytes: number
  /** Of the other outputs. */
  readonly otherBytes: number
  /** Where they are told. */
  readonly drops: number | undefined
  readonly dups: number | undefined
  readonly speed: number | undefined
  /** Milliseconds of media, where each packet tells its time. */
  readonly position: number | undefined
}

const none: Totals = {
  frames: 0,
  bytes: 0,
  otherBytes: 0,
  drops: undefined,
  dups: undefined,
  speed: undefined,
  position: undefined
}

/** Seconds of media per second, as the program tells it, or by the times of its packets. */
const speed = (before: Totals, after: Totals, millis: number): number | undefined =>
  after.speed ?? (before.position === undefined || after.position === undefined
    ? undefined
    : round((after.position - before.position) / millis, 2))

/** Reads the text of `-progress`; `onBlock` gets the totals at the end of each block. */
export const reader = (onBlock: (totals: Totals) => void): (text: string) => void => {
  let totals = none
  let isReporting = false
  const split = lines((line) => {
    // stream, dts, pts, duration, size, checksum: `0x…` of framecrc for a picture, that of framemd5 for sound
    const [, size, picture] = /^\d+,\s*-?\d+,\s*-?\d+,\s*\d+,\s*(\d+),\s*(0x)?/.exec(line) ?? []
    if (size !== undefined) {
      const frames = !isReporting && picture !== undefined ? totals.frames + 1 : totals.frames
      totals = { ...totals, frames, otherBytes: totals.otherBytes + Number(size) }
      if (!isReporting) onBlock(totals)
      return
    }
    const [, key, value = ""] = /^(\w+)=\s*(\S+)$/.exec(line) ?? []
    const number = Number.parseFloat(value) // "1.01x"; "N/A" is no number
    const known = Number.isFinite(number)
    if (key === "frame" && known) totals = { ...totals, frames: number }
    else if (key === "total_size" && known) totals = { ...totals, bytes: number }
    else if (key === "drop_frames" && known) totals = { ...totals, drops: number }
    else if (key === "dup_frames" && known) totals = { ...totals, dups: number }
    else if (key === "speed") totals = { ...totals, speed: known ? number : undefined }
    else if (key === "progress") {
      isReporting = true
      onBlock(totals)
    }
  })
  return split.push
}

const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits

/** What two readings make per second. */
export const figures = (before: Totals, after: Totals, millis: number): Readonly<Record<string, number>> => {
  const perSecond = speed(before, after, millis)
  return {
    fps: round((after.frames - before.frames) / millis * 1_000, 1),
    bitrateKbps: round((after.bytes + after.otherBytes - before.bytes - before.otherBytes) * 8 / millis, 0),
    frames: after.frames,
    ...(after.drops === undefined ? {} : { drops: after.drops }),
    ...(after.dups === undefined ? {} : { dups: after.dups }),
    ...(perSecond === undefined ? {} : { speed: perSecond })
  }
}

export { none }
