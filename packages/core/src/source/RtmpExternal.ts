/**
 * Somebody publishes to an RTMP server, and we relay it from there. As long as nobody does, the broadcast waits.
 */
import { publishUrl } from "../Ingest.ts"
import * as Source from "../Source.ts"
import { standard } from "../Track.ts"
import { check, cost, follow, plan, type Relaying, shown } from "./relaying.ts"
import { ExternalSource, RtmpExternalSource } from "./schemas.ts"

type Spec = Omit<typeof RtmpExternalSource.Type, "kind">

const relaying = (spec: Spec): Relaying => {
  const url = spec.inputUrl ?? publishUrl(spec.ingest!) // the schema asks for one of them
  return { input: { type: "rtmp", url }, options: spec.relay, ingest: { publishUrl: shown(url, true) } }
}

const field = (spec: Spec) => (spec.inputUrl === undefined ? ["ingest", "rtmpUrl"] : ["inputUrl"])

export const rtmpExternal = Source.make({
  kind: "rtmp_external",
  schema: RtmpExternalSource,
  feeds: ["audio", "video"],
  tracks: standard,
  holds: [],
  open: (spec, opening) => follow(relaying(spec), opening),
  plan: (spec, planning) => plan(relaying(spec), planning),
  check: (spec) => check(relaying(spec), field(spec)),
  cost: (spec) => cost(relaying(spec)),
  restart: (spec) => spec.relay?.restart
})

/** The same under its old name. */
export const external = Source.make({
  kind: "external",
  schema: ExternalSource,
  feeds: ["audio", "video"],
  tracks: standard,
  holds: [],
  open: (spec, opening) => follow(relaying(spec), opening),
  plan: (spec, planning) => plan(relaying(spec), planning),
  check: (spec) => check(relaying(spec), field(spec)),
  cost: (spec) => cost(relaying(spec)),
  restart: (spec) => spec.relay?.restart
})
