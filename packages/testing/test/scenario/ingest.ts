/**
 * What scenarios of ingests share: specifications, and a broadcast that waits for somebody.
 */
import { SourceAbsent } from "@headend/core/RelayFailure"
import { World } from "@headend/testing/World"
import { Effect } from "effect"
import { start, until, worker } from "./station.ts"

export const at = "live/cam1"
/** Nobody can be asked: only hooks tell. */
export const hooked = { rtmpUrl: "rtmp://srs.example", app: "live", streamKey: "cam1?token=hush" }
export const srs = { ...hooked, srsApi: "http://srs.example" }
export const rtmp = (ingest: object) => ({ id: "live", source: { kind: "rtmp_external", ingest } })
export const nobody = new SourceAbsent({ hop: "ingest", reason: "no such stream" })

/** Waits for somebody: no relay finds anybody, until the faults are cleared. */
export const awaited = Effect.fnUntraced(function*(ingest: object) {
  const { faults } = yield* World
  yield* worker("w1")
  faults.fail("relays.acquire", nobody, 1_000)
  yield* start(rtmp(ingest))
  return yield* until("live", "waiting")
})

export const acquired = Effect.map(World, ({ journal }) => journal.lines("relays.acquire", "any").length)
