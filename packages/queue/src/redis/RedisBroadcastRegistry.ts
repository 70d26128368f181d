/**
 * The registry in Redis 7, for a fleet. Every step is one script, and so atomic; every time is the server's. Of a
 * specification Redis has what everybody may see, and the rest sealed.
 */
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import * as EndReason from "@headend/core/EndReason"
import { Installation } from "@headend/core/Installation"
import type { Keyring } from "@headend/core/Keyring"
import {
  BroadcastNotFound,
  type Claim,
  type ClaimToTakeDown,
  type Declared,
  defaultTimings,
  type Entry,
  Fenced,
  KeyReused,
  type Lease,
  type Page,
  type Query,
  RegistryUnavailable,
  runKey,
  SpecConflict,
  type Timings,
  type Verdict,
  type WorkerState
} from "@headend/core/Lease"
import type { RelayRun } from "@headend/core/Relays"
import type { Snapshot } from "@headend/core/Snapshot"
import type { Sources } from "@headend/core/Sources"
import { Array as Arr, Duration, Effect, Layer, Option } from "effect"
import * as Connection from "../internal/redis/connection.ts"
import * as EventFeed from "../internal/redis/eventFeed.ts"
import * as Hints from "../internal/redis/hints.ts"
import * as owning from "../internal/redis/owning.ts"
import { prelude } from "../internal/redis/prelude.ts"
import * as reading from "../internal/redis/reading.ts"
import { declared, type Reply, reported, Stored } from "../internal/redis/stored.ts"
import * as wanting from "../internal/redis/wanting.ts"
import * as Sealing from "../internal/sealing.ts"
import type { RedisConfig, RedisUnusable } from "./RedisConfig.ts"

const bodies = { ...wanting, ...owning, ...reading }
type Name = keyof typeof bodies
const scripts = Object.fromEntries(
  Object.entries(bodies).map(([name, body]) => [name, { lua: prelude + body, numberOfKeys: 1 }])
)

/** So many in one call: a script holds up everybody while it runs. */
const chunk = 500
const seenFor = 30_000

/** What a reason is stored as: itself, its code, and the state that it ends in. */
const reason = (one: EndReason.EndReason) => [JSON.stringify(one), one.code, EndReason.state(one)] as const

