/**
 * Encoders in memory: the port's promises, kept by OBS that only exist here. Each is there as soon as somebody asks for
 * its address; what goes wrong with it, or with the ingest it publishes to, a test says.
 */
import { type Destination, type EncoderAddress, type EncoderStatus, unknownStatus } from "@headend/core/Encoder"
import * as Failures from "@headend/core/EncoderFailure"
import { type CommandFailure, type Encoder, Encoders, type Purpose } from "@headend/core/Encoders"
import { Superseded } from "@headend/core/Failure"
import { type Mark, sameOwner } from "@headend/core/Mark"
import { Clock, Deferred, Effect, Redacted, type Scope, Semaphore } from "effect"
import type { Fakes } from "./internal/call.ts"

/** What an ingest does with somebody who wants to publish there. */
export type FakeIngest = "open" | "away" | "denies" | "silent"

interface Holder {
  readonly mark: Mark
  readonly purpose: Purpose
  readonly lost: Deferred.Deferred<never, CommandFailure | Superseded>
}

/** An OBS, and what a test may do to it. */
export class FakeEncoder {
  readonly url: string
  password: string | null = "hush"
  /** Nobody listens there. */
  isAway = false
  /** As `GetStreamServiceSettings` tells it, in JSON. */
  settings = JSON.stringify({ server: "rtmp://elsewhere.example/app", key: "their own key" })
  streaming = false
  reconnecting = false
  /** A start that its ingest has not answered. */
  starting = false
  /** What of its settings does not suit browsers. */
  warnings: ReadonlyArray<string> = []
  /** Starts that were really sent to it. */
  starts = 0
  holder: Holder | undefined
  readonly turn = Semaphore.makeUnsafe(1)
  private startedAt = 0
  private readonly waiting = new Set<() => void>()

  constructor(url: string) {
    this.url = url
  }

  get destination(): Destination | null {
    const { key, server } = JSON.parse(this.settings) as { readonly server?: string; readonly key?: string }
    return server === undefined || key === undefined ? null : { server, key: Redacted.make(key) }
  }

  become(change: Partial<Pick<FakeEncoder, "streaming" | "reconnecting" | "starting">>, now = 0): void {
    if (change.streaming === true && !this.streaming) this.startedAt = now
    Object.assign(this, change)
    for (const look of this.waiting) look()
  }

  until(isSo: () => boolean): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const look = () => {
        if (!isSo()) return
        this.waiting.delete(look)
        resume(Effect.void)
      }
      this.waiting.add(look)
      look()
      return Effect.sync(() => this.waiting.delete(look))
    })
  }

  status(now: number): EncoderStatus {
    const seconds = this.streaming ? Math.max(0, now - this.startedAt) / 1_000 : 0
    return {
      ...unknownStatus(this.url),
      version: "fake",
      connected: true,
      streaming: this.streaming,
      reconnecting: this.reconnecting,
      bytes: Math.round(seconds * 100_000),
      bitrateKbps: this.streaming ? 800 : null,
      totalFrames: Math.round(seconds * 30),
      warnings: this.warnings
    }
  }

  /** The connection is lost; the stream goes on unless it `dies`. */
  cut(options: { readonly dies?: boolean } = {}): void {
    const error = new Failures.EncoderUnreachable({ encoder: this.url, reason: "the connection was cut" })
    if (this.holder !== undefined) Deferred.doneUnsafe(this.holder.lost, Effect.fail(error))
    this.holder = undefined
    if (options.dies === true) this.become({ streaming: false, reconnecting: false, starting: false })
  }
}

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
