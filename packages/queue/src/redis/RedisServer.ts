/**
 * The Redis of the settings, looked at as the registry and the queue look at it when they start: for those who want to know
 * beforehand whether they could.
 */
import { Effect } from "effect"
import * as Connection from "../internal/redis/connection.ts"
import { addressOf, RedisConfig, type RedisUnusable } from "./RedisConfig.ts"

export interface RedisServer {
  /** Host and port. */
  readonly address: string
  readonly version: string
  /** What keeps nobody from starting, and may cost something later. */
  readonly warnings: ReadonlyArray<string>
}

/** Waits for it as long as a start does, writes one key of this installation for a millisecond, and leaves. */
export const look = (instance: string): Effect.Effect<RedisServer, RedisUnusable, RedisConfig> =>
  Effect.scoped(Effect.gen(function*() {
    const address = addressOf(yield* RedisConfig)
    const client = yield* Connection.connect("commands")
    return { address, ...yield* Connection.inspect(client, `hd:{${instance}}`) }
  }))
