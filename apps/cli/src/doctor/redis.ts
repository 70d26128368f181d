/**
 * A Redis, asked for its version over a connection of its own.
 */
import { Effect } from "effect"
import { Redis } from "ioredis"

export const versionOf = (url: string): Effect.Effect<string, string> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const client = new Redis(url, { lazyConnect: true, connectTimeout: 3_000, retryStrategy: () => null })
      let last: string | undefined
      client.on("error", ({ message }) => void (last = message))
      return { client, reason: () => last }
    }),
    ({ client, reason }) =>
      Effect.tryPromise({
        try: () => client.connect().then(() => client.info("server")),
        catch: (error) => reason() ?? (error instanceof Error ? error.message : "it does not answer")
      }),
    ({ client }) => Effect.sync(() => client.disconnect())
  ).pipe(Effect.map((info) => /redis_version:(\S+)/.exec(info)?.[1] ?? "0"))
