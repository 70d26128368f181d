/**
 * One process of a relay, from its argument array to how it ended.
 */
import type { RelayFailure } from "@headend/core/RelayFailure"
import * as Failures from "@headend/core/RelayFailure"
import type { RelayRequest, RelayStatus } from "@headend/core/Relays"
import { Clock, Deferred, Effect } from "effect"
import { type Circumstances, classify } from "../Classify.ts"
import * as Ffmpeg from "../Ffmpeg.ts"
import * as Gstreamer from "../Gstreamer.ts"
import type { Allowed } from "../InputPolicy.ts"
import * as RelayMetrics from "../RelayMetrics.ts"
import * as Supervisor from "../Supervisor.ts"
import * as Wiring from "../Wiring.ts"
import { idle, limitsOf, redactionFor, type Shared } from "./shared.ts"

/** Janus takes no packet of a new sender before the old one has been silent for so long. */
const collision = 200

/**
 * A looped file begins again at once, and waits out the rest when it is ready: reading it takes a tenth of a second at
 * least, and so did its end.
 */
const beginning = 100

/** How it ended, and what of its assumed streams never came, where that is the reason. */
export interface Outcome {
  readonly failure: RelayFailure
  readonly lacks: "audio" | "video" | undefined
  /** Milliseconds from its start to its end. */
  readonly lasted: number
}

