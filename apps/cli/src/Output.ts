/**
 * What is written where: results to the standard output, all else to the standard error. On a terminal there is one line
 * that is written over; into a pipe or a file every line stays.
 */
import { Cause, Clock, Effect, Logger } from "effect"

const write = (stream: NodeJS.WriteStream, text: string) => Effect.sync(() => void stream.write(text))

/** On a terminal there may be a line that is to be written over: what comes next takes its place. */
let isLive = false
const over = (stream: NodeJS.WriteStream) => {
  const begins = isLive && stream.isTTY ? "\r\x1b[K" : ""
  isLive = isLive && !stream.isTTY
  return begins
}
const put = (stream: NodeJS.WriteStream, text: string) => void stream.write(`${over(stream)}${text}\n`)
const line = (stream: NodeJS.WriteStream, text: string) => Effect.sync(() => put(stream, text))

/** A result. */
export const print = (text: string) => line(process.stdout, text)
export const printJson = (value: unknown) => print(JSON.stringify(value))
/** Something about the way there. */
export const say = (text: string) => line(process.stderr, text)

const worded = (message: unknown): string =>
  Array.isArray(message)
    ? message.map(worded).join(" ")
    : typeof message === "string"
    ? message
    : JSON.stringify(message)

/** What goes wrong on the way and is mended, among the lines that the command says itself. */
export const logger = Logger.make(({ cause, date, logLevel, message }) => {
  const why = cause.reasons.length === 0 ? "" : `: ${Cause.pretty(cause)}`
  put(process.stderr, `${date.toISOString().slice(11, 19)} ${logLevel.toLowerCase()}: ${worded(message)}${why}`)
})

/** A line that is written over by the next one; nothing where nobody looks. */
export const live = (text: string) =>
  Effect.suspend(() => {
    if (!process.stderr.isTTY) return Effect.void
    isLive = true
    return write(process.stderr, `\r\x1b[K${text.slice(0, (process.stderr.columns || 80) - 1)}`)
  })
export const liveEnd = Effect.suspend(() => write(process.stderr, over(process.stderr)))

/** `1h 02m`, `3m 07s`, `12s`. */
export const duration = (millis: number): string => {
  const seconds = Math.max(0, Math.floor(millis / 1000))
  const two = (n: number) => String(n).padStart(2, "0")
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}h ${two(m)}m` : m > 0 ? `${m}m ${two(s)}s` : `${s}s`
}

/** `1 broadcast`, `2 broadcasts`. */
export const counted = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`

/** How long ago that is. */
export const since = (time: string) => Effect.map(Clock.currentTimeMillis, (now) => duration(now - Date.parse(time)))

/** Columns, as wide as their widest cell. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = rows.reduce<ReadonlyArray<number>>(
    (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, cell.length)),
    []
  )
  return rows
    .map((row) =>
      row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join("  ").trimEnd()
    )
    .join("\n")
}
