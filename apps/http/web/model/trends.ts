// Figures over the last minutes, for small graphs: of each broadcast what its relay told with each snapshot.
import type { Broadcasts } from "./broadcasts.ts"
import type { Progress, Progresses } from "./progress.ts"

/** One sample of a relay's figures; null where it tells none. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly kbps: number | null
  readonly fps: number | null
}

export type Trends = ReadonlyMap<string, ReadonlyArray<Sample>>

/** So many are kept, at one a second two minutes. */
const kept = 120

const sample = ({ bitrateKbps, fps }: Progress, at: number): Sample | undefined =>
  bitrateKbps === undefined && fps === undefined ? undefined : { at, kbps: bitrateKbps ?? null, fps: fps ?? null }

/** With what their relays move now; those whose broadcast is not known any more are gone. */
export const withSamples = (before: Trends, broadcasts: Broadcasts, progress: Progresses, at: number): Trends => {
  const after = new Map<string, ReadonlyArray<Sample>>()
  for (const id of broadcasts.keys()) {
    const known = before.get(id) ?? []
    const next = sample(progress.get(id) ?? {}, at)
    if (next !== undefined) after.set(id, [...known, next].slice(-kept))
    else if (known.length > 0) after.set(id, known)
  }
  return after
}

/** The points of a line in a box of that width and height, the highest value at the top, zero at the bottom. */
export const line = (values: ReadonlyArray<number | null>, width: number, height: number): string => {
  const highest = Math.max(1, ...values.map((value) => value ?? 0))
  const step = values.length < 2 ? 0 : width / (values.length - 1)
  return values.flatMap((value, i) =>
    value === null ? [] : [`${(i * step).toFixed(1)},${(height - (value / highest) * height).toFixed(1)}`]
  ).join(" ")
}
