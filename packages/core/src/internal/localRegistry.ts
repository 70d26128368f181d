/**
 * A registry of one process as a service: the steps of the registry in memory, each written to the store before anybody
 * hears of it. When the store could not take a step, that step has not happened: all is loaded anew before the next one.
 */
import { Clock, Effect, PubSub, Result, Semaphore, Stream } from "effect"
import type { BroadcastRegistry } from "../BroadcastRegistry.ts"
import type { Timings } from "../Lease.ts"
import { RegistryUnavailable } from "../RegistryFailure.ts"
import type { Kept, RegistryStore } from "../RegistryStore.ts"
import { type Batch, EventLog, kept as keptEvents } from "./eventLog.ts"
import { Journal } from "./journal.ts"
import { type Hint, MemoryRegistry } from "./memoryRegistry.ts"

/** Of a store that has nothing yet. */
export const nothing: Omit<Kept, "life"> = {
  written: 0,
  events: [],
  rows: new Map(),
  keys: new Map(),
  stops: new Map()
}

interface Loaded {
  readonly registry: MemoryRegistry
  readonly log: EventLog
  readonly journal: Journal
}

/** A store without `write` keeps nothing. */
interface Store<E> extends Pick<RegistryStore, "prepare"> {
  readonly load: Effect.Effect<Kept, E>
  readonly write: RegistryStore["write"] | undefined
}

export const make = Effect.fnUntraced(function*<E extends RegistryUnavailable>(timings: Timings, store: Store<E>) {
  const hints = yield* PubSub.unbounded<Hint>()
  const hub = yield* PubSub.unbounded<Batch>()
  const turn = yield* Semaphore.make(1)

  const load = Effect.map(store.load, (kept): Loaded => {
    const journal = new Journal(store.write !== undefined)
    const log = new EventLog(hub, journal, kept)
    const registry = new MemoryRegistry(timings, log, journal, (hint) => PubSub.publishUnsafe(hints, hint))
    registry.restore(kept)
    return { registry, log, journal }
  })
  let loaded: Loaded | undefined = yield* load

  const loadAgain = turn.withPermit(
    Effect.suspend(() =>
      loaded === undefined
        ? Effect.tap(load, (again) => Effect.sync(() => void (loaded = again)))
        : Effect.succeed(loaded)
    )
  )
  const ready: Effect.Effect<Loaded, RegistryUnavailable> = Effect.suspend(() =>
    loaded === undefined ? loadAgain : Effect.succeed(loaded)
  )

  const write = ({ journal, log }: Loaded) =>
    Result.try({
      try: () => {
        const changes = journal.take(log.written, keptEvents)
        if (changes !== undefined) store.write?.(changes)
      },
      catch: (cause) => new RegistryUnavailable({ reason: "its store could not be written", cause })
    })

  /** A step and its writing, in one go: no other step may come between the two. */
  const at = <A>(step: (registry: MemoryRegistry, now: number) => A): Effect.Effect<A, RegistryUnavailable> =>
    Effect.flatMap(Clock.currentTimeMillis, (time) =>
      Effect.flatMap(ready, (now) => {
        if (loaded !== now) return Effect.fail(new RegistryUnavailable({ reason: "its store is being read anew" }))
        const result = step(now.registry, time)
        const written = write(now)
        if (Result.isFailure(written)) {
          loaded = undefined
          return Effect.fail(written.failure)
        }
        now.log.tell()
        return Effect.succeed(result)
      }))
  const attempt = <A, E>(step: (registry: MemoryRegistry, now: number) => Result.Result<A, E>) =>
    Effect.flatMap(at(step), Effect.fromResult)
  const read = <A>(look: (loaded: Loaded) => A) => Effect.map(ready, look)

  const service: BroadcastRegistry["Service"] = {
    declare: (declaration) =>
      Effect.andThen(store.prepare(declaration), attempt((_, now) => _.declare(declaration, now))),
    requestStop: (id, offeredAt) => at((_, now) => _.requestStop(id, offeredAt, now)),
    requestRestart: (id) => attempt((_) => _.requestRestart(id)),
    claim: (worker, max, largest) => at((_, now) => _.claim(worker, max, largest ?? Infinity, now)),
    renew: (worker, leases) => at((_, now) => _.renew(worker, leases, now)),
    report: (lease, change) => attempt((_, now) => _.report(lease, change, now)),
    release: (lease, how) => attempt((_, now) => _.release(lease, how, now)),
    adopt: (declaration, claim) =>
      Effect.andThen(store.prepare(declaration), at((_, now) => _.adopt(declaration, claim, now))),
    get: (id) => Effect.flatMap(read(({ registry }) => registry.rows.entry(id)), Effect.fromResult),
    getRun: (id, run) => Effect.flatMap(read(({ registry }) => registry.rows.entry(id, run)), Effect.fromResult),
    list: (query) => read(({ registry }) => registry.rows.list(query)),
    logs: (id) => read(({ registry }) => registry.rows.logs(id)),
    alive: (runs) => read(({ registry }) => registry.rows.alive(runs)),
    wake: (worker) =>
      Stream.unwrap(Effect.map(PubSub.subscribe(hints), (subscription) =>
        Stream.filter(
          Stream.fromSubscription(subscription),
          (hint) => hint.worker === null || hint.worker === worker
        ))),
    events: (after) => Stream.unwrap(read(({ log }) => log.follow(after))),
    position: read(({ log }) => log.position),
    announce: (event) => at((_, now) => _.rows.log.announce(now, event)),
    fleet: read(({ registry }) => registry).pipe(
      Effect.flatMap((registry) => Effect.map(Clock.currentTimeMillis, (now) => registry.fleet(now)))
    )
  }
  return service
})
