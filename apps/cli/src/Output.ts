/**
 * What is written where: results to the standard output, all else to the standard error. On a terminal there is one line
 * that is written over; into a pipe or a file every line stays.
 */
import { Clock, Effect } from "effect"

const write = (stream: NodeJS.WriteStream, text: string) => Effect.sync(() => void stream.write(text))

/** A result. */
export const print = (line: string) => write(process.stdout, `${line}\n`)
export const printJson = (value: unknown) => print(JSON.stringify(value))
/** Something about the way there. */
export const say = (line: string) => write(process.stderr, `${process.stderr.isTTY ? "\r\x1b[K" : ""}${line}\n`)

/** A line that is written over by the next one; nothing where nobody looks. */
export const live = (line: string) =>
  process.stderr.isTTY ? write(process.stderr, `\r\x1b[K${line.slice(0, process.stderr.columns - 1)}`) : Effect.void
export const liveEnd = process.stderr.isTTY ? write(process.stderr, "\r\x1b[K") : Effect.void

/** `1h 02m`, `3m 07s`, `12s`. */
export const duration = (millis: number): string => {
  const seconds = Math.max(0, Math.floor(millis / 1000))
  const two = (n: number) => String(n).padStart(2, "0")
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}h ${two(m)}m` : m > 0 ? `${m}m ${two(s)}s` : `${s}s`
}

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
