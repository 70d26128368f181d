// What the examples run on: the Janus of HEADEND_JANUS_URL, and FFmpeg for those that need a relay.
import * as Keyring from "@headend/core/Keyring"
import * as Janus from "@headend/janus/Janus"
import * as Guard from "@headend/relay/Guard"
import * as ProcessRelays from "@headend/relay/ProcessRelays"
import { find } from "@headend/relay/Programs"
import { Effect, Layer } from "effect"

/** Mountpoints, rooms and forwarders on Janus; secrets are derived from a key that ends with this process. */
export const janus = Janus.layerConfig.pipe(Layer.provideMerge(Keyring.layerRandom))

/** Relays as child processes, ended with this one. */
export const relays = Layer.unwrap(Effect.gen(function*() {
  const programs = find()
  if (programs === undefined) return yield* Effect.die(new Error("ffmpeg and ffprobe are not on the PATH"))
  return ProcessRelays.layer({ programs }).pipe(Layer.provide(Guard.layer()))
}))

export const all = Layer.merge(janus, relays)
