/**
 * What the kinds share that relay from an ingest: as long as nobody publishes there, the broadcast waits; what the RTMP
 * server tells makes it quick.
 */
import { Effect, Redacted } from "effect"
import type { Ingest } from "../Ingest.ts"
import { Ingests } from "../Ingests.ts"
import { concat, type Plan } from "../Plan.ts"
import type { Opening, Planning } from "../Source.ts"
import type { FieldError } from "../SpecInvalid.ts"
import { Presence } from "./presence.ts"
import * as Relaying from "./relaying.ts"

export interface Ingesting extends Relaying.Relaying {
  /** As everybody may see it. */
  readonly publishUrl: string
  /** What a server can tell of; absent where the address names no application. */
  readonly ingest: Ingest | undefined
}

/** What cannot be copied into WebRTC costs processor time and quality; what comes late keeps viewers waiting. */
const advice =
  "at the encoder: H.264 without B-frames and a keyframe every 1 or 2 seconds; at the RTMP server: a GOP cache. "
  + "What arrives otherwise is transcoded, or starts late"

/** Relays the ingest, and waits for its publisher. */
export const follow = Effect.fnUntraced(function*(ingesting: Ingesting, opening: Opening) {
  const { ingest, publishUrl } = ingesting
  const ingests = yield* Ingests
  const watch = ingest === undefined ? undefined : yield* ingests.watch(ingest)
  return yield* Relaying.follow(ingesting, opening, new Presence(publishUrl, watch))
})

/** What relaying the ingest would ask of which program. */
export const plan = Effect.fnUntraced(function*(ingesting: Ingesting, planning: Planning) {
  const { ingest, publishUrl } = ingesting
  const ingests = yield* Ingests
  const looks = ingest === undefined ? [] : yield* ingests.plan(ingest)
  const waits: Plan = {
    steps: [...looks, { hop: "ingest", does: `wait until somebody publishes to ${publishUrl}` }],
    warnings: [advice]
  }
  return concat(waits, yield* Relaying.plan(ingesting, planning))
})

/** What the operator's settings have against it, the address of an API that we are to ask included. */
export const check = Effect.fnUntraced(function*(ingesting: Ingesting, address: ReadonlyArray<string>) {
  const api = ingesting.ingest?.srsApi
  const errors = yield* Relaying.check(ingesting, address)
  if (api === undefined) return errors
  const input = { type: "pull" as const, url: Redacted.make(api), loop: false }
  const more = yield* Relaying.check({ input, options: undefined }, ["ingest", "srsApi"])
  return [...errors, ...more] satisfies ReadonlyArray<FieldError>
})
