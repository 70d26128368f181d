// Where an OBS is told to publish to.
import type { Destination } from "@headend/core/Encoder"
import { Redacted } from "effect"

export const to = (port: number, app: string, key = "a-stream-key"): Destination => ({
  server: `rtmp://127.0.0.1:${port}/${app}`,
  key: Redacted.make(key)
})
