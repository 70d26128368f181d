// A worker as a process of its own: one relay under the guard. It says the relay's process id, and lives until it is ended.
import { Relays } from "@headend/core/Relays"
import { Effect } from "effect"
import { relays } from "./bench.ts"

const track = { mid: "v", type: "video", codec: "h264", pt: 96, host: "127.0.0.1", port: 9, rtcpPort: null } as const

const program = Effect.gen(function*() {
  const relay = yield* Relays.use((port) =>
    port.acquire({
      broadcast: "b",
      input: { type: "test_pattern", width: 160, height: 90, fps: 10 },
      options: { kind: "ffmpeg" },
      tracks: [{ ...track, sourceIndex: undefined }],
      srtp: undefined
    })
  )
  while (relay.now().fed.length === 0) yield* Effect.sleep("20 millis")
  console.log(`relay ${relay.now().pid}`)
  return yield* relay.lost
})

Effect.runFork(Effect.scoped(Effect.provide(program, relays({}))))
