// Relays of one's own: any program that sends RTP to the ports of a mountpoint; here a tone of GStreamer's. Teardown,
// health and starting again stay headend's, as with its own relays.
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Broadcast from "@headend/core/Broadcast"
import { RelayFailed } from "@headend/core/RelayFailure"
import { type RelayRequest, Relays } from "@headend/core/Relays"
import { testPattern } from "@headend/core/source/TestPattern"
import * as Sources from "@headend/core/Sources"
import { Effect, Layer } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import * as Station from "./Station.ts"

const failed = (error: unknown) => new RelayFailed({ hop: "relay", reason: String(error) })

/** Relays that run this command. It must outlive nothing: its scope ends it, by force after three seconds. */
export const layer = (commandOf: (request: RelayRequest) => readonly [string, ...ReadonlyArray<string>]) =>
  Layer.effect(
    Relays,
    Effect.map(ChildProcessSpawner.ChildProcessSpawner, (spawner) =>
      Relays.of({
        acquire: Effect.fnUntraced(function*(request) {
          const [program, ...args] = commandOf(request)
          const command = ChildProcess.make(program, args, {
            stdin: "ignore",
            stdout: "ignore",
            stderr: "ignore",
            forceKillAfter: "3 seconds"
          })
          const child = yield* Effect.mapError(spawner.spawn(command), failed)
          const fed = request.tracks.filter(({ type }) => type === "audio").map(({ mid }) => mid)
          const status = { pid: Number(child.pid), fed, progress: null, warnings: [], codecs: ["opus"] }
          const ended = Effect.matchEffect(child.exitCode, {
            onFailure: (error) => Effect.fail(failed(error)),
            onSuccess: (code) => Effect.fail(failed(`it ended with exit code ${code}`))
          })
          return { now: () => status, lost: ended }
        }),
        check: () => Effect.succeed([]),
        plan: (request) =>
          Effect.succeed({ steps: [{ hop: "relay", does: "run it", command: commandOf(request) }], warnings: [] }),
        running: Effect.succeed([]), // no metrics of them
        logs: () => Effect.succeed([])
      }))
  )

const tone = layer(({ tracks }) => {
  const audio = tracks.find(({ type }) => type === "audio")
  const sink = audio === undefined ? "fakesink" : `udpsink host=${audio.host} port=${audio.port}`
  return ["gst-launch-1.0", ...`audiotestsrc is-live=true ! opusenc ! rtpopuspay pt=${audio?.pt} ! ${sink}`.split(" ")]
})

export const program = Effect.gen(function*() {
  const mountpoint = { create: { type: "rtp" as const, id: 9005, media: [{ type: "audio" as const }] } }
  const broadcast = yield* Broadcast.open(Sources.make([testPattern]), { mountpoint, source: { kind: "test_pattern" } })
  return yield* Station.follow(broadcast)
}).pipe(Effect.scoped)

if (import.meta.main) {
  const relays = Layer.provide(tone, NodeServices.layer)
  program.pipe(Effect.provide(Layer.merge(relays, Station.janus)), Station.run)
}
