// What the examples run on: the Janus of HEADEND_JANUS_URL, and FFmpeg for those that need a relay; and how they say what
// happens.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import type { Open } from "@headend/core/Broadcast"
import type { Failing } from "@headend/core/Failure"
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

/** Follows a broadcast until it is lost, and says on the way where viewers find it, and how each hop is when that changes. */
export const follow = <E extends Failing>({ feed, lost, mountpoint }: Open<E>): Effect.Effect<never, E> => {
  let said = ""
  const look = Effect.suspend(() => {
    const hops = feed.hops.map(({ name, read }) => {
      const { evidence = "", status } = read()
      return { status, words: `${name} ${status}${evidence === "" ? "" : `: ${evidence}`}` }
    })
    const id = mountpoint()?.id
    // figures change all the time, and are no news
    const now = JSON.stringify([id, hops.map(({ status }) => status)])
    if (now === said) return Effect.void
    said = now
    return Effect.logInfo(
      [...id === undefined ? [] : [`mountpoint ${id}`], ...hops.map(({ words }) => words)].join("; ")
    )
  })
  return Effect.raceFirst(lost, Effect.forever(Effect.andThen(look, Effect.sleep("500 millis"))))
}

/** Runs an example until Ctrl-C; why it failed is said in one line. */
export const run = <A, E extends { readonly message: string }>(program: Effect.Effect<A, E>): void =>
  program.pipe(
    Effect.tapError(({ message }) => Effect.logError(message)),
    NodeRuntime.runMain({ disableErrorReporting: true })
  )
