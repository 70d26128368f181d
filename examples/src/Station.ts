// What the examples run on: the Janus of HEADEND_JANUS_URL, and FFmpeg for those that need a relay.
import * as IngestNews from "@headend/core/IngestNews"
import * as Keyring from "@headend/core/Keyring"
import * as Janus from "@headend/janus/Janus"
import * as Guard from "@headend/relay/Guard"
import * as ProcessRelays from "@headend/relay/ProcessRelays"
import { find } from "@headend/relay/Programs"
import * as SrsIngests from "@headend/srs/SrsIngests"
import { Effect, Layer } from "effect"

/** Mountpoints, rooms and forwarders on Janus; secrets are derived from a key that ends with this process. */
export const janus = Janus.layerConfig.pipe(Layer.provideMerge(Keyring.layerRandom))

/** Relays as child processes, ended with this one. */
export const relays = Layer.unwrap(Effect.gen(function*() {
  const programs = find()
  if (programs === undefined) return yield* Effect.die(new Error("ffmpeg and ffprobe are not on the PATH"))
  return ProcessRelays.layer({ programs }).pipe(Layer.provide(Guard.layer()))
}))

/** Who publishes where, asked of SRS where an ingest names its API. */
export const ingests = SrsIngests.layer.pipe(Layer.provide(IngestNews.layer))

export const all = Layer.mergeAll(janus, relays, ingests)
