// Relays on a real Janus: a broadcast of one's own, watched in the browser, and what is on the machine afterwards.
import * as Broadcast from "@headend/core/Broadcast"
import type { MountpointChoice } from "@headend/core/BroadcastSpec"
import * as IngestNews from "@headend/core/IngestNews"
import * as Ingests from "@headend/core/Ingests"
import * as Keyring from "@headend/core/Keyring"
import { Mountpoints } from "@headend/core/Mountpoints"
import { withRelays } from "@headend/core/StandardSources"
import { isAlive } from "@headend/integration/Machine"
import * as RealJanus from "@headend/integration/RealJanus"
import * as Janus from "@headend/janus/Janus"
import { JanusConnection } from "@headend/janus/JanusConnection"
import * as Guard from "@headend/relay/Guard"
import * as ProcessRelays from "@headend/relay/ProcessRelays"
import { find } from "@headend/relay/Programs"
import { Effect, Layer, Logger, Redacted, Schedule, Schema } from "effect"
import { readdirSync, readFileSync } from "node:fs"

/** What a suite needs of relays; the suites are skipped where FFmpeg is missing. */
export const relays = (options: Partial<ProcessRelays.Options> = {}) =>
  ProcessRelays.layer({
    programs: find() ?? { ffmpeg: "ffmpeg", ffprobe: "ffprobe", gstreamer: undefined },
    ...options
  }).pipe(
    Layer.provideMerge(Guard.layer()),
    Layer.merge(Ingests.layerNews.pipe(Layer.provide(IngestNews.layer)))
  )

/** Everything on that Janus, ready. */
export const portsOn = ({ url }: { readonly url: string }) =>
  Layer.effectDiscard(Effect.flatMap(JanusConnection, (connection) => connection.awaitUp)).pipe(
    Layer.provideMerge(Janus.layer({
      url,
      streamingAdminKey: Redacted.make("streaming-admin"),
      videoroomAdminKey: Redacted.make("videoroom-admin")
    })),
    Layer.provideMerge(Keyring.layerRandom),
    Layer.provide(Logger.layer([]))
  )

/** Janus, its ports and relays. */
export const bench = (options: Partial<ProcessRelays.Options> = {}) =>
  Layer.unwrap(Effect.map(RealJanus.RealJanus, portsOn)).pipe(
    Layer.provideMerge(relays(options)),
    Layer.provideMerge(RealJanus.layer())
  )

const decode = Schema.decodeUnknownEffect(withRelays.schema, { errors: "all", onExcessProperty: "error" })

/** Opens a broadcast of one's own from this source, and follows it in the background; `lost` waits for its end. */
export const open = Effect.fnUntraced(function*(source: unknown, mountpoint: MountpointChoice) {
  const spec = yield* Effect.orDie(decode(source))
  const opened = yield* Broadcast.open(withRelays, { mountpoint, source: spec })
  const following = yield* Effect.forkScoped(Effect.flip(opened.lost))
  return { ...opened, following }
})

/** Looks again and again until it is so, at most a minute. */
export const eventually = <A, E, R>(look: Effect.Effect<A, E, R>, isSo: (seen: A) => boolean) =>
  look.pipe(
    Effect.repeat({ schedule: Schedule.spaced("20 millis"), until: isSo }),
    Effect.timeout("60 seconds")
  )

/** Milliseconds since the last packet of each track of a mountpoint. */
export const ages = (id: number) =>
  Effect.map(
    Mountpoints.use((mountpoints) => mountpoints.read(id)),
    ({ tracks }) => tracks.map(({ ageMs }) => ageMs ?? 1e9)
  )

/** Media processes that this process began and that live. */
export const relayProcesses = (): ReadonlyArray<number> =>
  readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    const status = Effect.runSync(Effect.orElseSucceed(
      Effect.try({ try: () => readFileSync(`/proc/${pid}/status`, "utf8"), catch: () => undefined }),
      () => ""
    ))
    return /^Name:\s+(ffmpeg|ffprobe|gst-launch)/m.test(status) &&
      new RegExp(`^PPid:\\s+${process.pid}$`, "m").test(status)
      && isAlive(pid)
  })
