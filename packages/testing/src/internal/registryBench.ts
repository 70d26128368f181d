// What the parts of the registry's contract suite share: declarations, workers, and scans that let time pass.
import { assert, it } from "@effect/vitest"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import type { Claim, Declaration, Lease, Timings, WorkerState } from "@headend/core/Lease"
import { Duration, Effect, type Layer, type Scope } from "effect"

export interface Wanted {
  readonly key?: string
  /** Milliseconds; 1000 unless given. */
  readonly offeredAt?: number
  /** Two with different words are two specifications. */
  readonly description?: string
  readonly cost?: number
  /** The key that it is declared under, and older ones that are known. */
  readonly under?: string
  readonly known?: ReadonlyArray<string>
  readonly labels?: Readonly<Record<string, string>>
}

let keys = 0

/** A declaration for tests. */
export const wanted = (id: string, more: Wanted = {}): Declaration => {
  const spec = {
    id,
    source: { kind: "frontend_owned" },
    ...(more.description === undefined ? {} : { description: more.description }),
    ...(more.labels === undefined ? {} : { labels: more.labels })
  }
  return {
    id,
    spec,
    fingerprint: `${more.under ?? ""}${JSON.stringify(spec)}`,
    olderFingerprints: (more.known ?? []).map((key) => `${key}${JSON.stringify(spec)}`),
    keyId: "key-1",
    masked: spec,
    cost: more.cost ?? 0.1,
    request: { key: more.key ?? `key ${++keys}`, jobId: null, offeredAt: more.offeredAt ?? 1000 }
  }
}

/** A worker for tests, with room for everything. */
export const worker = (id: string, more: Partial<WorkerState> = {}): WorkerState => ({
  id,
  capacity: 100,
  used: 0,
  draining: false,
  reachesJanus: true,
  ...more
})

export const leaseOf = ({ epoch, id, worker }: Claim): Lease => ({ id, epoch, worker })

/** The description of a claim that is to be kept on air. */
export const described = (claim: Claim) => claim.wanted === "running" ? claim.spec.description : undefined

export const stopped = { code: "stopped", message: "stopped on request", hop: null, fault: null } as const
/** The report of an end that was asked for. */
export const ended = { ended: stopped, leftBehind: [] }

/** Claims, and expects exactly one. */
export const claimOne = (id: string) =>
  Effect.flatMap(
    BroadcastRegistry.use((registry) => registry.claim(worker(id), 10)),
    ([claim, ...more]) =>
      claim === undefined || more.length > 0
        ? Effect.die(new Error(`${id} claimed ${claim === undefined ? "nothing" : "more than one"}`))
        : Effect.succeed(claim)
  )

/** Declares it, and claims it. */
export const start = (id: string, by: string, more?: Wanted) =>
  Effect.andThen(BroadcastRegistry.use((registry) => registry.declare(wanted(id, more))), claimOne(by))

/** On a busy machine real time may have gone further than was asked for, and nothing is seen: then once more. */
export const once = Effect.fnUntraced(function*<E, R>(attempt: (n: number) => Effect.Effect<boolean, E, R>) {
  for (let n = 0; n < 10; n++) {
    if (yield* attempt(n)) return true
  }
  return false
})

export interface Bench {
  readonly timings: Timings
  readonly live: boolean
  readonly test: <E>(
    title: string,
    body: Effect.Effect<void, E, BroadcastRegistry | Scope.Scope>
  ) => void
  readonly advance: (duration: Duration.Duration) => Effect.Effect<void>
  /** Lets time pass while these workers scan with no room, as workers do; renews these leases meanwhile. */
  readonly scans: (
    duration: Duration.Duration,
    by: ReadonlyArray<string>,
    renewed?: ReadonlyArray<Lease>
  ) => Effect.Effect<void, unknown, BroadcastRegistry>
  /** Half a scan. */
  readonly moment: Effect.Effect<void>
  /** In real time nobody can tell when a listener has begun, or when it hears: says it again until it is heard. */
  readonly until: <E, R>(say: Effect.Effect<unknown, E, R>, isHeard: () => boolean) => Effect.Effect<void, E, R>
  /** What this worker claims once there is something: it scans on until then, and renews these leases meanwhile. */
  readonly claimed: (
    by: string,
    renewed?: ReadonlyArray<Lease>
  ) => Effect.Effect<ReadonlyArray<Claim>, unknown, BroadcastRegistry>
  /** Lets time pass until a lease that began now is over and may be taken, if nobody renews it. */
  readonly untilLapsed: (by: string) => Effect.Effect<void, unknown, BroadcastRegistry>
}

export const bench = <E>(layer: Layer.Layer<BroadcastRegistry, E>, options: {
  readonly timings: Timings
  readonly advance: (duration: Duration.Duration) => Effect.Effect<void>
  readonly live: boolean
}): Bench => {
  const { advance, live, timings } = options
  const scans: Bench["scans"] = Effect.fnUntraced(function*(duration, by, renewed = []) {
    const registry = yield* BroadcastRegistry
    const every = Duration.toMillis(timings.scanEvery)
    for (let left = Duration.toMillis(duration); left > 0; left -= every) {
      yield* advance(Duration.millis(Math.min(left, every)))
      for (const lease of renewed) yield* registry.renew(lease.worker, [lease])
      for (const id of by) yield* registry.claim(worker(id), 0)
    }
  })
  const moment = advance(Duration.millis(Duration.toMillis(timings.scanEvery) / 2))
  const until: Bench["until"] = Effect.fnUntraced(function*(say, isHeard) {
    const more = live ? 200 : 0
    yield* say
    yield* moment
    for (let i = 0; i < more && !isHeard(); i++) {
      yield* say
      yield* moment
    }
    assert.isTrue(isHeard())
  })
  // real time on a busy machine: scans that come late look like a registry that was away, and give owners more time
  const claimed: Bench["claimed"] = Effect.fnUntraced(function*(by, renewed = []) {
    const registry = yield* BroadcastRegistry
    const more = live ? 200 : 0
    let claims = yield* registry.claim(worker(by), 10)
    for (let i = 0; i < more && claims.length === 0; i++) {
      yield* scans(timings.scanEvery, [by], renewed)
      claims = yield* registry.claim(worker(by), 10)
    }
    return claims
  })
  const { leaseTtl, scanEvery, stealMargin } = timings
  return {
    timings,
    live,
    advance,
    scans,
    moment,
    until,
    claimed,
    // a registry that has just begun gives the leases that it may have forgotten one more of their times
    untilLapsed: (by) =>
      scans(Duration.sum(Duration.times(leaseTtl, 2), Duration.sum(stealMargin, Duration.times(scanEvery, 2))), [by]),
    test: (title, body) =>
      (live ? it.live : it.effect)(title, () => Effect.provide(Effect.scoped(body), layer), 120_000)
  }
}

/** What a ledger may hold. */
export const held = [{ kind: "mountpoint", key: "12", ref: { id: 12, deep: ["x", null] } }]
