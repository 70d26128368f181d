/**
 * An RTSP camera, relayed.
 */
import type { Resolved } from "../Secret.ts"
import * as Source from "../Source.ts"
import { standard } from "../Track.ts"
import { check, cost, follow, plan, type Relaying } from "./relaying.ts"
import { RtspCameraSource } from "./schemas.ts"

const relaying = ({ camera, relay }: Resolved<typeof RtspCameraSource.Type>): Relaying => ({
  input: {
    type: "rtsp",
    url: camera.url,
    username: camera.username,
    password: camera.password,
    transport: camera.transport ?? "tcp",
    timeout: camera.timeout
  },
  options: relay
})

export const rtspCamera = Source.make({
  kind: "rtsp_camera",
  schema: RtspCameraSource,
  feeds: ["audio", "video"],
  tracks: standard,
  holds: [],
  open: (spec, opening) => follow(relaying(spec), opening),
  plan: (spec, planning) => plan(relaying(spec), planning),
  check: (spec) => check(relaying(spec), ["camera", "url"]),
  cost: (spec) => cost(relaying(spec)),
  restart: (spec) => spec.relay?.restart
})
