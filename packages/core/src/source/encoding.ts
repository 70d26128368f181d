/**
 * An encoder that we tell to publish to an ingest, and a relay from there, followed together. While our connection to the
 * encoder is lost it streams on, and so does the relay: we connect again, look, and take it as it is.
 */
import { Deferred, Effect, Schedule } from "effect"
import { type EncoderAddress, sameDestination, toDestination, unknownStatus } from "../Encoder.ts"
import { EncoderStreaming } from "../EncoderFailure.ts"
import { type Encoder, Encoders } from "../Encoders.ts"
import type { Feed } from "../Feed.ts"
import type { Reading } from "../Health.ts"
import * as Holding from "../Holding.ts"
import type { Ingest } from "../Ingest.ts"
import { Keyring } from "../Keyring.ts"
import { ownerOf } from "../Mark.ts"
import type { SourceFacts } from "../Snapshot.ts"
import type { Memory, Opening } from "../Source.ts"
import { EncoderHeld, seal } from "./encoder.ts"
import { EncoderHealth } from "./encoderHealth.ts"
import * as Ingesting from "./ingesting.ts"

export interface Encoding {
  readonly address: EncoderAddress
  readonly ingest: Ingest
  /** One that streams already is stopped first, instead of refused. */
  readonly takeOver: boolean
  readonly ingesting: Ingesting.Ingesting
}

/** What one opening keeps for the next. */
interface Kept {
  readonly relay: Memory
  /** It published when the relay was lost: another relay need not wait for a look at it. */
  isFlowing: boolean
}

/** Between two attempts to connect: 100 ms doubling to 1 s, with jitter. */
const reconnect = Schedule.jittered(
  Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("1 second")])
)

/** Drives the encoder and relays its ingest until one of them is lost. */
export const follow = Effect.fnUntraced(function*(encoding: Encoding, opening: Opening) {
  const { address, ingest, takeOver } = encoding
  const encoders = yield* Encoders
  const keyring = yield* Keyring
  const ledger = yield* Holding.Ledger
  const destination = toDestination(ingest)
  const kept = (opening.memory.kept as Kept | undefined) ?? { relay: {}, isFlowing: false } // nobody else writes it
  opening.memory.kept = kept
  const relay = yield* Ingesting.follow(encoding.ingesting, { ...opening, memory: kept.relay })

  const health = new EncoderHealth()
  const nothing = unknownStatus(address.url)
  const noStatus = () => nothing
  let now = noStatus
  let phase: Reading | "live" = { status: "unknown", evidence: "connecting" }
  /** Its ingest has not answered the start that is under way. */
  let silence: Reading | undefined

  /** Written before anything is changed, and once in a run: later settings are our own. */
  const hold = Effect.fnUntraced(function*(former: Parameters<typeof seal>[1]) {
    const sealed = yield* Effect.provideService(seal(address, former, destination), Keyring, keyring)
    yield* ledger.hold(EncoderHeld, { url: address.url, owner: ownerOf(opening.mark), sealed })
  })

  /** Makes it publish to our ingest. One that does already is taken as it is. */
  const bringOnAir = Effect.fnUntraced(function*(encoder: Encoder) {
    const seen = yield* encoder.read
    const isPointed = seen.destination !== null && sameDestination(seen.destination, destination)
    const isHeld = (yield* ledger.held(EncoderHeld)).some(({ url }) => url === address.url)
    const isOurs = isPointed && isHeld
    if (seen.streaming && !isOurs && !takeOver) {
      return yield* new EncoderStreaming({
        encoder: address.url,
        reason: isHeld ? "somebody has pointed it to another place" : "takeOver is not set"
      })
    }
    if (!isHeld) yield* hold(seen.settings)
    if (seen.streaming && isPointed) return
    if (seen.streaming) yield* encoder.stop
    if (!isPointed) yield* encoder.pointAt(destination)
    phase = { status: "unknown", evidence: "starts to publish" }
    yield* encoder.start
  })

  const flowing = yield* Deferred.make<void>()
  if (kept.isFlowing) yield* Deferred.succeed(flowing, undefined)

  const driven = Effect.gen(function*() {
    const encoder = yield* encoders.acquire(address, opening.mark, "publish")
    now = encoder.now
    yield* bringOnAir(encoder)
    phase = "live"
    silence = undefined
    const flows = Effect.andThen(encoder.flowing, Deferred.succeed(flowing, undefined))
    return yield* Effect.raceFirst(encoder.lost, Effect.andThen(flows, Effect.never))
  })

  /** Connects again when the connection is lost, and goes on waiting for an ingest that is silent; anything else is told. */
  const drive = Effect.gen(function*() {
    let again = yield* Schedule.toStepWithSleep(reconnect)
    while (true) {
      const error = yield* Effect.flip(Effect.scoped(driven))
      const wasConnected = now !== noStatus
      now = noStatus
      kept.isFlowing = false
      if (error._tag === "StartUnanswered") {
        silence = { status: "bad", evidence: error.message, next: "goes on when it answers or hangs up" }
      } else if (error._tag === "EncoderUnreachable") {
        silence = undefined
        phase = { status: "bad", evidence: error.message, next: "connects again, and takes OBS as it is then" }
      } else return yield* error
      if (wasConnected) again = yield* Schedule.toStepWithSleep(reconnect)
      yield* Effect.ignore(again(error))
    }
  })

  /** It publishes, as far as was told last: the next relay need not wait for another look. */
  const remember = Effect.sync(() => {
    const { reconnecting, streaming } = now()
    kept.isFlowing = streaming && !reconnecting
  })

  let facts: SourceFacts | undefined
  let factsOf: readonly unknown[] = []
  const feed: Feed<
    Effect.Error<typeof drive> | Effect.Error<typeof relay.lost>
  > = {
    lost: Effect.raceFirst(drive, Effect.andThen(Deferred.await(flowing), Effect.tapError(relay.lost, () => remember))),
    hops: [
      { name: "encoder", read: () => (phase === "live" ? health.reading(now()) : phase) },
      ...relay.hops.map((hop) => hop.name === "ingest" ? { ...hop, read: () => silence ?? hop.read() } : hop)
    ],
    facts: () => {
      const [others, obs] = [relay.facts(), now()]
      if (facts !== undefined && factsOf[0] === others && factsOf[1] === obs) return facts
      factsOf = [others, obs]
      // where it publishes is our affair: nobody else is to
      return (facts = { ...others, obs, publish: { whip: null, rtmp: null } })
    },
    fed: relay.fed,
    proof: relay.proof
  }
  return feed
})
