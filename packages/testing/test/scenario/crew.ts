/**
 * Workers that can be cut off, frozen and killed: each has its own door to the registry and to the media server, and a
 * journal of what it did there.
 */
import { BroadcastRegistry, layerMemory } from "@headend/core/BroadcastRegistry"
import { layer as layerBroadcasts } from "@headend/core/Broadcasts"
import { ServerUnavailable } from "@headend/core/Failure"
import { Forwarders } from "@headend/core/Forwarders"
import { Installation } from "@headend/core/Installation"
import { Keyring } from "@headend/core/Keyring"
import { Mountpoints } from "@headend/core/Mountpoints"
import * as Reconciler from "@headend/core/Reconciler"
import { Rooms, type RoomWatch } from "@headend/core/Rooms"
import { layer as layerSources } from "@headend/core/Sources"
import { withRelays } from "@headend/core/StandardSources"
import * as FakeRegistry from "@headend/testing/FakeRegistry"
import { Journal } from "@headend/testing/Journal"
import * as World from "@headend/testing/World"
import { Clock, Context, Deferred, type Duration, Effect, Exit, Layer, Redacted, Scope } from "effect"

/** Without real cryptography, which would not wait for the test clock. */
export const keyring = Layer.succeed(
  Keyring,
  Keyring.of({
    keyId: "key-1",
    derive: (keyId, parts) => Effect.succeed(Redacted.make([keyId, ...parts].join("/"))),
    seal: (plain) => Effect.succeed(`sealed ${Redacted.value(plain)}`),
    open: (sealed) => Effect.succeed(Redacted.make(sealed.slice("sealed ".length))),
    sealBytes: (plain) => Effect.succeed(Buffer.from(plain)),
    openBytes: (sealed) => Effect.succeed(Buffer.from(sealed).toString()),
    fingerprints: (text) => Effect.succeed([text])
  })
)

/** Everything but a worker; the registry can be taken away from all. */
export const headquarters = layerBroadcasts.pipe(
  Layer.provideMerge(layerSources(withRelays)),
  Layer.provideMerge(FakeRegistry.layer(layerMemory())),
  Layer.provideMerge(Layer.merge(World.layer, keyring)),
  Layer.provideMerge(Layer.succeed(Installation, { instance: "test" }))
)

/** The way of one worker to the media server. */
export class Door {
  readonly did = new Journal()
  private state: "open" | "shut" | "frozen" = "open"
  private changed = Deferred.makeUnsafe<void>()

  set(state: "open" | "shut" | "frozen"): void {
    this.state = state
    const before = this.changed
    this.changed = Deferred.makeUnsafe<void>()
    Deferred.doneUnsafe(before, Effect.void)
  }

  readonly pass: Effect.Effect<void, ServerUnavailable> = Effect.suspend(() =>
    this.state === "shut" ? this.refuse : this.state === "frozen" ? Effect.andThen(this.change, this.pass) : Effect.void
  )
  /** Fails once it is shut. */
  readonly lost: Effect.Effect<never, ServerUnavailable> = Effect.suspend(() =>
    this.state === "shut" ? this.refuse : Effect.andThen(this.change, this.lost)
  )
  /** Waits until it is open. */
  readonly opened: Effect.Effect<void> = Effect.suspend(() =>
    this.state === "open" ? Effect.void : Effect.andThen(this.change, this.opened)
  )
  readonly through = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | ServerUnavailable> =>
    Effect.andThen(this.pass, effect)
  /** Something that changes the world. */
  readonly act = <A, E>(call: string, id: string | number, effect: Effect.Effect<A, E>) =>
    Effect.tap(this.through(effect), () => Effect.sync(() => this.did.write({ call, id: String(id), outcome: "ok" })))

  private readonly refuse = Effect.suspend(() =>
    Effect.fail(new ServerUnavailable({ server: "janus", reason: "this worker cannot reach it" }))
  )
  private readonly change = Effect.suspend(() => Deferred.await(this.changed))
}

const behind = (door: Door) =>
  Layer.effectContext(Effect.gen(function*() {
    const mountpoints = yield* Mountpoints
    const rooms = yield* Rooms
    const forwarders = yield* Forwarders
    const watch = (inner: RoomWatch): RoomWatch => ({
      now: inner.now,
      next: (seen) => Effect.raceFirst(door.through(inner.next(seen)), door.lost)
    })
    return Context.empty().pipe(
      Context.add(
        Mountpoints,
        Mountpoints.of({
          ensure: (spec, mark) => door.act("mountpoints.ensure", spec.id, mountpoints.ensure(spec, mark)),
          find: (adopted) => door.through(mountpoints.find(adopted)),
          available: Effect.andThen(door.opened, mountpoints.available),
          read: (id) => door.through(mountpoints.read(id)),
          mark: (id) => door.through(mountpoints.mark(id)),
          fence: (id, mark) => door.act("mountpoints.fence", id, mountpoints.fence(id, mark)),
          destroy: (id, owner) => door.act("mountpoints.destroy", id, mountpoints.destroy(id, owner)),
          targets: (id, owner) => door.through(mountpoints.targets(id, owner)),
          marked: (instance) => door.through(mountpoints.marked(instance)),
          plan: mountpoints.plan
        })
      ),
      Context.add(
        Rooms,
        Rooms.of({
          ensure: (id, spec, mark) => door.act("rooms.ensure", id, rooms.ensure(id, spec, mark)),
          find: (access) => door.through(rooms.find(access)),
          watch: (access) => Effect.map(Effect.andThen(door.pass, rooms.watch(access)), watch),
          destroy: (id, owner) => door.act("rooms.destroy", id, rooms.destroy(id, owner)),
          marked: (instance) => door.through(rooms.marked(instance)),
          plan: rooms.plan
        })
      ),
      Context.add(
        Forwarders,
        Forwarders.of({
          ensure: (room, publisher, forwards, options) =>
            door.act("forwarders.ensure", room.id, forwarders.ensure(room, publisher, forwards, options)),
          stop: (room, targets) => door.act("forwarders.stop", room.id, forwarders.stop(room, targets)),
          stopEverywhere: (targets) => door.through(forwarders.stopEverywhere(targets)),
          plan: forwarders.plan
        })
      )
    )
  }))

