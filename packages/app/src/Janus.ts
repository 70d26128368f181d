/**
 * The Janus of the settings, or the embedded fake.
 */
import type { Keyring } from "@headend/core/Keyring"
import type { SettingsInvalid } from "@headend/core/Setting"
import * as Janus from "@headend/janus/Janus"
import * as JanusConfig from "@headend/janus/JanusConfig"
import { Effect, Layer, Redacted } from "effect"

/** Loaded only where it is asked for. */
const fake: Layer.Layer<Janus.Janus, never, Keyring> = Layer.unwrap(Effect.gen(function*() {
  const { scoped } = yield* Effect.promise(() => import("@headend/testing/FakeJanusServer"))
  const server = yield* scoped()
  yield* Effect.logInfo(`a fake Janus listens at ${server.url}: the API works, pictures do not`)
  return Janus.layer({
    url: server.url,
    streamingAdminKey: Redacted.make("streaming-admin"),
    videoroomAdminKey: Redacted.make("videoroom-admin")
  })
}))

export const layer = (isFake: boolean): Layer.Layer<Janus.Janus, SettingsInvalid, Keyring> =>
  isFake ? fake : Janus.layerConfig

/** What is wrong with settings that are read while a layer is built. */
export const named = <A, R>(
  layer: Layer.Layer<A, SettingsInvalid, R>
): Effect.Effect<ReadonlyArray<string>, never, R> =>
  Effect.scoped(
    Effect.flatMap(Effect.scope, (scope) =>
      Effect.match(Layer.buildWithScope(layer, scope), {
        onSuccess: () => [],
        onFailure: ({ wrong }) => wrong
      }))
  )

/** What is wrong with the settings of Janus. */
export const wrong = named(JanusConfig.layerConfig)
