/**
 * The Encoders port on OBS, over obs-websocket 5: one connection for as long as an OBS is driven. Starts and stops wait
 * for the events that tell what became of them; a reply to StartStream only says that it was asked.
 */
import { type EncoderAddress, unknownStatus } from "@headend/core/Encoder"
import { EncoderIncompatible, EncoderStopped } from "@headend/core/EncoderFailure"
import { type Encoder, Encoders } from "@headend/core/Encoders"
import { Clock, Deferred, Effect, Exit, FiberSet, Layer, Result, Schema, Scope } from "effect"
import { randomUUID } from "node:crypto"
import * as Commands from "./internal/commands.ts"
import { Holdings, patiently, Voice } from "./internal/holding.ts"
import { plan } from "./internal/plan.ts"
import { Starts } from "./internal/starts.ts"
import { Stream } from "./internal/stream.ts"
import * as Suitability from "./internal/suitability.ts"
import { turn } from "./internal/turn.ts"
import type { RequestFailure } from "./ObsError.ts"
import * as Protocol from "./ObsProtocol.ts"
import { connect } from "./ObsSocket.ts"

/** What the operator says to a host: a reason why not that one, or the addresses to use for it. None: look it up. */
export type Resolve = (host: string) => Effect.Effect<Result.Result<ReadonlyArray<string>, string>>

const anywhere: Resolve = () => Effect.succeed(Result.succeed([]))

export interface Options {
  /** Asked before every connection; every host is allowed unless given. */
  readonly resolve?: Resolve
  /** How long a start may go unanswered; 15 seconds unless given. Milliseconds. */
  readonly startMillis?: number
  /** Between two looks at OBS' figures; 1000 unless given. Milliseconds. */
  readonly pollMillis?: number
}

/** The calls that we cannot do without. */
const needed = ["GetStreamServiceSettings", "SetStreamServiceSettings", "StartStream", "StopStream", "GetStreamStatus"]

const decodeState = Schema.decodeUnknownResult(Protocol.StreamStateChanged)
const decodeStatus = Schema.decodeUnknownResult(Protocol.requests.GetStreamStatus.answer)
const decodeStats = Schema.decodeUnknownResult(Protocol.requests.GetStats.answer)

const hostOf = (url: string) => new URL(url).hostname.replace(/^\[|\]$/g, "")

