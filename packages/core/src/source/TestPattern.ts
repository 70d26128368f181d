/**
 * A generated picture with a running clock, and a flash with a beep each second: for demos, smoke tests, slates and
 * measuring how far sound and picture are apart.
 */
import * as Source from "../Source.ts"
import { standard } from "../Track.ts"
import { check, follow, plan, type Relaying } from "./relaying.ts"
import { TestPatternSource } from "./schemas.ts"

const relaying = (spec: TestPatternSource): Relaying => ({
  input: { type: "test_pattern", width: spec.width ?? 640, height: spec.height ?? 360, fps: spec.fps ?? 30 },
  options: spec.relay
})

export const testPattern = Source.make({
  kind: "test_pattern",
  schema: TestPatternSource,
  feeds: ["audio", "video"],
  tracks: standard,
  holds: [],
  open: (spec, opening) => follow(relaying(spec), opening),
  plan: (spec, planning) => plan(relaying(spec), planning),
  check: (spec) => check(relaying(spec), ["kind"]),
  cost: () => 1,
  restart: (spec) => spec.relay?.restart
})