const make = Effect.fnUntraced(function*(timings: Timings) {
  const { instance } = yield* Installation
  const prefix = `hd:{${instance}}`
  const sealing = yield* Sealing.make
  const commands = yield* Connection.connect("commands", scripts)
  yield* Connection.examine(commands, prefix)
  const hints = yield* Hints.make(yield* Connection.connect("subscriber"), `${prefix}:wake`)

  const call = <A>(use: () => Promise<A>) =>
    Effect.tryPromise({
      try: use,
      // its arguments may be large, and are nobody's business
      catch: (cause) => new RegistryUnavailable({ reason: Connection.reasonOf(cause) })
    })
  const named = Connection.scriptsOf<Name>(commands)
  /** What a script answers is what it says in its own words, above. */
  const run = <A>(name: Name, ...args: ReadonlyArray<string | number>) =>
    call(() => named[name](prefix, ...args) as Promise<A>)

  const events = yield* EventFeed.make({
    key: `${prefix}:events`,
    reader: yield* Connection.connect("reader"),
    commands,
    call,
    bounds: run<readonly [string, string]>("bounds")
  })

  const leaseTtl = Duration.toMillis(timings.leaseTtl)
  const fenced = (lease: Lease) => (answer: number) =>
    answer === 1 ? Effect.void : Effect.fail(new Fenced({ id: lease.id }))

  const declare: BroadcastRegistry["Service"]["declare"] = Effect.fnUntraced(function*(declaration) {
    const { fingerprint, id, olderFingerprints, request } = declaration
    const fields = declared(declaration, yield* sealing.seal(declaration.spec))
    const [outcome, number] = yield* run<readonly [Declared["outcome"] | "reused" | "conflict", string]>(
      "declare",
      id,
      fingerprint,
      request.key,
      request.offeredAt,
      olderFingerprints.length,
      ...olderFingerprints,
      ...fields
    )
    if (outcome === "reused") return yield* new KeyReused({ key: request.key })
    if (outcome === "conflict") return yield* new SpecConflict({ id })
    return { outcome, run: Number(number) }
  })

  const report: BroadcastRegistry["Service"]["report"] = (lease, change) => {
    const fields = reported(change)
    const ending = change.ending === undefined ? ["", ""] : reason(change.ending).slice(0, 2)
    return Effect.flatMap(
      run<number>(
        "report",
        lease.id,
        lease.worker,
        lease.epoch,
        change.state ?? "",
        change.cause ?? "",
        ...ending,
        change.startedAt ?? "",
        fields.length / 2,
        ...fields,
        ...(change.events ?? []).map((event) => JSON.stringify({ ...event, cause: event.cause ?? null }))
      ),
      fenced(lease)
    )
  }

  /** To take down only: nobody can run it. */
  const condemn = (claim: ClaimToTakeDown): Effect.Effect<Option.Option<Claim>, RegistryUnavailable> =>
    report(claim, { ending: claim.ending }).pipe(
      Effect.as(Option.some(claim)),
      Effect.catchTag("Fenced", () => Effect.succeedNone)
    )

  const claimed = Effect.fnUntraced(function*(reply: Reply, largest: number) {
    const stored = new Stored(reply)
    const { ending, mountpoint, startedAt } = stored.record
    const common = {
      id: stored.id,
      epoch: stored.epoch,
      worker: stored.owner?.worker ?? "",
      run: stored.run,
      cost: stored.number("cost") ?? 0,
      keyId: stored.text("keyId") ?? "",
      held: stored.held,
      state: stored.state,
      mountpoint,
      startedAt,
      declaredAt: stored.number("declaredAt") ?? 0,
      trace: stored.text("trace"),
      leftBehind: stored.record.leftBehind,
      previousOwner: Option.liftPredicate(stored.previous, (worker) => worker !== "")
    }
    const down = (ending: EndReason.EndReason): ClaimToTakeDown => ({ ...common, wanted: "stopped", ending })
    if (ending !== null) return Option.some<Claim>(down(ending))
    if (common.cost > largest) {
      return yield* condemn({ ...down(EndReason.noCapacity(common.cost, largest)), state: "stopping" })
    }
    return yield* sealing.open(stored.text("spec") ?? "").pipe(
      Effect.map((spec) => Option.some<Claim>({ ...common, wanted: "running", ending: null, spec })),
      Effect.catchTag(
        "SpecUnreadable",
        (error) => condemn({ ...down(EndReason.fromFailure(error)), state: "stopping" })
      )
    )
  })

  const claim = Effect.fnUntraced(function*(worker: WorkerState, max: number, largest = Infinity) {
    const replies = yield* run<ReadonlyArray<Reply>>(
      "claim",
      worker.id,
      JSON.stringify(worker),
      leaseTtl,
      Duration.toMillis(timings.stealMargin),
      Duration.toMillis(timings.scanEvery) * 3,
      max,
      worker.capacity - worker.used,
      largest === Infinity ? "1e300" : largest,
      worker.draining ? 1 : 0
    )
    return Arr.getSomes(yield* Effect.forEach(replies, (reply) => claimed(reply, largest)))
  })

  const renew = Effect.fnUntraced(function*(worker: string, leases: ReadonlyArray<Lease>) {
    const some = leases.length === 0 ? [[]] : Arr.chunksOf(leases, chunk)
    const answers = yield* Effect.forEach(
      some,
      (leases) =>
        run<ReadonlyArray<string>>("renew", worker, leaseTtl, ...leases.flatMap(({ epoch, id }) => [id, epoch]))
    )
    return answers.flatMap((answer) =>
      Arr.chunksOf(answer, 2).map(([id, verdict]): Verdict => ({ id: id!, verdict: verdict as Verdict["verdict"] }))
    )
  })

  const entry = (id: string, number?: number): Effect.Effect<Entry, BroadcastNotFound | RegistryUnavailable> =>
    Effect.flatMap(run<Reply | null>("entry", id, number ?? ""), (reply) => {
      if (reply === null) return Effect.fail(new BroadcastNotFound({ id }))
      const stored = new Stored(reply)
      const { snapshot } = stored
      return Effect.succeed({
        snapshot,
        keyId: stored.text("keyId") ?? "",
        spec: sealing.open(stored.text("spec") ?? "")
      })
    })

  const list = Effect.fnUntraced(function*(query: Query) {
    const limit = Math.min(Math.max(query.limit ?? 100, 1), chunk)
    const [label, value] = query.label ?? ["", ""]
    const items: Array<Snapshot> = []
    let from: string = query.cursor ?? ""
    do {
      const left = limit - items.length
      const [last, ...found] = yield* run<readonly [string, ...Array<Reply>]>(
        "page",
        from,
        left,
        query.state ?? "",
        query.source ?? "",
        label,
        value
      )
      items.push(...found.map((reply) => new Stored(reply).snapshot))
      from = last
    } while (from !== "" && items.length <= limit)
    return { items: items.slice(0, limit), next: items.length > limit ? items[limit - 1]!.id : null } satisfies Page
  })

  const alive: BroadcastRegistry["Service"]["alive"] = Effect.fnUntraced(function*(runs) {
    const names = new Set<string>()
    for (const some of Arr.chunksOf(runs, chunk)) {
      const answers = yield* run<ReadonlyArray<number>>("alive", ...some.flatMap((one) => [one.broadcast, one.run]))
      some.forEach(({ broadcast, run }, i) => answers[i] === 1 && names.add(runKey(broadcast, run)))
    }
    return names
  })

  const fleet: BroadcastRegistry["Service"]["fleet"] = Effect.map(
    run<readonly [number, string, number | null, ...Array<readonly [string, string, number]>]>("fleet", seenFor),
    ([unplaced, cost, oldest, ...workers]) => ({
      workers: workers.map(([said, seenAt, broadcasts]) => ({
        ...JSON.parse(said) as WorkerState,
        seenAt: Number(seenAt),
        broadcasts
      })),
      unplaced,
      unplacedCost: Number(cost),
      oldestUnplacedMs: oldest
    })
  )

  return BroadcastRegistry.of({
    declare,
    requestStop: (id, offeredAt) =>
      Effect.map(
        run<string>("requestStop", id, offeredAt, ...reason(EndReason.stopped), ...reason(EndReason.cancelled)),
        (owner) => owner === "" ? Option.none() : Option.some(owner)
      ),
    requestRestart: (id) =>
      Effect.flatMap(
        run<number>("requestRestart", id),
        (found) => found === 1 ? Effect.void : Effect.fail(new BroadcastNotFound({ id }))
      ),
    claim,
    renew,
    report,
    release: (lease, how) =>
      Effect.flatMap(
        run<number>(
          "release",
          lease.id,
          lease.worker,
          lease.epoch,
          ...(how === "handover" ? [] : [...reason(how.ended), JSON.stringify(how.leftBehind)])
        ),
        fenced(lease)
      ),
    adopt: (declaration, { declaredAt, ending, epoch, held, id, run: number, startedAt, state, worker }) =>
      Effect.flatMap(
        sealing.seal(declaration.spec),
        (sealed) =>
          run<"adopted" | "lost">(
            "adopt",
            id,
            worker,
            epoch,
            number,
            leaseTtl,
            ...declared(declaration, sealed),
            "state",
            state,
            "since",
            declaredAt,
            "declaredAt",
            declaredAt,
            "held",
            JSON.stringify(held),
            ...(startedAt === null ? [] : ["startedAt", startedAt]),
            ...(ending === null ? [] : ["ending", JSON.stringify(ending), "code", ending.code])
          )
      ),
    get: (id) => entry(id),
    getRun: entry,
    list,
    logs: (id) =>
      Effect.map(
        run<string | null>("logs", id),
        (text) => text === null ? [] : JSON.parse(text) as ReadonlyArray<RelayRun>
      ),
    alive,
    wake: hints.of,
    events: events.follow,
    position: events.position,
    announce: ({ broadcast, cause = null, ...body }) =>
      Effect.asVoid(run("announce", broadcast ?? "", JSON.stringify({ ...body, cause }))),
    fleet
  })
})

/** With these lease times. Fails when Redis cannot be used, and leaves no connection then. */
export const layer = (
  timings: Timings = defaultTimings
): Layer.Layer<BroadcastRegistry, RedisUnusable | RegistryUnavailable, RedisConfig | Keyring | Sources> =>
  Layer.effect(BroadcastRegistry, make(timings))
