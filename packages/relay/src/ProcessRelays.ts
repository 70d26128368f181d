/**
 * Relays as processes of this machine: the port of core, on FFmpeg under supervision.
 */
import type { PlanStep } from "@headend/core/Plan"
import type { Relay } from "@headend/core/Relay"
import * as Failures from "@headend/core/RelayFailure"
import { type RelayRefusal, type RelayRequest, Relays } from "@headend/core/Relays"
import { Duration, Effect, Layer, Redacted, Result } from "effect"
import * as Ffmpeg from "./Ffmpeg.ts"
import { Guard } from "./Guard.ts"
import * as InputPolicy from "./InputPolicy.ts"
import { RunLogs } from "./internal/runLog.ts"
import { assemble, open, redactionFor, type Shared } from "./internal/session.ts"
import type { Programs } from "./Programs.ts"
import type { Limits } from "./Supervisor.ts"
import * as Wiring from "./Wiring.ts"

export interface Options {
  readonly programs: Programs
  readonly policy?: Partial<InputPolicy.Settings>
  /** A source that gives nothing for so long is frozen; 4 seconds unless given. */
  readonly silence?: Duration.Input
  /** Until the first media; 15 seconds unless given. */
  readonly firstMediaWithin?: Duration.Input
  readonly limits?: Limits
}

const millis = (input: Duration.Input) => Duration.toMillis(Duration.fromInputUnsafe(input))

const refusalsOf = ({ kind, pipeline }: Relay, { gstreamer }: Programs): ReadonlyArray<RelayRefusal> => [
  ...(kind === "gstreamer" && gstreamer === undefined
    ? [{ about: "kind" as const, reason: "gst-launch-1.0 is not on the PATH; available: ffmpeg" }]
    : []),
  ...(pipeline === undefined
    ? []
    : [{ about: "pipeline" as const, reason: "pipelines of one's own are not available here" }])
]

/** The steps of one way to do it. */
const step = (
  request: RelayRequest,
  streams: Wiring.Streams,
  options: Relay,
  when?: string
): ReadonlyArray<PlanStep> => {
  const { input } = request
  const redact = redactionFor(request)
  const url = input.type === "test_pattern" ? "" : Redacted.value(input.url).replace(/^file:\/\//, "")
  const wiring = Wiring.wire(request.tracks, streams, options)
  if (Result.isFailure(wiring)) return []
  const assembled = Effect.runSync(Effect.result(
    assemble({ ...request, options }, { url, host: undefined }, wiring.success)
  ))
  if (Result.isFailure(assembled)) return []
  const { args, name } = assembled.success
  return [{
    hop: "relay",
    does: name === "ffmpeg" ? "run FFmpeg" : "run GStreamer",
    command: [name, ...args].map(redact),
    ...(when === undefined ? {} : { when })
  }]
}

export const layer = (options: Options): Layer.Layer<Relays, never, Guard> =>
  Layer.effect(
    Relays,
    Effect.gen(function*() {
      const guard = yield* Guard
      const shared: Shared = {
        programs: options.programs,
        policy: InputPolicy.make({ allow: [], deny: [], folder: undefined, ...options.policy }),
        logs: new RunLogs(),
        known: new Map(),
        endedAt: new Map(),
        silence: millis(options.silence ?? "4 seconds"),
        firstMediaWithin: millis(options.firstMediaWithin ?? "15 seconds"),
        limits: options.limits ?? {}
      }
      return Relays.of({
        acquire: (request) => {
          const [refusal] = refusalsOf(request.options, options.programs)
          return refusal === undefined
            ? Effect.provideService(open(request, shared), Guard, guard)
            : Effect.fail(new Failures.RelayMisconfigured({ hop: "relay", reason: refusal.reason }))
        },
        check: (input, relay) =>
          Effect.match(shared.policy.check(input), {
            onSuccess: (): ReadonlyArray<RelayRefusal> => [],
            onFailure: ({ reason }): ReadonlyArray<RelayRefusal> => [{ about: "address", reason }]
          }).pipe(Effect.map((refusals) => [...refusals, ...refusalsOf(relay, options.programs)])),
        plan: (request) =>
          Effect.sync(() => {
            const { input, options: relay } = request
            const transcode: Relay = { ...relay, video: "transcode", audio: "transcode" }
            if (input.type === "test_pattern") {
              return { steps: step(request, Wiring.generated(input.fps), transcode), warnings: [] }
            }
            const redact = redactionFor(request)
            const allowed = { url: Redacted.value(input.url).replace(/^file:\/\//, ""), host: undefined }
            const probe: PlanStep = {
              hop: "relay",
              does: "probe the source",
              command: ["ffprobe", ...Ffmpeg.probe(input, allowed)].map(redact),
              ...(input.type === "rtmp" ? { when: "beside the relay, once media flows" } : {})
            }
            const copying = step(
              request,
              Wiring.assumed,
              relay,
              input.type === "rtmp" ? "at once" : "when codec and profile fit"
            )
            const other = step(request, Wiring.assumed, transcode, "when the probe objects")
            const steps = input.type === "rtmp" ? [...copying, probe, ...other] : [probe, ...copying, ...other]
            return { steps, warnings: [] }
          }),
        logs: (broadcast) => Effect.sync(() => shared.logs.of(broadcast))
      })
    })
  )
