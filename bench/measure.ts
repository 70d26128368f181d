/**
 * Times things and says so: medians of rounds, alternating between what is compared, as ratios.
 */
import { Effect } from "effect"

export const median = (values: ReadonlyArray<number>): number => quantile(values, 0.5)

/** The value below which this part of them lies. */
export const quantile = (values: ReadonlyArray<number>, part: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** Milliseconds that an effect takes. */
export const timed = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.suspend(() => {
    const begin = performance.now()
    return Effect.map(effect, () => performance.now() - begin)
  })

/**
 * Milliseconds per operation: `count` of them, so many at once. One fibre for each that is under way, not for each operation:
 * what is measured must not be the measuring.
 */
export const rate = <E, R>(
  operation: (n: number) => Effect.Effect<unknown, E, R>,
  count: number,
  concurrency: number
): Effect.Effect<number, E, R> =>
  Effect.suspend(() => {
    let next = 0
    const one = Effect.whileLoop({
      while: () => next < count,
      body: () => operation(next++),
      step: () => undefined
    })
    const all = Effect.all(Array.from({ length: concurrency }, () => one), { concurrency: "unbounded", discard: true })
    return Effect.map(timed(all), (millis) => millis / count)
  })

/** Rounds of it, and the processor time that this process spent on them: a busy machine stretches it less. */
export const withCpu = <E, R>(round: Effect.Effect<number, E, R>) => {
  const spent: Array<number> = []
  return {
    round: Effect.gen(function*() {
      const before = process.cpuUsage()
      const took = yield* round
      const { system, user } = process.cpuUsage(before)
      spent.push((system + user) / 1000)
      return took
    }),
    /** Milliseconds per operation, of which a round has so many. */
    cpu: (count: number) => median(spent) / count
  }
}

/** Rounds of each, one after the other and turn about, so that a busy machine troubles all alike; medians. */
export const alternate = <K extends string, E, R>(
  rounds: number,
  contenders: Readonly<Record<K, Effect.Effect<number, E, R>>>
): Effect.Effect<Record<K, number>, E, R> =>
  Effect.gen(function*() {
    const names = Object.keys(contenders) as Array<K>
    const all = new Map<K, Array<number>>(names.map((name) => [name, []]))
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? names : names.toReversed()
      for (const name of order) all.get(name)!.push(yield* contenders[name])
    }
    return Object.fromEntries(names.map((name) => [name, median(all.get(name)!)])) as Record<K, number>
  })

export const row = (...cells: ReadonlyArray<string>): void => console.log(cells.map((cell) => cell.padEnd(34)).join(""))
export const us = (millis: number): string => `${(millis * 1000).toFixed(0)} µs`
export const ms = (millis: number): string => `${millis.toFixed(millis < 10 ? 2 : 0)} ms`
