/**
 * All eight kinds of source as far as their specification goes, without anything that could open them.
 */
import { Forwarders } from "@headend/core/Forwarders"
import { layerRandom } from "@headend/core/Keyring"
import * as Plan from "@headend/core/Plan"
import { Rooms } from "@headend/core/Rooms"
import * as Source from "@headend/core/Source"
import { browserWebrtc } from "@headend/core/source/BrowserWebrtc"
import { frontendOwned } from "@headend/core/source/FrontendOwned"
import * as Schemas from "@headend/core/source/schemas"
import { videoroom } from "@headend/core/source/Videoroom"
import * as Sources from "@headend/core/Sources"
import { standard } from "@headend/core/StandardSources"
import { Effect, Layer, type Schema } from "effect"

const relayed = <const K extends string, A extends { readonly kind: K }, I>(kind: K, schema: Schema.Codec<A, I>) =>
  Source.make({
    kind,
    schema,
    feeds: ["audio", "video"],
    holds: [],
    open: () => Effect.die(new Error("it is only read")),
    plan: () => Effect.succeed(Plan.empty),
    cost: () => 0.5
  })

const all = Sources.make([
  videoroom,
  browserWebrtc,
  frontendOwned,
  relayed("obs", Schemas.ObsSource),
  relayed("rtmp_external", Schemas.RtmpExternalSource),
  relayed("external", Schemas.ExternalSource),
  relayed("rtsp_camera", Schemas.RtspCameraSource),
  relayed("pull", Schemas.PullSource),
  relayed("test_pattern", Schemas.TestPatternSource)
])

const ports = Layer.mergeAll(Layer.mock(Rooms)({}), Layer.mock(Forwarders)({}), layerRandom)

/** Reads specifications of all kinds. */
export const layer = Sources.layer(all).pipe(Layer.provide(ports))

/** As an app without relays, OBS and SRS. */
export const layerFew = Sources.layer(standard).pipe(Layer.provide(ports))

/** What is wrong with it: each failing field as `path: message`. */
export const wrong = (input: unknown) =>
  Effect.gen(function*() {
    const sources = yield* Sources.Sources
    const error = yield* Effect.flip(sources.decode(input))
    return error.errors.map(({ message, path }) => `${path.join(".")}: ${message}`)
  })

/** The paths of all that is wrong with it. */
export const wrongPaths = (input: unknown) =>
  Effect.map(wrong(input), (lines) => lines.map((line) => line.slice(0, line.indexOf(":"))))

export const decode = (input: unknown) => Sources.Sources.use((sources) => sources.decode(input))

/** Reads it, and writes it again. */
export const again = (input: unknown) =>
  Effect.gen(function*() {
    const sources = yield* Sources.Sources
    return sources.encode(yield* sources.decode(input))
  })