export const layer = (options: Options = {}): Layer.Layer<Encoders> =>
  Layer.effect(
    Encoders,
    Effect.gen(function*() {
      const scope = yield* Effect.scope
      const clock = yield* Clock.Clock
      const { pollMillis = 1_000, resolve = anywhere, startMillis = 15_000 } = options
      const holdings = new Holdings()
      const starts = new Starts(startMillis)
      /** What was found wrong with the settings of an OBS, by its address. */
      const known = new Map<string, ReadonlyArray<string>>()

      /**
       * One connection; it ends with the scope, or, where a start is unanswered then, once that is answered: what is told
       * while nobody listens is lost.
       */
      const open = Effect.fnUntraced(function*({ password, url }: EncoderAddress, voice: Voice, stream: Stream) {
        const addresses = yield* resolve(hostOf(url))
        if (Result.isFailure(addresses)) {
          return yield* new EncoderIncompatible({ encoder: url, reason: addresses.failure })
        }
        let run: string | undefined
        const onEvent = (event: Protocol.Event) => {
          voice.on(event)
          const state = event.eventType === "StreamStateChanged" ? decodeState(event.eventData) : undefined
          if (state === undefined || Result.isFailure(state)) return
          stream.on(state.success.outputState, clock.currentTimeMillisUnsafe())
          if (stream.phase === "starting") starts.begin(url, run, clock.currentTimeMillisUnsafe())
          else starts.settle(url)
        }
        const begin = Effect.gen(function*() {
          const own = yield* Scope.fork(scope)
          const socket = yield* connect({ url, password, addresses: addresses.success }, onEvent).pipe(
            Scope.provide(own),
            Effect.onExit((exit) => Exit.isSuccess(exit) ? Effect.void : Scope.close(own, exit))
          )
          run = socket.hello.authentication?.salt
          const deaf = starts.listen(url)
          if (starts.isPending(url, run, clock.currentTimeMillisUnsafe())) stream.phase = "starting"
          yield* Effect.forkIn(Effect.andThen(Effect.flip(socket.closed), Effect.sync(deaf)), own)
          return { socket, close: Effect.andThen(Effect.sync(deaf), Scope.close(own, Exit.void)) }
        })
        const { socket } = yield* Effect.acquireRelease(
          begin.pipe(
            Effect.tapErrorTag("ObsUnreachable", (error) => Effect.sync(() => error.isRefused && starts.settle(url))),
            Effect.mapError(turn(url))
          ),
          ({ close, socket }) => {
            voice.release()
            if (stream.phase !== "starting") return close
            const answered = Effect.raceFirst(stream.until("live", "idle"), Effect.flip(socket.closed))
            return Effect.forkIn(Effect.ensuring(answered, close), scope)
          },
          { interruptible: true }
        )
        return socket
      })

      const acquire: Encoders["Service"]["acquire"] = Effect.fn("ObsEncoders.acquire")(
        function*(address, mark, purpose) {
          const { url } = address
          const since = yield* Clock.currentTimeMillis
          const token = yield* Effect.sync(() => randomUUID())
          yield* Effect.acquireRelease(
            holdings.take(url, { token, mark, purpose }),
            (release) => Effect.sync(release),
            { interruptible: true }
          )
          const voice = new Voice(url, token, mark, purpose, since)
          const stream = new Stream(unknownStatus(url))
          const socket = yield* open(address, voice, stream)
          const speak = yield* FiberSet.makeRuntime<never, unknown, RequestFailure>()
          const asked = patiently(Effect.mapError(
            voice.claim(socket, (send) => void speak(Effect.ignore(send))),
            (error) => error._tag === "EncoderBusy" || error._tag === "Superseded" ? error : turn(url)(error)
          ))
          const [version, warnings] = yield* Effect.all([
            Effect.mapError(socket.request("GetVersion"), turn(url)),
            Suitability.read(socket),
            asked
          ], { concurrency: "unbounded" })
          const missing = needed.filter((name) => !version.availableRequests.includes(name))
          if (missing.length > 0) {
            return yield* new EncoderIncompatible({ encoder: url, reason: `it has no ${missing.join(", ")}` })
          }
          known.set(url, warnings)
          stream.status = { ...stream.status, version: version.obsVersion, connected: true, warnings }

          const look = Effect.gen(function*() {
            const [status, stats] = yield* socket.batch([
              { requestType: "GetStreamStatus" },
              { requestType: "GetStats" }
            ])
            const [seen, figures] = [decodeStatus(status?.responseData), decodeStats(stats?.responseData)]
            if (Result.isFailure(seen)) return
            const more = Result.isSuccess(figures) ? figures.success : undefined
            stream.polled(seen.success, more, yield* Clock.currentTimeMillis)
            if (seen.success.outputActive) starts.settle(url)
          })
          // it is the heartbeat, too: one that does not answer is as good as gone
          yield* look.pipe(
            Effect.andThen(Effect.sleep(pollMillis)),
            Effect.forever,
            Effect.catch((error) => Effect.sync(() => socket.terminate(error.message))),
            Effect.forkScoped
          )

          const { pointAt, read, restore, start, stop } = yield* Commands.make({
            url,
            socket,
            stream,
            starts,
            startMillis
          })
          const stopped = Effect.flatMap(stream.until("idle"), () =>
            Effect.fail(
              new EncoderStopped({
                encoder: url,
                reason: stream.wasAsked ? "somebody has stopped it there" : "it has given up on the ingest"
              })
            ))
          const encoder: Encoder = {
            pointAt,
            read,
            restore,
            start,
            stop,
            now: () => stream.status,
            flowing: Effect.asVoid(stream.until("live")),
            lost: Effect.raceAllFirst([
              Effect.mapError(socket.closed, turn(url)),
              stopped,
              Deferred.await(voice.lost)
            ])
          }
          return encoder
        }
      )

      return Encoders.of({
        acquire,
        check: ({ url }) =>
          URL.canParse(url)
            ? Effect.map(
              resolve(hostOf(url)),
              (addresses) => Result.isFailure(addresses) ? addresses.failure : undefined
            )
            : Effect.succeed("this is no address that can be connected to"),
        plan: ({ url }, destination, takeOver) => Effect.sync(() => plan(url, destination, takeOver, known.get(url)))
      })
    })
  )
