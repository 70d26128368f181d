/**
 * Relays as processes of this machine: the port of core, on FFmpeg under supervision.
 */
import type { PlanStep } from "@headend/core/Plan"
import type { Relay } from "@headend/core/Relay"
import * as Failures from "@headend/core/RelayFailure"
import { type RelayInput, type RelayRefusal, type RelayRequest, Relays } from "@headend/core/Relays"
import { Duration, Effect, Layer, Redacted, Result } from "effect"
import * as Ffmpeg from "./Ffmpeg.ts"
import * as Gstreamer from "./Gstreamer.ts"
import { Guard } from "./Guard.ts"
import * as InputPolicy from "./InputPolicy.ts"
import { assemble } from "./internal/attempt.ts"
import { RunLogs } from "./internal/runLog.ts"
import { open } from "./internal/session.ts"
import { Known, redactionFor, type Shared } from "./internal/shared.ts"
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
  /** What each relay may use; a specification may ask for less. */
  readonly limits?: Limits
  /** Callers may bring GStreamer pipelines of their own: programs, run with the rights of this process. */
  readonly allowPipelines?: boolean
}

const millis = (input: Duration.Input) => Duration.toMillis(Duration.fromInputUnsafe(input))

const refusalsOf = (
  input: RelayInput,
  { kind, pipeline }: Relay,
  { allowPipelines = false, programs }: Options
): ReadonlyArray<RelayRefusal> => {
  const against = programs.gstreamer === undefined
    ? "gst-launch-1.0 is not on the PATH; available: ffmpeg"
    : pipeline === undefined
    ? Gstreamer.refusal(input)
    : undefined
  const refusals: Array<RelayRefusal> = []
  if (kind === "gstreamer" && against !== undefined) refusals.push({ about: "kind", reason: against })
  if (pipeline === undefined) return refusals
  if (!allowPipelines) {
    const reason = "pipelines of one's own are not allowed here (HEADEND_ALLOW_CUSTOM_PIPELINES)"
    refusals.push({ about: "pipeline", reason })
  } else if (Gstreamer.sinksOf(pipeline).length === 0) {
    const reason = "expected an argument such as {v}: the sink of the track with that mid, which takes RTP"
    refusals.push({ about: "pipeline", reason })
  }
  return refusals
}

/** The steps of one way to do it. */
const step = (
  request: RelayRequest,
  wired: Wiring.Wiring | Wiring.Streams,
  options: Relay,
  when?: string
): ReadonlyArray<PlanStep> => {
  const { input } = request
  const redact = redactionFor(request)
  const url = input.type === "test_pattern" ? "" : Redacted.value(input.url).replace(/^file:\/\//, "")
  const wiring = "outputs" in wired ? Result.succeed(wired) : Wiring.wire(request.tracks, wired, options)
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
        current: new Set(),
        known: new Known(),
        silence: millis(options.silence ?? "4 seconds"),
        firstMediaWithin: millis(options.firstMediaWithin ?? "15 seconds"),
        limits: options.limits ?? {}
      }
      return Relays.of({
        acquire: (request) => {
          const [refusal] = refusalsOf(request.input, request.options, options)
          return refusal === undefined
            ? Effect.provideService(open(request, shared), Guard, guard)
            : Effect.fail(new Failures.RelayMisconfigured({ hop: "relay", reason: refusal.reason }))
        },
        check: (input, relay) =>
          Effect.match(shared.policy.check(input), {
            onSuccess: (): ReadonlyArray<RelayRefusal> => [],
            onFailure: ({ reason }): ReadonlyArray<RelayRefusal> => [{ about: "address", reason }]
          }).pipe(Effect.map((refusals) => [...refusals, ...refusalsOf(input, relay, options)])),
        plan: (request) =>
          Effect.sync(() => {
            const { input, options: relay } = request
            if (relay.pipeline !== undefined) {
              const wiring = Wiring.chosen(request.tracks, Gstreamer.sinksOf(relay.pipeline))
              return { steps: step(request, wiring, relay), warnings: wiring.warnings }
            }
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
        running: Effect.sync(() =>
          [...shared.current].map(({ now, request: { broadcast, options: { kind } } }) => ({
            broadcast,
            kind,
            restarts: shared.logs.restarts(broadcast),
            status: now()
          }))
        ),
        logs: (broadcast) => Effect.sync(() => shared.logs.of(broadcast))
      })
    })
  )
