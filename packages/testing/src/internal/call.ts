/**
 * How every fake port answers: under the planned faults, not at all while the server is away, and into the journal.
 */
import { ServerUnavailable } from "@headend/core/Failure"
import { Clock, Effect } from "effect"
import type { Faults } from "../Faults.ts"
import type { Journal } from "../Journal.ts"
import type { FakeMedia } from "./media.ts"

export interface Fakes {
  readonly media: FakeMedia
  readonly journal: Journal
  readonly faults: Faults
}

const away = Effect.suspend(() => Effect.fail(new ServerUnavailable({ server: "janus", reason: "it is away" })))

/**
 * A call that changes something: journalled, with the time at which it happens. Like the ports' own, it cannot be
 * interrupted while it is under way.
 */
export const call = <A, E>(
  fakes: Fakes,
  name: string,
  id: string | number,
  step: (now: number) => Effect.Effect<A, E>
): Effect.Effect<A, E | ServerUnavailable> =>
  fakes.faults.apply(name, ask(fakes, step)).pipe(
    Effect.tapError((error) =>
      Effect.sync(() => fakes.journal.write({ call: name, id: String(id), outcome: tagOf(error) }))
    ),
    Effect.tap(() => Effect.sync(() => fakes.journal.write({ call: name, id: String(id), outcome: "ok" }))),
    Effect.uninterruptible
  )

/** A call that only reads. */
export const ask = <A, E>(
  fakes: Fakes,
  step: (now: number) => Effect.Effect<A, E>
): Effect.Effect<A, E | ServerUnavailable> =>
  Effect.flatMap(
    Clock.currentTimeMillis,
    (now): Effect.Effect<A, E | ServerUnavailable> => fakes.media.isAway ? away : step(now)
  )

const tagOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : "error"
