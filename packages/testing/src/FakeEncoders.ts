/**
 * Encoders in memory: the port's promises, kept by OBS that only exist here. Each is there as soon as somebody asks for
 * its address; what goes wrong with it, or with the ingest it publishes to, a test says.
 */
import type { EncoderAddress } from "@headend/core/Encoder"
import * as Failures from "@headend/core/EncoderFailure"
import { type CommandFailure, type Encoder, Encoders, type Purpose } from "@headend/core/Encoders"
import { Superseded } from "@headend/core/Failure"
import { type Mark, sameOwner } from "@headend/core/Mark"
import { Clock, Deferred, Effect, Redacted, type Scope } from "effect"
import type { Fakes } from "./internal/call.ts"
import { FakeEncoder, type Holder } from "./internal/encoder.ts"

/** What an ingest does with somebody who wants to publish there. */
export type FakeIngest = "open" | "away" | "denies" | "silent"

export { FakeEncoder }

/** So long a start may go unanswered: the contract suite runs on the live clock. */
const startMillis = 3_000

export const make = ({ faults, journal }: Fakes) => {
  const all = new Map<string, FakeEncoder>()
  const ingests = new Map<string, FakeIngest>()

  const at = (url: string): FakeEncoder => {
    const found = all.get(url) ?? new FakeEncoder(url)
    all.set(url, found)
    return found
  }

  const call = <A, E, R>(name: string, id: string, effect: Effect.Effect<A, E, R>) =>
    faults.apply(name, effect).pipe(
      Effect.tap(() => Effect.sync(() => journal.write({ call: name, id, outcome: "ok" }))),
      Effect.tapError((error) =>
        Effect.sync(() => journal.write({ call: name, id, outcome: (error as { readonly _tag: string })._tag }))
      )
    )

  const take = (obs: FakeEncoder, mark: Mark, purpose: Purpose) =>
    Effect.suspend((): Effect.Effect<Holder, Failures.EncoderBusy | Superseded> => {
      const { holder, url } = obs
      if (holder !== undefined && !sameOwner(holder.mark, mark)) {
        return Effect.fail(
          new Failures.EncoderBusy({ encoder: url, reason: `broadcast ${holder.mark.broadcast} uses it` })
        )
      }
      if (holder !== undefined && purpose === "publish" && holder.mark.epoch > mark.epoch) {
        return Effect.fail(new Superseded({ resource: `OBS at ${url}`, epoch: holder.mark.epoch }))
      }
      if (holder !== undefined) {
        const error = new Superseded({ resource: `OBS at ${url}`, epoch: purpose === "restore" ? null : mark.epoch })
        Deferred.doneUnsafe(holder.lost, Effect.fail(error))
      }
      const mine: Holder = { mark, purpose, lost: Deferred.makeUnsafe() }
      obs.holder = mine
      return Effect.succeed(mine)
    })

  const unanswered = (encoder: string) =>
    new Failures.StartUnanswered({ encoder, reason: "no other start is sent until OBS says what came of it" })

  /** Waits for what becomes of a start; one that its ingest never answers stays as it is. */
  const outcome = (obs: FakeEncoder) =>
    obs.until(() => !obs.starting).pipe(
      Effect.timeoutOrElse({ duration: startMillis, orElse: () => Effect.fail(unanswered(obs.url)) })
    )

  const start = Effect.fnUntraced(function*(obs: FakeEncoder) {
    if (obs.starting) yield* outcome(obs)
    if (obs.streaming) return
    const server = obs.destination?.server ?? ""
    const ingest = ingests.get(server) ?? "open"
    obs.starts++
    if (ingest === "away") {
      return yield* new Failures.StartUnreachable({ encoder: obs.url, reason: `${server}: refused` })
    }
    if (ingest === "denies") return yield* new Failures.StartDenied({ encoder: obs.url, reason: server })
    if (ingest === "silent") {
      obs.become({ starting: true })
      return yield* outcome(obs)
    }
    obs.become({ streaming: true }, yield* Clock.currentTimeMillis)
  })

  const stop = Effect.fnUntraced(function*(obs: FakeEncoder) {
    if (obs.starting) return yield* unanswered(obs.url)
    obs.become({ streaming: false, reconnecting: false })
  })

  const set = (obs: FakeEncoder, settings: string) =>
    Effect.suspend(() => {
      if (obs.streaming) {
        const reason = "not while it streams"
        return Effect.fail(
          new Failures.EncoderRefused({ encoder: obs.url, request: "SetStreamServiceSettings", code: 500, reason })
        )
      }
      obs.settings = settings
      return Effect.void
    })

  const acquire = Effect.fnUntraced(function*(
    address: EncoderAddress,
    mark: Mark,
    purpose: Purpose
  ): Effect.fn.Return<
    Encoder,
    CommandFailure | Failures.EncoderBusy | Superseded,
    Scope.Scope
  > {
    const obs = at(address.url)
    const { url } = obs
    if (obs.isAway) return yield* new Failures.EncoderUnreachable({ encoder: url, reason: "nobody listens there" })
    const password = address.password === undefined ? null : Redacted.value(address.password)
    if (obs.password !== null && obs.password !== password) {
      return yield* new Failures.EncoderUnauthorized({ encoder: url, reason: "4009" })
    }
    const holder = yield* Effect.acquireRelease(
      take(obs, mark, purpose),
      (mine) => Effect.sync(() => obs.holder === mine && (obs.holder = undefined))
    )
    let status = obs.status(yield* Clock.currentTimeMillis)
    yield* Effect.map(Clock.currentTimeMillis, (now) => void (status = obs.status(now))).pipe(
      Effect.andThen(Effect.sleep("1 second")),
      Effect.forever,
      Effect.forkScoped
    )
    const command = <A, E>(name: string, effect: Effect.Effect<A, E>) =>
      call(
        `encoders.${name}`,
        url,
        obs.turn.withPermit(Effect.raceFirst(
          // only the connection ends a command: who has lost it to a newer owner sees it through
          Effect.catchTag(Deferred.await(holder.lost), "Superseded", () => Effect.never),
          effect
        ))
      )
    return {
      read: command(
        "read",
        Effect.sync(() => ({
          streaming: obs.streaming,
          reconnecting: obs.reconnecting,
          settings: Redacted.make(obs.settings),
          destination: obs.destination
        }))
      ),
      pointAt: ({ key, server }) => command("pointAt", set(obs, JSON.stringify({ server, key: Redacted.value(key) }))),
      restore: (settings) => command("restore", set(obs, Redacted.value(settings))),
      start: command("start", start(obs)),
      stop: command("stop", stop(obs)),
      now: () => {
        const { reconnecting, streaming } = obs
        if (status.streaming !== streaming || status.reconnecting !== reconnecting) {
          status = { ...status, streaming, reconnecting }
        }
        return status
      },
      flowing: obs.until(() => obs.streaming && !obs.reconnecting),
      lost: Effect.raceFirst(
        Deferred.await(holder.lost),
        Effect.flatMap(
          obs.until(() => !obs.streaming),
          () => Effect.fail(new Failures.EncoderStopped({ encoder: url, reason: "somebody has stopped it there" }))
        )
      )
    }
  })

  const encoders = Encoders.of({
    acquire: (address, mark, purpose) => call("encoders.acquire", address.url, acquire(address, mark, purpose)),
    check: () => Effect.undefined,
    plan: ({ url }, { server }) =>
      Effect.succeed({
        steps: [{ hop: "encoder" as const, does: `point ${url} to ${server}`, server: "obs" }],
        warnings: at(url).warnings
      })
  })
  return {
    encoders,
    /** The OBS at this address. */
    obs: at,
    /** What the ingest at this address does, `rtmp://host/app`; open unless told otherwise. */
    ingest: (server: string, does: FakeIngest): Effect.Effect<void> => Effect.sync(() => void ingests.set(server, does))
  }
}
