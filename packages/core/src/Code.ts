/**
 * The stable codes of everything that fails, and of every end: whose fault it is, on which hop, what it means and what to
 * do. Errors and end reasons take what they say of themselves from here, and so does the table in `docs/operations.md`.
 */
import type { Fault, HopName } from "./Failure.ts"
import { caller, done, encoders, janus, nowhere, outage, owner, relaying, sources, world } from "./internal/hopCodes.ts"

/** A code, as far as it is the same each time. */
export interface Described {
  readonly fault: Fault
  /** Where it happens; of several, the error knows which. None: nowhere in particular. */
  readonly hops: ReadonlyArray<HopName>
  /** In one or two sentences; Markdown. */
  readonly means: string
  /** For whoever meets it; Markdown. Empty: there is nothing to be done. */
  readonly remedy: string
}

const ends = {
  stopped: done(nowhere, "Somebody asked for it."),
  max_duration: done(nowhere, "`limits.maxDuration` is over."),
  cancelled: done(nowhere, "Stopped before it began. Of a start: a stop that was offered later came first."),
  source_finished: done(relaying, "A file was played to its end."),
  gave_up: world(
    nowhere,
    "Nothing has arrived for `limits.giveUpAfter`.",
    "Look at the hop that failed last"
  ),
  no_capacity: world(
    nowhere,
    "It costs more than the largest worker has room for when empty.",
    "Raise `HEADEND_WORKER_CAPACITY` of a worker"
  ),
  spec_unreadable: world(
    nowhere,
    "The stored specification cannot be read: no key opens it, or this app does not have its kind of source. It is undone.",
    "Put the key back behind the new one in `HEADEND_SECRET_KEY`, or declare it again"
  ),
  defect: world(nowhere, "A mistake in headend or in a source kind.", "The log has more: report it")
}

const own = {
  secret_unavailable: world(
    ["encoder", "ingest", "publisher", "relay", "forwarder", "mountpoint"],
    "A variable or file that the specification names for a secret cannot be read now.",
    "Is it set, or there, for the worker? The message names field and reason"
  ),
  registry_unavailable: outage(
    nowhere,
    "The registry does not answer, or takes nothing: nothing may be made that it does not know.",
    "Is Redis up, and in reach? Is the disk of the file full?"
  ),
  superseded: owner(nowhere, "Another worker owns it by now."),
  queue_unavailable: outage(nowhere, "The queue does not answer.", "Is Redis or Kafka up, and in reach?"),
  queue_full: outage(nowhere, "As many jobs wait as may.", "Ask again later, or add workers"),
  spec_invalid: caller(nowhere, "The specification cannot be used.", "`errors` has every failing field"),
  broadcast_exists: caller(
    nowhere,
    "Another specification is wanted under this id.",
    "Stop that broadcast first, or choose another id"
  ),
  broadcast_not_found: caller(nowhere, "There is no such broadcast, or it ended longer than 24 hours ago."),
  idempotency_key_reused: caller(
    nowhere,
    "The key came before with another specification, within 24 hours.",
    "Choose another key"
  ),
  dead_letter_not_found: caller(nowhere, "There is no such dead letter: it was redriven or discarded.")
}

/** In groups, as the operations page shows them. */
export const groups: Readonly<Record<string, Readonly<Record<string, Described>>>> = {
  ends,
  janus,
  sources,
  encoders,
  own
}

/** All of them. A source kind of your own has codes of its own beside these. */
export const codes = { ...ends, ...janus, ...sources, ...encoders, ...own }

/** One of our codes. */
export type Code = keyof typeof codes
