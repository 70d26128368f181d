/**
 * Somebody publishes to an RTMP server, and we relay it from there. As long as nobody does, the broadcast waits.
 */
import { fromUrl, type Ingest, publishUrl } from "../Ingest.ts"
import type { Resolved } from "../Secret.ts"
import * as Source from "../Source.ts"
import type { Opening, Planning } from "../Source.ts"
import { standard } from "../Track.ts"
import { check, follow, type Ingesting, plan } from "./ingesting.ts"
import { cost, shown } from "./relaying.ts"
import { ExternalSource, RtmpExternalSource } from "./schemas.ts"

type Given = Omit<typeof RtmpExternalSource.Type, "kind">
type Spec = Omit<Resolved<typeof RtmpExternalSource.Type>, "kind">

const ingestOf = <S extends Given>(spec: S): S["ingest"] | Ingest | undefined => spec.ingest ?? fromUrl(spec.inputUrl!) // the schema asks for one of them

const ingesting = (spec: Spec): Ingesting => {
  const url = spec.inputUrl ?? publishUrl(spec.ingest!)
  return {
    input: { type: "rtmp", url },
    options: spec.relay,
    publishUrl: shown(url, true),
    ingest: ingestOf(spec)
  }
}

const field = (spec: Spec) => (spec.inputUrl === undefined ? ["ingest", "rtmpUrl"] : ["inputUrl"])

const published = {
  feeds: ["audio", "video"],
  tracks: standard,
  holds: [],
  open: (spec: Spec, opening: Opening) => follow(ingesting(spec), opening),
  plan: (spec: Spec, planning: Planning) => plan(ingesting(spec), planning),
  check: (spec: Spec) => check(ingesting(spec), field(spec)),
  cost: (spec: Spec) => cost(ingesting(spec)),
  restart: (spec: Spec) => spec.relay?.restart,
  ingest: ingestOf
} as const

export const rtmpExternal = Source.make({ kind: "rtmp_external", schema: RtmpExternalSource, ...published })

/** The same under its old name. */
export const external = Source.make({ kind: "external", schema: ExternalSource, ...published })
