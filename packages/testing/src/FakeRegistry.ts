/**
 * A registry behind a link that can fail: out of reach, frozen, deaf to answers, or emptied. Around a whole registry it
 * is the registry that fails; around one worker's it is that worker which is cut off, or does not get to run.
 */
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { RegistryUnavailable } from "@headend/core/RegistryFailure"
import { Context, Deferred, Effect, Exit, Layer, Scope, Stream } from "effect"
import { Journal } from "./Journal.ts"

type Registry = BroadcastRegistry["Service"]

/**
 * `well`: as it is. `away`: every call fails, every stream ends. `frozen`: calls and streams wait until it is well.
 * `deaf`: calls are carried out, but their caller hears only a failure.
 */
export type Link = "well" | "away" | "frozen" | "deaf"

export class FakeRegistry extends Context.Service<FakeRegistry, {
  /** Every call with its outcome. */
  readonly journal: Journal
  /** How often this call was made, whatever came of it. */
  readonly calls: (name: keyof Registry) => number
  readonly become: (link: Link) => Effect.Effect<void>
  /** The registry is built anew, and knows nothing. */
  readonly empty: Effect.Effect<void>
}>()("@headend/testing/FakeRegistry") {}

/** This registry, behind a link. */
export const layer = (
  registry: Layer.Layer<BroadcastRegistry>
): Layer.Layer<BroadcastRegistry | FakeRegistry> =>
  Layer.effectContext(Effect.gen(function*() {
    const outer = yield* Effect.scope
    const journal = new Journal()
    const counts = new Map<string, number>()
    let link: Link = "well"
    let changed = Deferred.makeUnsafe<void>()

    const build = Effect.gen(function*() {
      const scope = yield* Scope.fork(outer)
      const built = yield* Layer.buildWithScope(Layer.fresh(registry), scope)
      return { service: Context.get(built, BroadcastRegistry), close: Scope.close(scope, Exit.void) }
    })
    let inner = yield* build

    const signal = Effect.suspend(() => {
      const before = changed
      changed = Deferred.makeUnsafe<void>()
      return Deferred.succeed(before, undefined)
    })
    const unavailable = (reason: string) => new RegistryUnavailable({ reason })

    /** Waits until calls come through; fails while it is away. */
    const gate: Effect.Effect<void, RegistryUnavailable> = Effect.suspend(() => {
      if (link === "away") return Effect.fail(unavailable("it is away"))
      return link === "frozen" ? Effect.andThen(Deferred.await(changed), gate) : Effect.void
    })
    const lost = (from: Registry): Effect.Effect<void, RegistryUnavailable> =>
      Effect.suspend(() =>
        link === "away" || inner.service !== from
          ? Effect.fail(unavailable("the connection is lost"))
          : Effect.andThen(Deferred.await(changed), lost(from))
      )

    const call = <A, E extends { readonly _tag: string }>(
      name: keyof Registry,
      id: string,
      use: (service: Registry) => Effect.Effect<A, E>
    ): Effect.Effect<A, E | RegistryUnavailable> =>
      Effect.suspend(() => {
        counts.set(name, (counts.get(name) ?? 0) + 1)
        return Effect.andThen(gate, Effect.suspend(() => use(inner.service)))
      }).pipe(
        Effect.tap(() => (link === "deaf" ? Effect.fail(unavailable("the answer was lost")) : Effect.void)),
        Effect.tapError((error) =>
          Effect.sync(() => journal.write({ call: `registry.${name}`, id, outcome: error._tag }))
        ),
        Effect.tap(() => Effect.sync(() => journal.write({ call: `registry.${name}`, id, outcome: "ok" })))
      )

    const stream = <A, E>(use: (service: Registry) => Stream.Stream<A, E>) =>
      Stream.unwrap(Effect.map(gate, () => {
        const { service } = inner
        return use(service).pipe(Stream.tap(() => gate), Stream.interruptWhen(lost(service)))
      }))

    const behind = BroadcastRegistry.of({
      declare: (declaration) => call("declare", declaration.id, (_) => _.declare(declaration)),
      requestStop: (id, offeredAt) => call("requestStop", id, (_) => _.requestStop(id, offeredAt)),
      requestRestart: (id) => call("requestRestart", id, (_) => _.requestRestart(id)),
      claim: (worker, max, largest) => call("claim", worker.id, (_) => _.claim(worker, max, largest)),
      renew: (worker, leases) => call("renew", worker, (_) => _.renew(worker, leases)),
      report: (lease, change) => call("report", lease.id, (_) => _.report(lease, change)),
      release: (lease, how) => call("release", lease.id, (_) => _.release(lease, how)),
      adopt: (declaration, claim) => call("adopt", declaration.id, (_) => _.adopt(declaration, claim)),
      get: (id) => call("get", id, (_) => _.get(id)),
      getRun: (id, run) => call("getRun", id, (_) => _.getRun(id, run)),
      list: (query) => call("list", "", (_) => _.list(query)),
      logs: (id) => call("logs", id, (_) => _.logs(id)),
      alive: (runs) => call("alive", "", (_) => _.alive(runs)),
      wake: (worker) => stream((_) => _.wake(worker)),
      events: (after) => stream((_) => _.events(after)),
      position: call("position", "", (_) => _.position),
      announce: (event) => call("announce", event.broadcast ?? "", (_) => _.announce(event)),
      fleet: call("fleet", "", (_) => _.fleet)
    })
    const fake = FakeRegistry.of({
      journal,
      calls: (name) => counts.get(name) ?? 0,
      become: (next) =>
        Effect.suspend(() => {
          link = next
          return signal
        }),
      empty: Effect.gen(function*() {
        const before = inner
        inner = yield* build
        yield* signal
        yield* before.close
      })
    })
    return Context.make(BroadcastRegistry, behind).pipe(Context.add(FakeRegistry, fake))
  }))
