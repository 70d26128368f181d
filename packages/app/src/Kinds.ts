/**
 * The source kinds of this app: those with relays only where FFmpeg is.
 */
import type { Forwarders } from "@headend/core/Forwarders"
import type { IngestNews } from "@headend/core/IngestNews"
import type { Keyring } from "@headend/core/Keyring"
import type { Rooms } from "@headend/core/Rooms"
import * as Sources from "@headend/core/Sources"
import { all, standard } from "@headend/core/StandardSources"
import * as ObsEncoders from "@headend/obs/ObsEncoders"
import * as Guard from "@headend/relay/Guard"
import * as InputPolicy from "@headend/relay/InputPolicy"
import * as ProcessRelays from "@headend/relay/ProcessRelays"
import { find } from "@headend/relay/Programs"
import * as SrsIngests from "@headend/srs/SrsIngests"
import { type Duration, Effect, Layer } from "effect"

type Layers = Layer.Layer<Sources.Sources, never, Rooms | Forwarders | Keyring | IngestNews>

/** Looks for FFmpeg once, while it is built; `Relays` and `Ingests` are there as well where it was found. */
export const layer = (
  options: Omit<ProcessRelays.Options, "programs"> & {
    readonly policy: InputPolicy.Settings
    /** A worker that is silent for so long does not get to run: its relays are ended. */
    readonly guardSilence: Duration.Duration
  }
): Layers =>
  Layer.unwrap(Effect.gen(function*() {
    const programs = find()
    if (programs === undefined) {
      yield* Effect.logWarning("ffmpeg or ffprobe is not on the PATH: sources that need a relay are not available")
      return Sources.layer(standard)
    }
    const relays = ProcessRelays.layer({ ...options, programs }).pipe(
      Layer.provide(Guard.layer({ silence: options.guardSilence }))
    )
    const { addresses } = InputPolicy.make(options.policy)
    const encoders = ObsEncoders.layer({
      resolve: (host) => Effect.result(Effect.mapError(addresses(host), ({ reason }) => reason))
    })
    // whoever wants its logs, or to kick somebody, takes the service where it is there
    return Sources.layer(all).pipe(
      Layer.provide(encoders),
      Layer.provideMerge(SrsIngests.layer),
      Layer.provideMerge(relays)
    ) satisfies Layers
  }))
