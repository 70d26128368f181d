/**
 * Broadcasts, managed: says what is wanted, and reads what is. The work is done by the reconciler of whichever worker
 * claims it; nobody here waits for Janus.
 */
import { Clock, Context, type Duration, Effect, Layer, Random, type Stream } from "effect"
import type { BroadcastEvent, EventId } from "./BroadcastEvent.ts"
import { BroadcastRegistry } from "./BroadcastRegistry.ts"
import type { BroadcastId, BroadcastSpec } from "./BroadcastSpec.ts"
import { isEnded } from "./Health.ts"
import { Installation } from "./Installation.ts"
import * as Awaiting from "./internal/awaiting.ts"
import { declaration } from "./internal/declaration.ts"
import { hash53 } from "./internal/hash53.ts"
import { plan } from "./internal/plan.ts"
import { Keyring } from "./Keyring.ts"
import type { Entry, Page, Query, StartRequest } from "./Lease.ts"
import { Mountpoints } from "./Mountpoints.ts"
import type { Plan } from "./Plan.ts"
import {
  type BroadcastNotFound,
  type KeyReused,
  type PositionTooOld,
  type RegistryUnavailable,
  type SpecConflict,
  StartCancelled
} from "./RegistryFailure.ts"
import type { RelayRun } from "./Relays.ts"
import type { Snapshot } from "./Snapshot.ts"
import { Sources } from "./Sources.ts"
import * as Trace from "./Trace.ts"

/** What became of a start. */
export interface Started {
  /** As in the registry: a new run, the same one again, or a key seen before. */
  readonly outcome: "created" | "exists" | "handled"
  readonly snapshot: Snapshot
}

export class Broadcasts extends Context.Service<Broadcasts, {
  /** Wants a broadcast on air. Its id is the specification's, or a generated one: of the key, when one is given. */
  readonly start: (
    spec: BroadcastSpec,
    request?: Partial<StartRequest>
  ) => Effect.Effect<Started, SpecConflict | KeyReused | StartCancelled | RegistryUnavailable>

  /** Wants it stopped; stopping what has ended already changes nothing. */
  readonly stop: (id: BroadcastId) => Effect.Effect<Snapshot, BroadcastNotFound | RegistryUnavailable>

  /** Wants all of these stopped; their ids. */
  readonly stopAll: (
    filter: Omit<Query, "limit" | "cursor">
  ) => Effect.Effect<ReadonlyArray<BroadcastId>, RegistryUnavailable>

  /** Wants its feed opened anew, behind the same mountpoint. */
  readonly restart: (id: BroadcastId) => Effect.Effect<Snapshot, BroadcastNotFound | RegistryUnavailable>

  readonly get: (id: BroadcastId) => Effect.Effect<Snapshot, BroadcastNotFound | RegistryUnavailable>

  /** The snapshot with the specification, secrets in clear: for those who check a token or a pin. */
  readonly entry: (id: BroadcastId) => Effect.Effect<Entry, BroadcastNotFound | RegistryUnavailable>

  readonly list: (query: Query) => Effect.Effect<Page, RegistryUnavailable>

  /** What its relays said last, as its owner told the registry. */
  readonly logs: (id: BroadcastId) => Effect.Effect<ReadonlyArray<RelayRun>, RegistryUnavailable>

  /** Waits until this run is as wanted or has ended, at most so long; the snapshot then, either way. */
  readonly await: (
    id: BroadcastId,
    run: number,
    until: (snapshot: Snapshot) => boolean,
    atMost: Duration.Duration
  ) => Effect.Effect<Snapshot, BroadcastNotFound | RegistryUnavailable>

  /** The events after that position, then what comes; from now on when none is given. */
  readonly changes: (after?: EventId) => Stream.Stream<BroadcastEvent, PositionTooOld | RegistryUnavailable>

  /** The position of the newest event. */
  readonly position: Effect.Effect<EventId, RegistryUnavailable>

  /** What a start would do, redacted; nothing is touched. */
  readonly plan: (spec: BroadcastSpec) => Effect.Effect<Plan>
}>()("@headend/core/Broadcasts") {}

/** On whatever registry there is. Needs no worker in this process. */
export const layer: Layer.Layer<Broadcasts, never, BroadcastRegistry | Sources | Keyring | Mountpoints> = Layer.effect(
  Broadcasts,
  Effect.gen(function*() {
    const registry = yield* BroadcastRegistry
    const sources = yield* Sources
    const keyring = yield* Keyring
    const mountpoints = yield* Mountpoints
    const { instance } = yield* Installation
    const waiting = yield* Awaiting.follow(registry)

    const start = Effect.fn("Broadcasts.start")(function*(given: BroadcastSpec, request: Partial<StartRequest> = {}) {
      const now = yield* Clock.currentTimeMillis
      const { key } = request
      const id = given.id ?? (key === undefined ? yield* generatedName : nameOf(key))
      yield* Effect.annotateCurrentSpan({ broadcast: id })
      const trace = yield* Trace.current
      const declared = yield* registry.declare(
        yield* declaration(given, id, {
          key: key ?? `${id}/${yield* generatedName}`,
          jobId: request.jobId ?? null,
          offeredAt: request.offeredAt ?? now,
          ...(trace === undefined ? {} : { trace })
        }, { sources, keyring })
      )
      if (declared.outcome === "cancelled") return yield* new StartCancelled({ id })
      const { snapshot } = yield* Effect.catchTag(registry.getRun(id, declared.run), "BroadcastNotFound", Effect.die)
      return { outcome: declared.outcome, snapshot } satisfies Started
    })

    const get = (id: BroadcastId) => Effect.map(registry.get(id), (entry) => entry.snapshot)

    const stop = Effect.fn("Broadcasts.stop")(function*(id: BroadcastId) {
      yield* registry.get(id)
      yield* registry.requestStop(id, yield* Clock.currentTimeMillis)
      return yield* get(id)
    })

    const all = (filter: Query, cursor?: string): Effect.Effect<ReadonlyArray<BroadcastId>, RegistryUnavailable> =>
      Effect.flatMap(registry.list({ ...filter, limit: 500, ...(cursor === undefined ? {} : { cursor }) }), (page) => {
        const ids = page.items.filter((one) => !isEnded(one.state)).map((one) => one.id)
        return page.next === null
          ? Effect.succeed(ids)
          : Effect.map(all(filter, page.next), (more) => [...ids, ...more])
      })

    return Broadcasts.of({
      start,
      stop,
      get,
      entry: registry.get,
      list: registry.list,
      logs: registry.logs,
      changes: registry.events,
      position: registry.position,
      restart: (id) => Effect.andThen(registry.requestRestart(id), get(id)),
      stopAll: (filter) =>
        Effect.tap(
          all(filter),
          (ids) =>
            Effect.forEach(ids, (id) => Effect.catchTag(stop(id), "BroadcastNotFound", () => Effect.void), {
              discard: true
            })
        ),
      await: (id, run, until, atMost) =>
        waiting(
          id,
          Effect.map(registry.getRun(id, run), (entry) => entry.snapshot),
          (snapshot) => until(snapshot) || isEnded(snapshot.state),
          atMost
        ),
      plan: (spec) => plan(spec, { sources, mountpoints, instance })
    })
  })
)

const generatedName = Effect.map(
  Effect.all([Clock.currentTimeMillis, Random.nextInt]),
  ([now, random]) => `b${hash53(now, random).toString(36)}`
)

/** The same for the same key: a request that is repeated means the same broadcast. */
const nameOf = (key: string) => `b${hash53("key", key).toString(36)}`
