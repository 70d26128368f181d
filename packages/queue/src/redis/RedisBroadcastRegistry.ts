/**
 * The registry in Redis 7, for a fleet. Every step is one script, and so atomic; every time is the server's. Of a
 * specification Redis has what everybody may see, and the rest sealed.
 */
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import * as EndReason from "@headend/core/EndReason"
import { Installation } from "@headend/core/Installation"
import type { Keyring } from "@headend/core/Keyring"
import { type Declared, defaultTimings, type Lease, type Timings } from "@headend/core/Lease"
import { BroadcastNotFound, Fenced, KeyReused, RegistryUnavailable, SpecConflict } from "@headend/core/RegistryFailure"
import type { Sources } from "@headend/core/Sources"
import { Duration, Effect, Layer, Option } from "effect"
import * as Claiming from "../internal/redis/claiming.ts"
import * as Connection from "../internal/redis/connection.ts"
import * as EventFeed from "../internal/redis/eventFeed.ts"
import * as Finding from "../internal/redis/finding.ts"
import * as Hints from "../internal/redis/hints.ts"
import { type Name, type Run, scripts } from "../internal/redis/registryScripts.ts"
import { declared, reported } from "../internal/redis/stored.ts"
import * as Sealing from "../internal/sealing.ts"
import type { RedisConfig, RedisUnusable } from "./RedisConfig.ts"

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
  const run: Run = <A>(name: Name, ...args: ReadonlyArray<string | number>) =>
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
    ...Claiming.make({ run, sealing, timings, report }),
    ...Finding.make({ run, sealing }),
    report,
    release: (lease, how) =>
      Effect.flatMap(
        run<number>(
          "release",
          lease.id,
          lease.worker,
          lease.epoch,
          ...(how === "handover"
            ? [""]
            : "maySend" in how
            ? [how.maySend]
            : [...reason(how.ended), JSON.stringify(how.leftBehind)])
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
    wake: hints.of,
    events: events.follow,
    position: events.position,
    announce: ({ broadcast, cause = null, ...body }) =>
      Effect.asVoid(run("announce", broadcast ?? "", JSON.stringify({ ...body, cause })))
  })
})

/** With these lease times. Fails when Redis cannot be used, and leaves no connection then. */
export const layer = (
  timings: Timings = defaultTimings
): Layer.Layer<BroadcastRegistry, RedisUnusable | RegistryUnavailable, RedisConfig | Keyring | Sources> =>
  Layer.effect(BroadcastRegistry, make(timings))
