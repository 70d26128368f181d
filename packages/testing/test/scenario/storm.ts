/**
 * A storm: random starts, stops, lost publishers, outages, crashes and hand-overs on the fakes, in virtual time; then
 * everything heals, everything is stopped, and nothing may be left. One seed gives the same storm again.
 */
import { Broadcasts } from "@headend/core/Broadcasts"
import { sweep } from "@headend/core/Sweep"
import { FakeRegistry } from "@headend/testing/FakeRegistry"
import { World } from "@headend/testing/World"
import { Array as Arr, Effect, Exit, Random, Scope } from "effect"
import { TestClock } from "effect/testing"
import { headquarters } from "./crew.ts"
import {
  ended,
  forwarding,
  healed,
  history,
  leftBehind,
  relaying,
  remains,
  snapshots,
  told,
  type Wrong
} from "./stormChecks.ts"
import { Dice, foreign } from "./stormSpecs.ts"
import { type Storm, weather } from "./stormWeather.ts"

export interface Outcome {
  /** How many runs were started. */
  readonly runs: number
  /** What is wrong, in words; nothing, when all is well. */
  readonly wrong: Wrong
  /** What happened before it went wrong. */
  readonly steps: ReadonlyArray<string>
}

const play = Effect.fnUntraced(function*(seed: number, atLeast: number, kind: Storm) {
  const dice = new Dice(seed)
  const isWild = kind === "wild"
  const world = yield* World
  const broadcasts = yield* Broadcasts
  const registry = yield* FakeRegistry
  const requests = yield* Scope.make()
  const { blow, calm, hire, leave, members, steps } = yield* weather(dice, kind, requests)
  const wrong: Array<string> = []
  const look = <R>(when: string, check: Effect.Effect<Wrong, unknown, R>) =>
    Effect.map(Effect.orDie(check), (found) => void wrong.push(...found.map((one) => `${when}: ${one}`)))
  const runs = Effect.map(
    Effect.orDie(snapshots),
    (all) => all.reduce((sum, { run }) => sum + run, 0)
  )
  const outcome = Effect.map(runs, (count): Outcome => ({ runs: count, wrong, steps }))

  const begin = yield* Effect.orDie(broadcasts.position)
  yield* foreign
  for (let i = 0; i < 3; i++) yield* hire
  let begun = 0
  while (begun < atLeast && wrong.length === 0) {
    yield* blow
    yield* TestClock.adjust(dice.pick([5, 20, 50, 100, 200, 500, 1_000, 2_500]))
    if (dice.chance(30)) yield* foreign
    // ports of a mountpoint that somebody else destroyed may be another's before we know
    if (!isWild) yield* look(`after ${steps.length} steps`, Effect.map(Effect.all([forwarding, relaying]), Arr.flatten))
    begun = steps.filter((one) => one === "start").length
    world.journal.clear()
    registry.journal.clear()
  }
  yield* calm
  if (wrong.length > 0) return yield* outcome

  yield* TestClock.adjust("70 seconds")
  yield* look("in the calm", healed)
  yield* look("in the calm", forwarding)
  yield* broadcasts.stopAll({})
  for (const room of world.rooms()) {
    yield* world.guests(room.id, 0)
    for (const { id } of room.publishers) yield* world.leave(room.id, id)
  }
  yield* TestClock.adjust("40 seconds")
  yield* look("at the end", ended)
  const events = yield* Effect.orDie(told(begin))
  wrong.push(...history(events))
  if (members().some((one) => one.owns() > 0)) wrong.push("at the end: a worker owns something")
  yield* leave
  // a worker that froze in the middle of a call makes something when it wakes: that is for the sweep
  if (!isWild) yield* look("at the end", remains(leftBehind(events)))
  yield* Effect.orDie(sweep())
  yield* look("after the sweep", remains(new Set()))
  yield* Scope.close(requests, Exit.void)
  return yield* outcome
})

/** Plays the storm of this seed, with at least so many starts. */
export const storm = (seed: number, starts: number, kind: Storm) =>
  Effect.orDie(play(seed, starts, kind)).pipe(Effect.provide(headquarters), Random.withSeed(seed))
