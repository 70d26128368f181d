/**
 * The ledger of a broadcast that this worker owns: every line goes through the registry first.
 *
 * A line is written before the thing is made: if the registry cannot be reached, nothing is made. One that is there
 * already needs no writing while the lease is surely ours.
 */
import { Effect } from "effect"
import type { EventBody } from "../BroadcastEvent.ts"
import * as Holding from "../Holding.ts"
import type { Owned } from "./owned.ts"

type Service = Holding.Ledger["Service"]
type Failure = Holding.LedgerUnavailable | Holding.LedgerFenced

/** A class, not three closures: there is one per broadcast. */
export class OwnedLedger implements Service {
  private readonly owned: Owned

  constructor(owned: Owned) {
    this.owned = owned
  }

  held<A, R>(holding: Holding.Holding<A, R>): Effect.Effect<ReadonlyArray<A>> {
    return Holding.lines(this.owned.held, holding)
  }

  hold<A, R>(holding: Holding.Holding<A, R>, held: A): Effect.Effect<boolean, Failure> {
    const line = Holding.line(holding, held)
    const known = this.owned.held.find((one) => one.kind === line.kind && one.key === line.key)
    const isKnown = known !== undefined && JSON.stringify(known.ref) === JSON.stringify(line.ref)
    const events: ReadonlyArray<EventBody> = known === undefined
      ? [{ _tag: "ResourceAcquired", kind: line.kind, id: line.key }]
      : []
    const write = Effect.suspend(() => this.write(Holding.held(this.owned.held, line), events))
    return isKnown
      ? Effect.suspend(() => this.owned.isSure() ? Effect.succeed(false) : Effect.as(write, false))
      : Effect.as(write, known === undefined)
  }

  strike<A, R>(holding: Holding.Holding<A, R>, held: A): Effect.Effect<void, Failure> {
    const line = Holding.line(holding, held)
    return this.write(Holding.struck(this.owned.held, line), [
      { _tag: "ResourceReleased", kind: line.kind, id: line.key }
    ])
  }

  /** Says where the mountpoint is in the same step: viewers need not wait for the next look. */
  private write(lines: ReadonlyArray<Holding.Held>, events: ReadonlyArray<EventBody>): Effect.Effect<void, Failure> {
    const { claim, placed, registry, saidMountpoint, unsaid } = this.owned
    // what could not be said yet is older, and must not be said after it
    const mountpoint = unsaid === undefined ? placed?.mountpoint : undefined
    const where = mountpoint === undefined || mountpoint === saidMountpoint ? {} : { mountpoint }
    return registry.report(claim, { held: lines, events, ...where }).pipe(
      Effect.tap(() =>
        Effect.sync(() => {
          this.owned.held = lines
          this.owned.saidMountpoint = where.mountpoint ?? saidMountpoint
        })
      ),
      Effect.catchTags({
        RegistryUnavailable: (error) => Effect.fail(new Holding.LedgerUnavailable({ reason: error.reason })),
        Fenced: () => Effect.fail(new Holding.LedgerFenced())
      })
    )
  }
}