const lacking = (
  failure: RelayFailure,
  verdict: Supervisor.Verdict,
  wiring: Wiring.Wiring,
  lines: ReadonlyArray<string>
): Outcome["lacks"] => {
  if (verdict.how === "silent") return verdict.what === "pictures" ? "video" : undefined
  // announced, and never seen
  const output = lines.join("\n").match(/header for output file #(\d+) \(incorrect codec parameters/)?.[1]
  if (output !== undefined && wiring.outputs[Number(output)]?.track.type === "video") return "video"
  const [, letter] = /Stream map '0:([va]):0' matches no streams/.exec(failure.reason) ?? []
  return letter === undefined ? undefined : letter === "v" ? "video" : "audio"
}

const isOver = ({ hadMedia, verdict }: { readonly hadMedia: boolean; readonly verdict: Supervisor.Verdict }) =>
  hadMedia && verdict.how === "ended" && verdict.code === 0

/** Runs one process, and a looped file as one after another; `onNow` gets what tells its status, `media` is done with its first media. */
export const attempt = Effect.fnUntraced(function*(
  options: {
    readonly request: RelayRequest
    readonly allowed: Allowed
    readonly shared: Shared
    readonly circumstances: Pick<Circumstances, "input" | "isFile"> & {
      /** Its end is its beginning, where the program cannot do that by itself. */
      readonly isLooped: boolean
    }
    readonly onNow: (now: () => RelayStatus) => void
  },
  wiring: Wiring.Wiring,
  media: Deferred.Deferred<void>
) {
  const { allowed, circumstances, onNow, request, shared } = options
  const { broadcast } = request
  const redact = redactionFor(request)
  const since = shared.logs.endedAt(broadcast)
  const wait = since === undefined ? 0 : since + collision - (yield* Clock.currentTimeMillis)
  if (wait > 0) yield* Effect.sleep(wait)
  const command = yield* assemble(request, allowed, wiring)
  const startedAt = yield* Clock.currentTimeMillis
  const log = shared.logs.begin(broadcast, startedAt)
  let exit: { readonly words: string; readonly failure: RelayFailure | undefined } = {
    words: "ended on request",
    failure: undefined
  }
  // a scope's finalizers run in reverse: this one when the process is gone
  yield* Effect.addFinalizer(() =>
    Effect.flatMap(Clock.currentTimeMillis, (at) => {
      shared.logs.end(broadcast, log, at, exit.words)
      return RelayMetrics.ended(request.options.kind, exit.failure)
    })
  )
  log.add(redact([command.name, ...command.args].join(" ")))
  const fed = wiring.outputs.map(({ track }) => track.mid)
  const codecs = wiring.streams === Wiring.assumed ? [] : wiring.streams.map(({ codec }) => codec)
  let status: RelayStatus = { ...idle, warnings: wiring.warnings, codecs }

  /** From its start to its end. */
  const pass = Effect.fnUntraced(function*(command: Assembled) {
    yield* RelayMetrics.started(request.options.kind)
    const supervised = yield* Effect.mapError(
      Supervisor.run({
        program: command.name === "ffmpeg" ? shared.programs.ffmpeg : shared.programs.gstreamer ?? command.name,
        ...command,
        onLine: (line) => log.add(redact(line)),
        firstMediaWithin: shared.firstMediaWithin,
        silence: shared.silence,
        hasVideo: wiring.outputs.some(({ track }) => track.type === "video"),
        limits: limitsOf(shared.limits, request.options)
      }),
      (error) => new Failures.RelayMisconfigured({ hop: "relay", reason: error.message })
    ).pipe(Effect.tapError((failure) => Effect.sync(() => void (exit = { words: failure.reason, failure }))))
    status = { ...status, pid: supervised.pid }
    onNow(() => {
      if (!supervised.hasMedia()) return status
      const progress = supervised.progress()
      const isLive = supervised.isLive()
      const isDark = supervised.isDark()
      const isSaid = status.fed === fed && status.progress === progress && status.isLive === isLive
        && status.isDark === isDark
      return isSaid ? status : (status = { ...status, fed, progress, isLive, isDark })
    })
    const verdict = yield* Effect.raceFirst(
      supervised.verdict,
      Effect.andThen(
        supervised.firstMedia,
        Effect.andThen(
          Effect.sync(() => void (log.hadMedia = true)),
          Effect.andThen(Deferred.succeed(media, undefined), Effect.never)
        )
      )
    )
    return { verdict, hadMedia: supervised.hasMedia() }
  })

  let passed = yield* Effect.scoped(pass(command))
  while (circumstances.isLooped && isOver(passed)) {
    const end = "the end of the file"
    log.add(`${end}: it begins again`)
    yield* RelayMetrics.ended(request.options.kind, new Failures.SourceFinished({ hop: "relay", reason: end }))
    passed = yield* Effect.scoped(pass(yield* assemble(request, allowed, wiring, beginning)))
  }
  const { hadMedia, verdict } = passed
  const lasted = (yield* Clock.currentTimeMillis) - startedAt
  const lines = log.lines.slice(1)
  const failure = classify(verdict, { ...circumstances, hadMedia, lasted, lines })
  exit = { words: describe(verdict), failure }
  return { failure, lacks: lacking(failure, verdict, wiring, lines), lasted } satisfies Outcome
}, Effect.scoped)

/** What is run: the name of the program, and its arguments. */
export interface Assembled extends Ffmpeg.Command {
  readonly name: "ffmpeg" | "gst-launch-1.0"
  readonly told?: typeof Gstreamer.told
}

export const assemble = (
  { input, options, srtp }: Pick<RelayRequest, "input" | "options" | "srtp">,
  allowed: Allowed,
  wiring: Wiring.Wiring,
  delay = 0
): Effect.Effect<Assembled, Failures.RelayMisconfigured> => {
  const whole = { input, allowed, wiring, options, srtp, delay }
  return options.kind === "ffmpeg"
    ? Effect.succeed({ name: "ffmpeg" as const, ...Ffmpeg.command(whole) })
    : Effect.mapBoth(Effect.fromResult(Gstreamer.command(whole)), {
      onSuccess: ({ args }) => ({ name: "gst-launch-1.0" as const, args, told: Gstreamer.told }),
      onFailure: ({ reason }) => new Failures.RelayMisconfigured({ hop: "relay", reason })
    })
}

const describe = (verdict: Supervisor.Verdict): string =>
  verdict.how === "ended"
    ? verdict.signal ?? `exit ${verdict.code}`
    : verdict.how === "greedy"
    ? `killed: ${verdict.what}`
    : verdict.how === "silent"
    ? `killed: no ${verdict.what} for ${Math.round(verdict.millis / 1_000)} s`
    : `killed: no media in ${Math.round(verdict.millis / 1_000)} s`
