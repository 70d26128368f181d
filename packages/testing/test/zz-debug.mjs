import { storm } from "./scenario/storm.ts"
import { Effect, References } from "effect"
import { TestClock } from "effect/testing"
const [from, to, starts, show] = process.argv.slice(2).map(Number)
let total = 0
const t0 = Date.now()
for (let seed = from; seed <= to; seed++) {
  const a = Date.now()
  const { runs, steps, wrong } = await Effect.runPromise(storm(seed, starts).pipe(Effect.provide(TestClock.layer()), Effect.provideService(References.MinimumLogLevel, "None")))
  total += runs
  if (wrong.length > 0) console.log(seed, steps.includes("freeze"), wrong, show > 0 ? steps.slice(-show).join(", ") : "")
  if (Date.now() - a > 5000) console.log(seed, "slow", Date.now() - a)
}
console.log("runs", total, "ms", Date.now() - t0, "heap MB", Math.round(process.memoryUsage().heapUsed / 1e6))