/** The time of one worker: it can stand still for it alone, and its wall clock can be set. */
export class OwnClock implements Clock.Clock {
  private readonly base: Clock.Clock
  private offset = 0
  private thawed = Deferred.makeUnsafe<void>()

  constructor(base: Clock.Clock) {
    this.base = base
    this.thaw()
  }

  freeze(): void {
    // whoever sleeps since an earlier freeze waits for the thaw of that one
    if (Deferred.isDoneUnsafe(this.thawed)) this.thawed = Deferred.makeUnsafe<void>()
  }
  thaw(): void {
    Deferred.doneUnsafe(this.thawed, Effect.void)
  }
  /** Sets the wall clock forward, or back. */
  step(millis: number): void {
    this.offset += millis
  }

  currentTimeMillisUnsafe(): number {
    return this.base.currentTimeMillisUnsafe() + this.offset
  }
  readonly currentTimeMillis = Effect.sync(() => this.currentTimeMillisUnsafe())
  currentTimeNanosUnsafe(): bigint {
    return this.base.currentTimeNanosUnsafe() + BigInt(this.offset) * 1_000_000n
  }
  readonly currentTimeNanos = Effect.sync(() => this.currentTimeNanosUnsafe())
  monotonicTimeNanosUnsafe(): bigint {
    return this.base.monotonicTimeNanosUnsafe()
  }
  readonly monotonicTimeNanos = Effect.sync(() => this.monotonicTimeNanosUnsafe())
  readonly sleep = (duration: Duration.Duration) =>
    Effect.andThen(this.base.sleep(duration), Effect.suspend(() => Deferred.await(this.thawed)))
}

/** The registry has a clock of its own, whoever calls. */
const onTime = (registry: BroadcastRegistry["Service"], clock: Clock.Clock) => {
  const at = <A, E>(effect: Effect.Effect<A, E>) => Effect.provideService(effect, Clock.Clock, clock)
  return BroadcastRegistry.of({
    ...registry,
    claim: (worker, max, largest) => at(registry.claim(worker, max, largest)),
    renew: (worker, held) => at(registry.renew(worker, held)),
    report: (lease, change) => at(registry.report(lease, change)),
    release: (lease, how) => at(registry.release(lease, how)),
    adopt: (declaration, claim) => at(registry.adopt(declaration, claim)),
    fleet: at(registry.fleet)
  })
}

/** A worker with its own doors, and its own time. */
export const member = Effect.fnUntraced(function*(
  id: string,
  options: Omit<Reconciler.WorkerOptions, "id"> = {}
) {
  const shared = yield* BroadcastRegistry
  const base = yield* Clock.Clock
  const door = new Door()
  const scope = yield* Scope.make()
  const layer = Reconciler.layer({ ...options, id }).pipe(
    Layer.provide(layerSources(withRelays)),
    Layer.provide(behind(door)),
    Layer.provideMerge(FakeRegistry.layer(Layer.succeed(BroadcastRegistry, onTime(shared, base))))
  )
  const clock = new OwnClock(base)
  const built = yield* Layer.buildWithScope(Layer.fresh(layer), scope).pipe(
    Effect.provideService(Clock.Clock, clock)
  )
  const link = Context.get(built, FakeRegistry.FakeRegistry)
  const end = Scope.close(scope, Exit.void)
  return {
    id,
    /** Its way to the registry. */
    link,
    /** Its way to the media server. */
    door,
    /** What it changed on the media server. */
    did: door.did,
    /** Its time. */
    clock,
    owns: () => Context.get(built, Reconciler.Reconciler).load().broadcasts,
    used: () => Context.get(built, Reconciler.Reconciler).load().used,
    /** As its `atEnd` says. */
    end,
    /** Gone without a word to anybody. */
    crash: Effect.gen(function*() {
      yield* link.become("away")
      door.set("shut")
      // also one that was frozen ends
      clock.thaw()
      yield* end
    }),
    /** Does not get to run, until it is thawed. */
    freeze: Effect.suspend(() => {
      clock.freeze()
      door.set("frozen")
      return link.become("frozen")
    }),
    thaw: Effect.suspend(() => {
      clock.thaw()
      door.set("open")
      return link.become("well")
    })
  }
})

export type Member = Effect.Success<ReturnType<typeof member>>
