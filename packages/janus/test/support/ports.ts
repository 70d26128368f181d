// Our ports on some Janus, with a known key.
import * as Keyring from "@headend/core/Keyring"
import * as Janus from "@headend/janus/Janus"
import { JanusConnection } from "@headend/janus/JanusConnection"
import { Effect, Layer, Logger, Redacted } from "effect"

export const keyring = Keyring.layer([Redacted.make(Buffer.alloc(32, 7).toString("base64"))])

/** Everything on that Janus; not ready before the connection is up. */
export const portsOn = ({ url }: { readonly url: string }, requestTimeoutMs = 5_000) =>
  Layer.effectDiscard(Effect.flatMap(JanusConnection, (connection) => connection.awaitUp)).pipe(
    Layer.provideMerge(Janus.layer({
      url,
      streamingAdminKey: Redacted.make("streaming-admin"),
      videoroomAdminKey: Redacted.make("videoroom-admin"),
      requestTimeout: requestTimeoutMs
    })),
    Layer.provideMerge(keyring),
    Layer.provide(Logger.layer([]))
  )
