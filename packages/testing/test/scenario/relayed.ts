/**
 * Where scenarios of relays begin: two broadcasts that are relayed, and failures to end their relays with.
 */
import { withRelays } from "@headend/core/StandardSources"
import { stationOf } from "./station.ts"

export const station = stationOf(withRelays)

export const rtmp = (more: object = {}) => ({
  id: "live",
  source: {
    kind: "rtmp_external",
    ingest: { rtmpUrl: "rtmp://ingest.example", app: "live", streamKey: "hush" },
    ...more
  }
})
export const camera = (more: object = {}) => ({
  id: "cam",
  source: { kind: "rtsp_camera", camera: { url: "rtsp://camera.example/1", username: "u", password: "hush" }, ...more }
})
export const at = { hop: "relay", reason: "test" } as const
export const atIngest = { hop: "ingest", reason: "no such stream" } as const
