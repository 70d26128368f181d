/**
 * One relay from its start to its end: checks, probes, wires, runs the process, and runs another when what was assumed
 * turns out to be wrong: a probe that came later objects, or a stream never came.
 */
import type { RelayFailure } from "@headend/core/RelayFailure"
import * as Failures from "@headend/core/RelayFailure"
import type { RelayRequest, RelayStatus, RunningRelay } from "@headend/core/Relays"
import { Clock, Deferred, Duration, Effect, Redacted, Result, type Scope } from "effect"
import { classify, refusesWithin } from "../Classify.ts"
import * as Ffmpeg from "../Ffmpeg.ts"
import * as Gstreamer from "../Gstreamer.ts"
import type { Guard } from "../Guard.ts"
import * as Probe from "../Probe.ts"
import * as Wiring from "../Wiring.ts"
import { attempt, type Outcome } from "./attempt.ts"
import type { NotStarted } from "./child.ts"
import { idle, redactionFor, type Shared } from "./shared.ts"

const probeWithin = Duration.seconds(20)
/** What is assumed shows itself by then, at a server with a GOP cache. Milliseconds. */
const showsWithin = 1_000
/** A picture that is missing is looked for beside the relay, ever less often. Milliseconds. */
const looksFirstAfter = 15_000
const looksAtLeastEvery = 60_000

/** A server that refuses hangs up at once, sometimes while FFmpeg still asks: its reason is never read then. */
const isCutShort = ({ reason }: RelayFailure) => /Broken pipe|Connection reset/.test(reason)

interface Alone {
  readonly alone: Wiring.Streams
}

