/**
 * A feed: what opening a source gives. Live media, its hops, what is known of it, and how we learn that it is lost.
 */
import type { Effect } from "effect"
import type { Failing } from "./Failure.ts"
import type { Hop } from "./Health.ts"
import type { SourceFacts } from "./Snapshot.ts"

export interface Feed<out E extends Failing = Failing> {
  /**
   * Runs on the broadcast's own fibre for as long as there is something to follow, and never succeeds. It may be a wait
   * for a process to end, or a whole loop that waits for publishers and forwards them.
   */
  readonly lost: Effect.Effect<never, E>
  readonly hops: ReadonlyArray<Hop>
  /** What is known of it now, for the snapshot. */
  readonly facts: () => SourceFacts
  /** The `mid`s of the mountpoint that are fed now: their age is the proof of media. */
  readonly fed: () => ReadonlyArray<string>
}
