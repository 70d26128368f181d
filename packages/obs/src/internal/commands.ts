// The commands that an OBS is given, one at a time, each done when its outcome is known.
import * as Failures from "@headend/core/EncoderFailure"
import type { CommandFailure, Encoder, EncoderReading } from "@headend/core/Encoders"
import { Clock, Effect, Option, Semaphore } from "effect"
import { ObsRefused, type RequestFailure } from "../ObsError.ts"
import { type Response, statusCode } from "../ObsProtocol.ts"
import type { BatchRequest, ObsSocket } from "../ObsSocket.ts"
import { unreachable } from "./reach.ts"
import * as Settings from "./settings.ts"
import type { Starts } from "./starts.ts"
import type { Phase, Stream } from "./stream.ts"
import { turn } from "./turn.ts"

/** So long a start is seen through, also when nobody wants it any more: the next one is not to meet it half way. */
const graceMillis = 2_000
const stopMillis = 15_000

export interface Commanding {
  readonly url: string
  readonly socket: ObsSocket
  readonly stream: Stream
  readonly starts: Starts
  readonly startMillis: number
}

const refusalOf = (results: ReadonlyArray<Response>): ObsRefused | undefined => {
  const failed = results.find(({ requestStatus }) => !requestStatus.result)
  if (failed === undefined) return undefined
  const { requestStatus: { code, comment = "" }, requestType: request } = failed
  return new ObsRefused({ request, code, comment })
}

export const make = Effect.fnUntraced(function*({ socket, startMillis, starts, stream, url }: Commanding) {
  const turns = yield* Semaphore.make(1)
  const run = socket.hello.authentication?.salt
  // what is ours passes, what is foreign is turned: the cast says what is left of the two
  const command = <A, E>(effect: Effect.Effect<A, E | RequestFailure>) =>
    turns.withPermit(
      Effect.mapError(effect, (error) => isForeign(error) ? turn(url)(error) : error)
    ) as Effect.Effect<A, Exclude<E, RequestFailure> | CommandFailure>

  const put = (requests: ReadonlyArray<BatchRequest>) =>
    Effect.flatMap(socket.batch(requests, { haltOnFailure: true }), (results) => {
      const refusal = refusalOf(results)
      return refusal === undefined ? Effect.void : Effect.fail(refusal)
    })

  const look = Effect.gen(function*() {
    const status = yield* socket.request("GetStreamStatus")
    stream.polled(status, undefined, yield* Clock.currentTimeMillis)
  })

  const isActive = Effect.map(socket.request("GetStreamStatus"), ({ outputActive }) => outputActive)

  const settled = (millis: number, ...phases: ReadonlyArray<Phase>) =>
    Effect.timeoutOption(Effect.raceFirst(stream.until(...phases), socket.closed), millis)

  /** What becomes of a start that was asked for; nothing: it goes unanswered. */
  const outcome = Effect.gen(function*() {
    const soon = yield* Effect.uninterruptible(settled(graceMillis, "live", "reconnecting", "idle"))
    return Option.isSome(soon)
      ? soon
      : yield* settled(Math.max(0, startMillis - graceMillis), "live", "reconnecting", "idle")
  })

  const unanswered = () =>
    new Failures.StartUnanswered({
      encoder: url,
      reason: `OBS has been starting for more than ${
        Math.round(startMillis / 1_000)
      } s, and cannot take that back: no other start is sent until it says what came of it, or is restarted`
    })

  const ask = Effect.uninterruptible(Effect.gen(function*() {
    starts.begin(url, run, yield* Clock.currentTimeMillis)
    stream.phase = "starting"
    const asked = yield* Effect.result(socket.request("StartStream"))
    if (asked._tag === "Success") return
    const { failure } = asked
    if (failure._tag !== "ObsRefused") return yield* failure
    starts.settle(url)
    stream.phase = "idle"
    if (failure.code !== statusCode.outputRunning) return yield* failure
    yield* look
  }))

  const whyNot = Effect.gen(function*() {
    const given = Settings.toDestination(yield* socket.request("GetStreamServiceSettings"))
    const server = given?.server ?? ""
    const away = yield* unreachable(server)
    return away === undefined
      ? new Failures.StartDenied({
        encoder: url,
        reason: `${server} takes connections, but not this stream: a hook or a rule denies the key, somebody publishes `
          + "under it already, or OBS' own encoder cannot start; OBS tells no reason"
      })
      : new Failures.StartUnreachable({ encoder: url, reason: `${server}: ${away}` })
  })

  const start: Encoder["start"] = command(Effect.gen(function*() {
    yield* look
    if (stream.phase === "stopping") yield* settled(stopMillis, "idle")
    // whoever asked for it, it is seen through before another one is sent
    if (stream.phase === "starting" && Option.isNone(yield* outcome)) return yield* unanswered()
    if (stream.phase === "live" || stream.phase === "reconnecting") return
    yield* ask
    const became = yield* outcome
    if (Option.isNone(became)) return yield* unanswered()
    if (became.value === "idle") return yield* yield* whyNot
  }))

  const stop: Encoder["stop"] = command(Effect.gen(function*() {
    if (stream.phase === "starting" && Option.isNone(yield* outcome)) return yield* unanswered()
    const asked = yield* Effect.result(socket.request("StopStream"))
    if (asked._tag === "Failure") {
      const { failure } = asked
      if (failure._tag !== "ObsRefused" || failure.code !== statusCode.outputNotRunning) return yield* failure
      return yield* look
    }
    const stopped = yield* settled(stopMillis, "idle")
    if (Option.isNone(stopped)) {
      return yield* new Failures.EncoderRefused({
        encoder: url,
        request: "StopStream",
        code: 0,
        reason: `it is still not idle after ${stopMillis / 1_000} s`
      })
    }
    // the event comes a little before OBS takes new settings
    yield* Effect.repeat(Effect.delay(isActive, "10 millis"), { until: (is) => !is, times: 200 })
  }))

  const read: Encoder["read"] = command(Effect.gen(function*() {
    const given = yield* socket.request("GetStreamServiceSettings")
    const status = yield* socket.request("GetStreamStatus")
    stream.polled(status, undefined, yield* Clock.currentTimeMillis)
    const reading: EncoderReading = {
      streaming: status.outputActive,
      reconnecting: status.outputReconnecting,
      settings: Settings.read(given),
      destination: Settings.toDestination(given)
    }
    return reading
  }))

  return {
    read,
    start,
    stop,
    pointAt: (destination) => command(put(Settings.toPoint(destination))),
    restore: (settings) => command(Effect.flatMap(Effect.orDie(Settings.restoring(settings)), put))
  } satisfies Partial<Encoder>
})

const isForeign = (error: unknown): error is RequestFailure =>
  typeof error === "object" && error !== null && "_tag" in error && String(error._tag).startsWith("Obs")
