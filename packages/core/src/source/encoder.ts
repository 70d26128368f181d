/**
 * An encoder on the ledger: what it published to before us, sealed, so that whoever owns the run at its end can give it
 * back. What has other settings than ours by then was changed by somebody else, and is left alone.
 */
import { Effect, Redacted, Schema } from "effect"
import { type Destination, type EncoderAddress, sameDestination } from "../Encoder.ts"
import { type Encoder, Encoders } from "../Encoders.ts"
import { ServerUnavailable } from "../Failure.ts"
import * as Holding from "../Holding.ts"
import { Keyring } from "../Keyring.ts"
import { Owner } from "../Mark.ts"

const Text = Schema.RedactedFromValue(Schema.String)

/** What only a holder of the key may read. */
const Sealed = Schema.fromJsonString(Schema.Struct({
  password: Schema.optionalKey(Text),
  /** The settings to give back. */
  former: Text,
  /** Those that we set. */
  server: Schema.String,
  key: Text
}))
const encode = Schema.encodeSync(Sealed)
const decode = Schema.decodeEffect(Sealed)

/** Seals what giving back needs. */
export const seal = (address: EncoderAddress, former: Redacted.Redacted, destination: Destination) =>
  Keyring.use((keyring) =>
    keyring.seal(Redacted.make(encode({
      ...(address.password === undefined ? {} : { password: Redacted.make(Redacted.value(address.password)) }),
      former: Redacted.make(Redacted.value(former)),
      server: destination.server,
      key: Redacted.make(Redacted.value(destination.key))
    })))
  )

const giveBack = Effect.fnUntraced(function*(encoder: Encoder, destination: Destination, former: Redacted.Redacted) {
  const seen = yield* encoder.read
  if (seen.destination === null || !sameDestination(seen.destination, destination)) return
  // also where it does not stream: a start may be under way
  const stopped = yield* Effect.result(encoder.stop)
  if (stopped._tag === "Failure" && stopped.failure._tag !== "StartUnanswered") return yield* stopped.failure
  yield* encoder.restore(former)
  if (stopped._tag === "Failure") return yield* stopped.failure
})

/** An encoder on the ledger, with its former settings sealed. */
export const EncoderHeld = Holding.make({
  kind: "encoder",
  schema: Schema.Struct({ url: Schema.String, owner: Owner, sealed: Schema.String }),
  key: (held) => held.url,
  undo: Effect.fnUntraced(function*({ owner, sealed, url }) {
    const encoders = yield* Encoders
    const keyring = yield* Keyring
    const left = (error: { readonly message: string }) =>
      new Holding.LeftBehind({ kind: "encoder", id: url, reason: error.message })
    const opened = yield* Effect.mapError(keyring.open(sealed), left)
    const { former, key, password, server } = yield* Effect.mapError(
      decode(Redacted.value(opened)),
      () => left({ message: "what was sealed cannot be read" })
    )
    yield* Effect.scoped(
      Effect.flatMap(
        // whatever epoch it was: the registry has said that the run is ours to undo
        encoders.acquire({ url, password }, { ...owner, epoch: 0, worker: "" }, "restore"),
        (encoder) => giveBack(encoder, { server, key }, former)
      )
    ).pipe(
      Effect.mapError((error) =>
        error._tag === "EncoderUnreachable" || error._tag === "EncoderBusy" || error._tag === "EncoderRefused"
          ? new ServerUnavailable({ server: "obs", reason: error.message })
          : left(error)
      )
    )
  })
})
