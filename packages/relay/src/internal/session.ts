/**
 * One relay from its start to its end: checks, probes, wires, runs the process, and runs another when a probe that came
 * later objects to what was assumed.
 */
import type { RelayFailure } from "@headend/core/RelayFailure"
import * as Failures from "@headend/core/RelayFailure"
import type { RelayRequest, RelayStatus, RunningRelay } from "@headend/core/Relays"
import { Clock, Deferred, Duration, Effect, Redacted, Result, type Scope } from "effect"
import { classify } from "../Classify.ts"
import * as Ffmpeg from "../Ffmpeg.ts"
import * as Gstreamer from "../Gstreamer.ts"
import type { Guard } from "../Guard.ts"
import type { Allowed, InputPolicy } from "../InputPolicy.ts"
import * as Probe from "../Probe.ts"
import type { Programs } from "../Programs.ts"
import * as Redaction from "../Redaction.ts"
import * as Supervisor from "../Supervisor.ts"
import * as Wiring from "../Wiring.ts"
import type { RunLogs } from "./runLog.ts"

/** What all relays of a process share. */
export interface Shared {
  readonly programs: Programs
  readonly policy: InputPolicy
  readonly logs: RunLogs
  /** What was found at an address last. */
  readonly known: Map<string, Wiring.Streams>
  /** When the last relay of a broadcast ended. */
  readonly endedAt: Map<string, number>
  readonly silence: number
  readonly firstMediaWithin: number
  readonly limits: Supervisor.Limits
}

const probeWithin = Duration.seconds(20)
/** Janus takes no packet of a new sender before the old one has been silent for so long. */
const collision = 200
const remembered = 1_000

export const redactionFor = (request: RelayRequest): Redaction.Redact => {
  const { input, srtp } = request
  const key = srtp === undefined ? [] : [srtp.crypto]
  if (input.type === "test_pattern") return Redaction.make(key)
  const password = input.type === "rtsp" && input.password !== undefined ? [input.password] : []
  return Redaction.make([...key, ...password, ...Redaction.secretsOf(Redacted.value(input.url), input.type === "rtmp")])
}

/** Nothing has to be known of it before the relay starts: what every encoder sends is assumed. */
const isOptimistic = ({ input }: RelayRequest) => input.type === "rtmp"

const idle: RelayStatus = { pid: null, fed: [], progress: null, warnings: [], codecs: [] }

