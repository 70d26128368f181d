/**
 * What the scenarios of an OBS share: one studio, one ingest, one broadcast.
 */
import { all } from "@headend/core/StandardSources"
import type { World } from "@headend/testing/World"
import { stationOf } from "./station.ts"

export const station = stationOf(all)

export const url = "ws://studio:4455"
export const server = "rtmp://ingest.example/live"
export const key = "a-secret-stream-key"

export const spec = (more: object = {}, id = "show") => ({
  id,
  source: {
    kind: "obs",
    obs: { host: "studio", password: "hush", ...more },
    ingest: { rtmpUrl: "rtmp://ingest.example", app: "live", streamKey: key }
  }
})

export const calls = (world: World["Service"]) =>
  world.journal.lines()
    .filter((line) => /^(encoders|relays|mountpoints)\./.test(line) && !line.includes(".read"))
    .map((line) => line.split(" ")[0])
