/**
 * A Redis, asked what it is over a connection of its own, which ends with the answer.
 */
import { Effect } from "effect"
import { Redis } from "ioredis"

/** Its facts by name, as `INFO` tells them; fails with the reason in words. */
export const infoOf = (url: string): Effect.Effect<(name: string) => string | undefined, string> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const client = new Redis(url, { lazyConnect: true, connectTimeout: 3_000, retryStrategy: () => null })
      let last: string | undefined
      client.on("error", ({ message }) => void (last = message))
      return { client, reason: () => last }
    }),
    ({ client, reason }) =>
      Effect.tryPromise({
        try: () => client.connect().then(() => client.info()),
        catch: (error) => reason() ?? (error instanceof Error ? error.message : "it does not answer")
      }).pipe(Effect.timeoutOrElse({ duration: "6 seconds", orElse: () => Effect.fail("it does not answer") })),
    ({ client }) => Effect.sync(() => client.disconnect())
  ).pipe(Effect.map((info) => (name) => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1]))