export const open = Effect.fnUntraced(function*(
  request: RelayRequest,
  shared: Shared
): Effect.fn.Return<RunningRelay, RelayFailure, Guard | Scope.Scope> {
  const { broadcast, input, options } = request
  const redact = redactionFor(request)
  const hop = input.type === "rtmp" ? "ingest" as const : "relay" as const
  const key = input.type === "test_pattern" ? "" : Redacted.value(input.url)
  const allowed: Allowed | undefined = yield* Effect.mapError(
    shared.policy.check(input),
    ({ reason }) => new Failures.InputRefused({ hop, reason })
  )
  if (allowed === undefined) {
    return yield* new Failures.SourceUnreachable({ hop, reason: "its name cannot be looked up" })
  }
  const isFile = input.type === "pull" && !input.loop && !/^(https?|srt):/i.test(allowed.url)
  const circumstances = { input: input.type, isFile }

  const remember = (streams: Wiring.Streams | undefined) => {
    shared.known.delete(key)
    if (streams === undefined) return
    shared.known.set(key, streams)
    for (const oldest of shared.known.keys()) {
      if (shared.known.size <= remembered) break
      shared.known.delete(oldest)
    }
  }

  const look = Effect.matchEffect(
    Probe.run(shared.programs.ffprobe, Ffmpeg.probe(input, allowed), probeWithin),
    {
      onSuccess: (streams) => Effect.as(Effect.sync(() => remember(streams)), streams),
      onFailure: (error): Effect.Effect<never, RelayFailure> => {
        if (error._tag === "NotStarted") {
          return Effect.fail(new Failures.RelayMisconfigured({ hop: "relay", reason: error.message }))
        }
        if (error._tag === "ProbeTimeout") return Effect.fail(new Failures.SourceFrozen({ hop, reason: error.message }))
        const { code, signal } = error
        const lines = error.lines.map(redact)
        const seen = { ...circumstances, hadMedia: false, lasted: Infinity, lines }
        return Effect.fail(classify({ how: "ended", code, signal }, seen))
      }
    }
  )
  /** A server may tell of the audio first: a probe without a picture is asked again. */
  const probe = Effect.gen(function*() {
    let streams = yield* look
    const tries = input.type === "rtmp" ? 2 : 0
    for (let again = 0; again < tries && !streams.some(({ type }) => type === "video"); again++) streams = yield* look
    return streams
  })

  const wire = (streams: Wiring.Streams): Effect.Effect<Wiring.Wiring, RelayFailure> =>
    Result.match(Wiring.wire(request.tracks, streams, options), {
      onSuccess: (wiring) => Effect.succeed(wiring),
      onFailure: ({ reason, why }) =>
        Effect.fail(
          why === "codec"
            ? new Failures.RelayMisconfigured({ hop: "relay", reason })
            : new Failures.SourceUnsuitable({ hop, reason })
        )
    })

  let now: () => RelayStatus = () => idle

  /** One process; how it ended. */
  const attempt = Effect.fnUntraced(
    function*(wiring: Wiring.Wiring, streams: Wiring.Streams, media: Deferred.Deferred<void>) {
      const since = shared.endedAt.get(broadcast)
      const wait = since === undefined ? 0 : since + collision - (yield* Clock.currentTimeMillis)
      if (wait > 0) yield* Effect.sleep(wait)
      const startedAt = yield* Clock.currentTimeMillis
      const log = shared.logs.begin(broadcast, new Date(startedAt).toISOString())
      let exit = "ended on request"
      // a scope's finalizers run in reverse: this one when the process is gone
      yield* Effect.addFinalizer(() =>
        Effect.map(Clock.currentTimeMillis, (at) => {
          log.end(new Date(at).toISOString(), exit)
          shared.endedAt.set(broadcast, at)
        })
      )
      const command = yield* assemble(request, allowed, wiring)
      log.add(redact([command.name, ...command.args].join(" ")))
      const supervised = yield* Effect.mapError(
        Supervisor.run({
          program: command.name === "ffmpeg" ? shared.programs.ffmpeg : shared.programs.gstreamer ?? command.name,
          ...command,
          onLine: (line) => log.add(redact(line)),
          firstMediaWithin: shared.firstMediaWithin,
          silence: shared.silence,
          hasVideo: wiring.outputs.some(({ track }) => track.type === "video"),
          limits: shared.limits
        }),
        (error) => new Failures.RelayMisconfigured({ hop: "relay", reason: error.message })
      )
      const fed = wiring.outputs.map(({ track }) => track.mid)
      const codecs = streams === Wiring.assumed ? [] : streams.map(({ codec }) => codec)
      let status: RelayStatus = { ...idle, pid: supervised.pid, warnings: wiring.warnings, codecs }
      let said: unknown
      now = () => {
        const progress = supervised.progress()
        if (!supervised.hasMedia() || (said === progress && status.fed === fed)) return status
        said = progress
        return (status = { ...status, fed, progress })
      }
      const verdict = yield* Effect.raceFirst(
        supervised.verdict,
        Effect.andThen(supervised.firstMedia, Effect.andThen(Deferred.succeed(media, undefined), Effect.never))
      )
      exit = describe(verdict)
      const lasted = (yield* Clock.currentTimeMillis) - startedAt
      const lines = log.lines.slice(1)
      return classify(verdict, { ...circumstances, hadMedia: supervised.hasMedia(), lasted, lines })
    },
    Effect.scoped
  )

  /** Runs until it is lost, or until what was assumed turns out to be wrong. */
  const program: Effect.Effect<never, RelayFailure, Guard> = Effect.gen(function*() {
    const before = input.type === "test_pattern" ? Wiring.generated(input.fps) : shared.known.get(key)
    const first = before ?? (isOptimistic(request) ? Wiring.assumed : yield* probe)
    const wiring = yield* wire(first)
    const media = yield* Deferred.make<void>()
    const asked = probe.pipe(
      Effect.flatMap((streams) => Effect.map(wire(streams), (better) => ({ better, streams })))
    )
    const objection = Deferred.await(media).pipe(
      Effect.andThen(asked),
      Effect.filterOrElse((found) => !Wiring.isSame(found.better, wiring), () => Effect.never),
      // the relay runs: a probe that fails beside it is no reason to end it
      Effect.catch(() => Effect.never)
    )
    const ran = attempt(wiring, first, media)
    const outcome = isOptimistic(request) ? yield* Effect.raceFirst(ran, objection) : yield* ran
    let found: { readonly better: Wiring.Wiring; readonly streams: Wiring.Streams }
    if ("better" in outcome) found = outcome
    else {
      const isGuess = outcome._tag === "RelayMisconfigured" && (before !== undefined || isOptimistic(request))
      if (!now().fed.length) remember(undefined)
      if (!isGuess || input.type === "test_pattern") return yield* outcome
      found = yield* asked
      if (Wiring.isSame(found.better, wiring)) return yield* outcome
    }
    return yield* Effect.flatMap(attempt(found.better, found.streams, yield* Deferred.make<void>()), Effect.fail)
  })

  const lost = yield* Deferred.make<never, RelayFailure>()
  yield* Effect.forkScoped(Effect.catch(program, (error) => Deferred.fail(lost, error)))
  return { now: () => now(), lost: Deferred.await(lost) }
})

/** What is run: the name of the program, and its arguments. */
export const assemble = (
  { input, options, srtp }: Pick<RelayRequest, "input" | "options" | "srtp">,
  allowed: Allowed,
  wiring: Wiring.Wiring
): Effect.Effect<Assembled, Failures.RelayMisconfigured> => {
  const whole = { input, allowed, wiring, options, srtp }
  return options.kind === "ffmpeg"
    ? Effect.succeed({ name: "ffmpeg" as const, ...Ffmpeg.command(whole) })
    : Effect.mapBoth(Effect.fromResult(Gstreamer.command(whole)), {
      onSuccess: ({ args }) => ({ name: "gst-launch-1.0" as const, args, progressLine: Gstreamer.progressLine }),
      onFailure: ({ reason }) => new Failures.RelayMisconfigured({ hop: "relay", reason })
    })
}

export interface Assembled extends Ffmpeg.Command {
  readonly name: "ffmpeg" | "gst-launch-1.0"
  readonly progressLine?: RegExp
}

const describe = (verdict: Supervisor.Verdict): string =>
  verdict.how === "ended"
    ? verdict.signal ?? `exit ${verdict.code}`
    : verdict.how === "greedy"
    ? `killed: ${verdict.what}`
    : verdict.how === "silent"
    ? `killed: no ${verdict.what} for ${Math.round(verdict.millis / 1_000)} s`
    : `killed: no media in ${Math.round(verdict.millis / 1_000)} s`
