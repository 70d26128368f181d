/**
 * Whatever a relay can open by itself: HLS and files over HTTP, SRT, and files of the operator's folder.
 */
import * as Source from "../Source.ts"
import { standard } from "../Track.ts"
import { check, cost, follow, plan, type Relaying } from "./relaying.ts"
import { PullSource } from "./schemas.ts"

const relaying = ({ loop, relay, url }: typeof PullSource.Type): Relaying => ({
  input: { type: "pull", url, loop: loop ?? false },
  options: relay
})

export const pull = Source.make({
  kind: "pull",
  schema: PullSource,
  feeds: ["audio", "video"],
  tracks: standard,
  holds: [],
  open: (spec, opening) => follow(relaying(spec), opening),
  plan: (spec, planning) => plan(relaying(spec), planning),
  check: (spec) => check(relaying(spec), ["url"]),
  cost: (spec) => cost(relaying(spec)),
  restart: (spec) => spec.relay?.restart
})
