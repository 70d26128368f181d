// Figures over the last minutes, for small graphs: of each broadcast what its relay told with each snapshot.
import type { Snapshot } from "@headend/core/Snapshot"

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

const figure = (snapshot: Snapshot, name: string): number | null => snapshot.relay?.progress?.[name] ?? null

const sample = (snapshot: Snapshot, at: number): Sample | undefined => {
  const [kbps, fps] = [figure(snapshot, "bitrateKbps"), figure(snapshot, "fps")]
  return kbps === null && fps === null ? undefined : { at, kbps, fps }
}

/** With what these snapshots tell now; those whose broadcast is not told any more are gone. */
export const withSamples = (before: Trends, snapshots: Iterable<Snapshot>, at: number): Trends => {
  const after = new Map<string, ReadonlyArray<Sample>>()
  for (const snapshot of snapshots) {
    const known = before.get(snapshot.id) ?? []
    const next = sample(snapshot, at)
    if (next !== undefined) after.set(snapshot.id, [...known, next].slice(-kept))
    else if (known.length > 0) after.set(snapshot.id, known)
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
