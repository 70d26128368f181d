/**
 * What the relays of a worker's broadcasts said, told to the registry: an app without that worker reads it there. Told now
 * and then while it grows, and once more before a broadcast is taken down; bounded, and the same is not told twice.
 */
import { Effect, Option } from "effect"
import type { BroadcastId } from "../BroadcastSpec.ts"
import { type RelayRun, Relays } from "../Relays.ts"
import type { Owned } from "./owned.ts"

const tellEvery = "5 seconds"
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

/** `tell` of one broadcast, and `always` of all, again and again. Nothing where there are no relays. */
export const make = Effect.fnUntraced(function*(owned: ReadonlyMap<BroadcastId, Owned>) {
  const relays = yield* Effect.serviceOption(Relays)
  if (Option.isNone(relays)) return { tell: () => Effect.void, always: Effect.never }
  const tell = (o: Owned): Effect.Effect<void> =>
    Effect.flatMap(relays.value.logs(o.claim.id), (runs) => {
      const said = newest(runs)
      if (said === o.saidLogs) return Effect.void
      o.saidLogs = said
      return Effect.asVoid(o.say({ logs: runs.map(bounded) }))
    })
  const always = Effect.forever(Effect.gen(function*() {
    yield* Effect.sleep(tellEvery)
    for (const o of owned.values()) if (o.doing === "onAir") yield* tell(o)
  }))
  return { tell, always }
})
