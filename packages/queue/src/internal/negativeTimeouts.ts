/**
 * kafkajs 2.2.4 sets a timer to −1 minus the time of day on each connection. It runs after a millisecond, and Node warns. That
 * very warning is kept back while a client of ours lives: the number in it can come from nobody else.
 */
import { Effect } from "effect"

const text = /^-(\d+) is a negative number\.\nTimeout duration was set to 1\.$/

/** Whether a warning is that one, at this time (milliseconds since 1970). */
export const isKafkaJs = (warning: unknown, type: unknown, now: number): boolean => {
  if (type !== "TimeoutNegativeWarning" || typeof warning !== "string") return false
  const [, digits] = text.exec(warning) ?? []
  return digits !== undefined && Math.abs(Number(digits) - 1 - now) < 1_000
}

let users = 0
let plain: typeof process.emitWarning | undefined

/** For as long as the scope is open. */
export const quietly = Effect.acquireRelease(
  Effect.sync(() => {
    users += 1
    if (users > 1) return
    const emit = process.emitWarning
    plain = emit
    process.emitWarning = ((...args: Parameters<typeof emit>) => {
      if (!isKafkaJs(args[0], args[1], Date.now())) Reflect.apply(emit, process, args)
    }) as typeof emit // one of its overloads, whichever it was called by
  }),
  () =>
    Effect.sync(() => {
      users -= 1
      if (users === 0 && plain !== undefined) process.emitWarning = plain
    })
)
