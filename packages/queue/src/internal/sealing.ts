/**
 * Specifications as registries store them: encoded, and sealed with the newest key. In clear they exist in memory only.
 */
import type { BroadcastSpec } from "@headend/core/BroadcastSpec"
import { Keyring } from "@headend/core/Keyring"
import { SpecUnreadable } from "@headend/core/RegistryFailure"
import { Sources } from "@headend/core/Sources"
import { Effect, Redacted, Schema } from "effect"

export interface Sealing {
  readonly seal: (spec: BroadcastSpec) => Effect.Effect<string>
  readonly open: (sealed: string) => Effect.Effect<BroadcastSpec, SpecUnreadable>
}

const Json = Schema.fromJsonString(Schema.Unknown)
const parse = Schema.decodeUnknownEffect(Json)
const print = Schema.encodeSync(Json)

export const make: Effect.Effect<Sealing, never, Keyring | Sources> = Effect.gen(function*() {
  const keyring = yield* Keyring
  const sources = yield* Sources
  const unreadable = ({ message }: { readonly message: string }) => new SpecUnreadable({ reason: message })
  return {
    seal: (spec) => keyring.seal(Redacted.make(print(sources.encode(spec)))),
    open: (sealed) =>
      keyring.open(sealed).pipe(
        Effect.flatMap((text) => parse(Redacted.value(text))),
        Effect.flatMap(sources.restore),
        Effect.mapError(unreadable)
      )
  }
})
