/**
 * What `videoroom` and `browser_webrtc` share: a publisher of a room, forwarded into the mountpoint for as long as it
 * sends, and again when it is back.
 */
import { Clock, Duration, Effect } from "effect"
import type { HopName, ServerUnavailable, Unauthorized } from "../Failure.ts"
import { type Feed, proofOf } from "../Feed.ts"
import { Forwarders, type ForwardFailed } from "../Forwarders.ts"
import type { Hop, Reading } from "../Health.ts"
import * as Holding from "../Holding.ts"
import { Keyring } from "../Keyring.ts"
import type { Mountpoint, Target } from "../Mountpoint.ts"
import type { PlaceFailure } from "../Place.ts"
import type { Forwarder, Publisher } from "../Room.ts"
import type { Publishers, RoomMissing } from "../Rooms.ts"
import { noFacts, type SourceFacts } from "../Snapshot.ts"
import { choose, describe, match, tracksOf } from "./choosing.ts"
import { ForwardersHeld, type Forwarding, PublisherAbsent } from "./forwarding.ts"

const idle: Reading = { status: "unknown", evidence: "nobody to forward" }

/** `2 forwarders: a, v`, by the mountpoint's tracks. */
const told = (running: ReadonlyArray<Forwarder>): string =>
  `${running.length} ${running.length === 1 ? "forwarder" : "forwarders"}: ${running.map(({ mid }) => mid).join(", ")}`

const isSame = (a: Target, b: Target) => a.host === b.host && a.port === b.port

const nameOf = ({ display, id }: Publisher) => `${display ?? "publisher"} (${id})`

type FollowFailure =
  | PublisherAbsent
  | ForwardFailed
  | RoomMissing
  | Unauthorized
  | ServerUnavailable
  | PlaceFailure

/** What one opening keeps for the next. */
interface Kept {
  /** Whom it forwarded last: the same one is taken again. */
  readonly publisher: Publisher | undefined
}

/** The feed of a room: its `lost` is the loop that waits, forwards, and waits again. */
export const follow = Effect.fnUntraced(function*(asked: Forwarding) {
  const { room, waitFor } = asked
  const keyring = yield* Keyring
  const following = new Following(asked, {
    port: yield* Forwarders,
    ledger: yield* Holding.Ledger,
    sealed: room.secret === undefined || room.owner !== undefined ? undefined : yield* keyring.seal(room.secret),
    until: waitFor === undefined ? undefined : (yield* Clock.currentTimeMillis) + Duration.toMillis(waitFor)
  })
  yield* following.begin()
  // a plain object: whoever wraps a feed may spread it, and take its members apart
  const feed: Feed<FollowFailure> = {
    lost: Following.serve(following),
    hops: following.hops,
    facts: () => following.known,
    fed: () => following.running,
    proof: (reading, fedFor) => proofOf(following.running, reading, fedFor)
  }
  return feed
})

/** A hop that is told what to say. */
class Told implements Hop {
  readonly name: HopName
  now: Reading
  readonly read = () => this.now

  constructor(name: HopName, now: Reading) {
    this.name = name
    this.now = now
  }
}

interface Tools {
  readonly port: Forwarders["Service"]
  readonly ledger: Holding.Ledger["Service"]
  /** The secret of a room of somebody else's. */
  readonly sealed: string | undefined
  /** So long the first publisher is waited for. */
  readonly until: number | undefined
}

/** A class, and not a closure for each thing it does: there is one per broadcast. */
class Following {
  readonly hops: readonly [publisher: Told, forwarder: Told]
  private readonly asked: Forwarding
  private readonly tools: Tools
  private last: Publisher | undefined
  private isAnybodyThere: boolean
  /** An earlier opening, or owner, may have forwarded into the mountpoint. */
  private wasForwarded = false
  /** The `mid`s that are forwarded to. */
  running: ReadonlyArray<string> = []
  known: SourceFacts

  constructor(asked: Forwarding, tools: Tools) {
    this.asked = asked
    this.tools = tools
    this.last = (asked.opening.memory.kept as Kept | undefined)?.publisher // nobody else writes it
    this.isAnybodyThere = this.last !== undefined
    this.hops = [
      new Told("publisher", { status: "waiting", evidence: `waiting for ${describe(asked.wanted)}` }),
      new Told("forwarder", idle)
    ]
    const { publish, room } = asked
    this.known = { ...noFacts, room: { id: room.id, created: room.created }, publish }
  }

