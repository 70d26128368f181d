/**
 * What the relays of a worker's broadcasts said, told to the registry: an app without that worker reads it there. Told now
 * and then while it grows, when the feed was lost, and once more before a broadcast is taken down; bounded, and the same is
 * not told twice.
 */
import { Clock, Effect, Option } from "effect"
import { type RelayRun, Relays } from "../Relays.ts"
import type { Owned } from "./owned.ts"

/** Milliseconds. */
const tellEvery = 5_000
const firstLines = 30
const lastLines = 50
const longest = 400

const short = (line: string) => line.length > longest ? `${line.slice(0, longest)} …` : line

/** The first and the last lines of a run. */
export const bounded = (run: RelayRun): RelayRun => {
  const left = run.lines.length - firstLines - lastLines
  const lines = left <= 1
    ? run.lines
    : [...run.lines.slice(0, firstLines), `… ${left} lines left out …`, ...run.lines.slice(-lastLines)]
  return { ...run, lines: lines.map(short) }
}

/** Changes whenever there is something new to tell. */
const newest = (runs: ReadonlyArray<RelayRun>) => {
  const last = runs.at(-1)
  return last === undefined ? "" : `${last.startedAt} ${last.exit} ${last.lines.length} ${last.lines.at(-1)}`
}

/** `tell` of one broadcast, and `tellAgain`, to be called with every look. Nothing where there are no relays. */
export const make = Effect.gen(function*() {
  const relays = yield* Effect.serviceOption(Relays)
  if (Option.isNone(relays)) return { tell: () => Effect.void, tellAgain: () => Effect.void }
  const tell = (o: Owned): Effect.Effect<void> =>
    Effect.flatMap(relays.value.logs(o.claim.id), (runs) => {
      const said = newest(runs)
      if (said === o.saidLogs) return Effect.void
      o.saidLogs = said
      return Effect.asVoid(o.say({ logs: runs.map(bounded) }))
    })
  const tellAgain = (o: Owned) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (o.feed !== undefined && now < o.tellLogsAfter) return Effect.void
      o.tellLogsAfter = now + tellEvery
      return tell(o)
    })
  return { tell, tellAgain }
})
