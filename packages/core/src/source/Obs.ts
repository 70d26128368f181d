/**
 * OBS, told to publish to an ingest, and a relay from there. At the end OBS gets the stream settings back that it had.
 */
import { Effect } from "effect"
import { type EncoderAddress, toDestination } from "../Encoder.ts"
import { Encoders } from "../Encoders.ts"
import { publishUrl } from "../Ingest.ts"
import { concat } from "../Plan.ts"
import type { Resolved } from "../Secret.ts"
import * as Source from "../Source.ts"
import type { FieldError } from "../SpecInvalid.ts"
import { standard } from "../Track.ts"
import { EncoderHeld } from "./encoder.ts"
import { follow } from "./encoding.ts"
import * as Ingesting from "./ingesting.ts"
import * as Relaying from "./relaying.ts"
import { ObsSource } from "./schemas.ts"

type Spec = Omit<Resolved<typeof ObsSource.Type>, "kind">

/** The port of obs-websocket unless another is given. */
const defaultPort = 4455

const addressOf = ({ obs }: Spec): EncoderAddress => ({
  url: (obs.url ?? `${obs.secure === true ? "wss" : "ws"}://${obs.host}:${obs.port ?? defaultPort}`).replace(/\/$/, ""),
  password: obs.password
})

const ingesting = (spec: Spec): Ingesting.Ingesting => {
  const url = publishUrl(spec.ingest)
  return {
    input: { type: "rtmp", url },
    options: spec.relay,
    publishUrl: Relaying.shown(url, true),
    ingest: spec.ingest
  }
}

export const obs = Source.make({
  kind: "obs",
  schema: ObsSource,
  feeds: ["audio", "video"],
  tracks: standard,
  holds: [EncoderHeld],
  open: (spec, opening) =>
    follow({
      address: addressOf(spec),
      ingest: spec.ingest,
      takeOver: spec.obs.takeOver ?? false,
      ingesting: ingesting(spec)
    }, opening),
  plan: Effect.fnUntraced(function*(spec, planning) {
    const encoders = yield* Encoders
    return concat(
      yield* encoders.plan(addressOf(spec), toDestination(spec.ingest), spec.obs.takeOver ?? false),
      yield* Ingesting.plan(ingesting(spec), planning)
    )
  }),
  check: Effect.fnUntraced(function*(spec) {
    const refusal = yield* Encoders.use((encoders) => encoders.check(addressOf(spec)))
    const errors: ReadonlyArray<FieldError> = refusal === undefined
      ? []
      : [{ path: ["source", "obs", spec.obs.url === undefined ? "host" : "url"], message: refusal }]
    return [...errors, ...(yield* Ingesting.check(ingesting(spec), ["ingest", "rtmpUrl"]))]
  }),
  cost: (spec) => Relaying.cost(ingesting(spec)),
  restart: (spec) => spec.relay?.restart,
  ingest: (spec) => spec.ingest
})