  /** Places the mountpoint already, when it is known, and stops what goes to where it was before. */
  begin() {
    return Effect.gen({ self: this }, function*() {
      const { opening, room, watch } = this.asked
      const { ledger, port } = this.tools
      const early = yield* opening.place.early()
      const before = (yield* ledger.held(ForwardersHeld)).filter((line) => line.room === room.id)
      this.wasForwarded = before.length > 0
      if (early === undefined || before.length === 0) return
      // It was made anew, with other ports: what still goes to the old ones would go there for ever.
      const held = this.heldFor(early)
      const old = before.flatMap((line) => line.targets).filter((one) => !held.targets.some((to) => isSame(one, to)))
      if (old.length === 0) return
      if (watch.now().length > 0) yield* port.stop(room, old)
      yield* ledger.hold(ForwardersHeld, held)
    })
  }

  /** The loop. Not a generator function of each: it lasts as long as the broadcast. */
  static readonly serve = Effect.fnUntraced(
    function*(one: Following): Effect.fn.Return<never, FollowFailure> {
      const { wanted, watch } = one.asked
      let seen = watch.now()
      let served: Publisher | undefined
      while (true) {
        const chosen = choose(seen, wanted, one.last)
        if (chosen === undefined) {
          if (served !== undefined) one.gone(`${nameOf(served)} has left`)
          served = undefined
        } else if (chosen !== served) {
          const tried = yield* Effect.result(one.forward(chosen))
          if (tried._tag === "Success") served = chosen
          // it left while it was being forwarded: the list says so already
          else if (tried.failure._tag !== "ForwardFailed" || watch.now() === seen) return yield* tried.failure
        }
        seen = yield* one.next(seen)
      }
    }
  )

  private forward(chosen: Publisher) {
    return Effect.gen({ self: this }, function*() {
      const { opening, options, room } = this.asked
      const { ledger, port } = this.tools
      const [publisher, forwarder] = this.hops
      const mountpoint = yield* Effect.provideService(opening.place.with(tracksOf(chosen)), Holding.Ledger, ledger)
      const { forwards, missing } = match(mountpoint.media, opening.place.asked, chosen)
      this.isAnybodyThere = true
      // what was forwarded before, and does not fit any more
      const unfed = mountpoint.media.filter((track) => !forwards.some((one) => one.mid === track.mid))
      const mayBeForwarded = this.last !== undefined || this.wasForwarded
      if (unfed.length > 0 && mayBeForwarded) yield* port.stop(room, unfed)
      if (forwards.length === 0) {
        this.run([])
        forwarder.now = idle
        publisher.now = { status: "waiting", evidence: `${nameOf(chosen)}: ${missing.join("; ")}` }
        return
      }
      const held = this.heldFor(mountpoint)
      yield* ledger.hold(ForwardersHeld, held)
      const running = yield* Effect.tapErrorTag(
        port.ensure(room, chosen.id, forwards, options),
        "Unauthorized",
        // refused before anything was made
        () => (mayBeForwarded ? Effect.void : ledger.strike(ForwardersHeld, held))
      )
      this.last = chosen
      opening.memory.kept = { publisher: chosen } satisfies Kept
      this.run(running)
      publisher.now = { status: "ok", evidence: [nameOf(chosen), ...missing].join("; ") }
      forwarder.now = { status: "ok", evidence: told(running) }
    })
  }

  private next(seen: Publishers): Effect.Effect<Publishers, FollowFailure> {
    const { opening, room, wanted, watch } = this.asked
    const { until } = this.tools
    const wait = watch.next(seen)
    if (until === undefined || this.isAnybodyThere || opening.onAirBefore) return wait
    return Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.timeoutOrElse(wait, {
        duration: Duration.millis(Math.max(0, until - now)),
        orElse: () => Effect.fail(new PublisherAbsent({ room: room.id, wanted: describe(wanted) }))
      }))
  }

  private gone(evidence: string): void {
    const [publisher, forwarder] = this.hops
    this.run([])
    publisher.now = { status: "waiting", evidence, next: "forwards again when it is back" }
    forwarder.now = idle
  }

  private run(forwarders: ReadonlyArray<Forwarder>): void {
    this.running = forwarders.map((one) => one.mid)
    this.known = { ...this.known, forwarders }
  }

  private heldFor(mountpoint: Mountpoint) {
    const { room } = this.asked
    const { sealed } = this.tools
    return {
      room: room.id,
      ...(room.owner === undefined ? {} : { owner: room.owner }),
      ...(sealed === undefined ? {} : { secret: sealed }),
      targets: mountpoint.media.map(({ host, port }) => ({ host, port }))
    }
  }
}
