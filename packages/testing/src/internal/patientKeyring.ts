/**
 * A keyring whose work can be waited for: Web Crypto works on other threads, in real time, while a test moves the clock.
 */
import { Keyring, layerRandom } from "@headend/core/Keyring"
import { Effect, Layer } from "effect"

/** How much is under way in one keyring. */
export class Work {
  private under = 0

  during<A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.acquireUseRelease(
      Effect.sync(() => void this.under++),
      () => effect,
      () => Effect.sync(() => void this.under--)
    )
  }

  /** Waits, in real time, until nothing is under way. */
  readonly done: Effect.Effect<void> = Effect.suspend(() =>
    this.under === 0
      ? Effect.void
      : Effect.andThen(Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 1))), this.done)
  )
}

/** A random key, its work counted. */
export const layer = (work: Work): Layer.Layer<Keyring> =>
  Layer.effect(
    Keyring,
    Effect.map(Keyring, (keyring) =>
      Keyring.of({
        keyId: keyring.keyId,
        derive: (keyId, parts) => work.during(keyring.derive(keyId, parts)),
        seal: (plain) => work.during(keyring.seal(plain)),
        open: (sealed) => work.during(keyring.open(sealed)),
        fingerprints: (text) => work.during(keyring.fingerprints(text))
      }))
  ).pipe(Layer.provide(layerRandom))
