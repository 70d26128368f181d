/**
 * What a process uses, read from /proc; nothing where there is no such thing.
 */
import { readFileSync } from "node:fs"

export interface Usage {
  /** Processor time since its start, in milliseconds. */
  readonly cpuMillis: number
  readonly memoryMb: number
}

/** USER_HZ, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100
const pageBytes = 4_096

export const usage = (pid: number): Usage | undefined => {
  const stat = read(`/proc/${pid}/stat`)
  const statm = read(`/proc/${pid}/statm`)
  // the program's name may hold spaces and brackets: what is counted begins after the last one
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")
  if (fields === undefined || statm === undefined) return undefined
  const ticks = Number(fields[11]) + Number(fields[12])
  return {
    cpuMillis: ticks * 1_000 / ticksPerSecond,
    memoryMb: Number(statm.split(" ")[1]) * pageBytes / 2 ** 20
  }
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}