export const open = Effect.fnUntraced(function*(
  request: RelayRequest,
  shared: Shared
): Effect.fn.Return<RunningRelay, RelayFailure, Guard | Scope.Scope> {
  const { input, options } = request
  const redact = redactionFor(request)
  const hop = input.type === "rtmp" ? "ingest" as const : "relay" as const
  const key = input.type === "test_pattern" ? "" : Redacted.value(input.url)
  const allowed = yield* Effect.mapError(
    shared.policy.check(input),
    ({ reason }) => new Failures.InputRefused({ hop, reason })
  )
  if (allowed === undefined) {
    return yield* new Failures.SourceUnreachable({ hop, reason: "its name cannot be looked up" })
  }
  const isLocal = input.type === "pull" && !/^(https?|srt):/i.test(allowed.url)
  const isFile = isLocal && !input.loop
  // FFmpeg loops by itself
  const isLooped = isLocal && input.loop && options.kind === "gstreamer"
  const circumstances = { input: input.type, isFile, isLooped }
  let now: () => RelayStatus = () => idle
  const onNow = (next: () => RelayStatus) => void (now = next)
  const run = (wiring: Wiring.Wiring, media: Deferred.Deferred<void>) =>
    attempt({ request, allowed, shared, circumstances, onNow }, wiring, media)

  const command = Ffmpeg.probe(input, allowed)
  const explain = (error: Probe.ProbeFailed | Probe.ProbeTimeout | NotStarted): RelayFailure => {
    if (error._tag === "NotStarted") return new Failures.RelayMisconfigured({ hop: "relay", reason: error.message })
    if (error._tag === "ProbeTimeout") return new Failures.SourceFrozen({ hop, reason: error.message })
    const { code, millis, signal } = error
    const lines = error.lines.slice(-5).map(redact)
    return classify({ how: "ended", code, signal }, { ...circumstances, hadMedia: false, lasted: millis, lines })
  }
  /** What the source carries. Beside a relay it is the relay's log that counts. */
  const look = (isBeside: boolean) =>
    Effect.flatMap(
      Clock.currentTimeMillis,
      (began) =>
        Effect.matchEffect(Probe.run(shared.programs.ffprobe, command, probeWithin), {
          onSuccess: (streams) => Effect.as(Effect.sync(() => shared.known.set(key, streams)), streams),
          onFailure: (error): Effect.Effect<never, RelayFailure> =>
            Effect.flatMap(Clock.currentTimeMillis, (ended) => {
              if (!isBeside) {
                const said = error._tag === "NotStarted" ? [error.message] : error.lines
                const lines = [["ffprobe", ...command].join(" "), ...said].map(redact)
                shared.logs.probed(request.broadcast, { began, ended }, Probe.describe(error), lines)
              }
              return Effect.fail(explain(error))
            })
        })
    )
  /** A server may tell of the audio first: a probe without a picture is asked again. */
  const probe = (isBeside: boolean) =>
    Effect.gen(function*() {
      let streams = yield* look(isBeside)
      const tries = input.type === "rtmp" ? 2 : 0
      for (let again = 0; again < tries && !streams.some(({ type }) => type === "video"); again++) {
        streams = yield* look(isBeside)
      }
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

  /** What is found beside the relay, when that would be sent in another way than now; waits for ever when not. */
  const objection = (wiring: Wiring.Wiring, media: Deferred.Deferred<void>) =>
    Deferred.await(media).pipe(
      Effect.andThen(probe(true)),
      Effect.flatMap((streams) =>
        Effect.flatMap(
          wire(streams),
          (better) => (Wiring.isSame(better, wiring) ? Effect.never : Effect.succeed(streams))
        )
      ),
      // the relay runs: a probe that fails beside it is no reason to end it
      Effect.catch(() => Effect.never)
    )

  const isCalledOnce = input.type === "pull" && /^srt:/i.test(allowed.url)
  /** Who waits for an SRT call may take one only: it is looked at beside where there is something to find out. */
  const isToldHow = isCalledOnce && (options.video ?? "auto") !== "auto"
  const wantsPicture = request.tracks.some(({ type }) => type === "video")

  /**
   * A picture that was there before, and that this relay cannot have any more: it was begun without, or its camera sends
   * none. An RTMP server passes on whatever comes again.
   */
  const isMissed = (wiring: Wiring.Wiring) =>
    wiring.outputs.some(({ track }) => track.type === "video")
      ? input.type === "rtsp" && now().isDark === true
      : wantsPicture && shared.known.hadPicture(key)

  /** The source's streams once a missing picture is there for others; waits for ever while none is missing. */
  const returned = (wiring: Wiring.Wiring): Effect.Effect<Wiring.Streams, never, Guard> =>
    Effect.gen(function*() {
      if (input.type === "test_pattern" || isCalledOnce || isLocal) return yield* Effect.never
      let pause = looksFirstAfter
      while (true) {
        yield* Effect.sleep(pause)
        pause = isMissed(wiring) ? Math.min(pause * 2, looksAtLeastEvery) : looksFirstAfter
        const streams = isMissed(wiring) ? yield* Effect.orElseSucceed(look(true), () => []) : []
        if (streams.some(({ type }) => type === "video") && isMissed(wiring)) return streams
      }
    })

  /**
   * The one stream that an RTMP publisher announces, where nothing has come at first: the other would be waited for in vain
   * for five seconds. Waits for ever where there are two.
   */
  const alone = (streams: Wiring.Streams, media: Deferred.Deferred<void>): Effect.Effect<Alone, never, Guard> =>
    Effect.gen(function*() {
      if (streams !== Wiring.assumed || input.type !== "rtmp") return yield* Effect.never
      yield* Effect.sleep(showsWithin)
      if (yield* Deferred.isDone(media)) return yield* Effect.never
      const announced = Probe.run(shared.programs.ffprobe, Ffmpeg.announced(input, allowed), probeWithin, true)
      const found = yield* Effect.orElseSucceed(announced, () => [])
      const left = streams.filter(({ type }) => found.some((one) => one.type === type))
      return left.length === 1 ? { alone: left } : yield* Effect.never
    })

  /** ffprobe tells why it was refused, where a reader of GStreamer's does not, or FFmpeg has not heard it. */
  const explained = ({ failure, lasted }: Outcome): Effect.Effect<never, RelayFailure, Guard> => {
    const isCut = isCutShort(failure)
    const isRefused = failure.hop === "ingest" && now().fed.length === 0 && lasted < refusesWithin
    if (!isRefused || (options.kind === "ffmpeg" && !isCut)) return Effect.fail(failure)
    return Effect.flatMap(
      Effect.retry(look(false), { times: 1, while: isCutShort }),
      () => Effect.fail(isCut ? new Failures.SourceAbsent({ hop, reason: "nobody published a moment ago" }) : failure)
    )
  }

  /** Runs until it is lost. */
  const follow: Effect.Effect<never, RelayFailure, Guard> = Effect.gen(function*() {
    // what every encoder sends is assumed, and looked at once media flows: who waits for an SRT call takes one only
    const isLive = input.type === "rtmp" || isCalledOnce
    const before = input.type === "test_pattern" ? Wiring.generated(input.fps) : shared.known.get(key)
    let streams = before ?? (isLive ? Wiring.assumed : yield* probe(false))
    let isGuess = input.type !== "test_pattern" && (before !== undefined || isLive)
    while (true) {
      const wiring = yield* wire(streams)
      const media = yield* Deferred.make<void>()
      const ran: Effect.Effect<Outcome, RelayFailure, Guard> = run(wiring, media)
      const known = Effect.raceFirst(ran, returned(wiring))
      const outcome = isGuess && isLive && !isToldHow
        ? yield* Effect.raceFirst(Effect.raceFirst(known, objection(wiring, media)), alone(streams, media))
        : yield* known
      if ("alone" in outcome) {
        streams = outcome.alone
        continue
      }
      if (!("failure" in outcome)) {
        streams = outcome
        isGuess = false
        continue
      }
      const { failure, lacks } = outcome
      if (now().fed.length === 0) shared.known.set(key, undefined)
      // what never came was waited for long enough
      const left = streams.filter(({ type }) => type !== lacks)
      const mayLack = input.type !== "test_pattern" && lacks !== undefined
      if (mayLack && left.length > 0 && left.length < streams.length) {
        streams = left
        continue
      }
      if (!isGuess || failure._tag !== "RelayMisconfigured") return yield* explained(outcome)
      streams = yield* probe(false)
      isGuess = false
      if (Wiring.isSame(yield* wire(streams), wiring)) return yield* failure
    }
  })

  /** What a pipeline of one's own is made of cannot be probed or assumed. */
  const custom = (pipeline: ReadonlyArray<string>): Effect.Effect<never, RelayFailure, Guard> =>
    Effect.flatMap(Deferred.make<void>(), (media) =>
      Effect.flatMap(
        run(Wiring.chosen(request.tracks, Gstreamer.sinksOf(pipeline)), media),
        ({ failure }) => Effect.fail(failure)
      ))

  const current = { request, now: () => now() }
  yield* Effect.acquireRelease(
    Effect.sync(() => shared.current.add(current)),
    () => Effect.sync(() => shared.current.delete(current))
  )
  const lost = yield* Deferred.make<never, RelayFailure>()
  const program = options.pipeline === undefined ? follow : custom(options.pipeline)
  yield* Effect.forkScoped(Effect.catch(program, (error) => Deferred.fail(lost, error)))
  return { now: current.now, lost: Deferred.await(lost) }
})
