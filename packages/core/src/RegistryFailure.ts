/**
 * What may go wrong with the registry: a start that does not fit what is there, a lease that is another's, a row that nobody
 * can read, and no registry at all.
 */
import { Schema } from "effect"
import { type Failure, failureOf } from "./Failure.ts"

/** Another specification is wanted under this id. */
export class SpecConflict extends Schema.TaggedError<SpecConflict>()("SpecConflict", { id: Schema.String }) {
  override get message() {
    return `broadcast ${this.id} exists already with another specification: stop it first, or take another id`
  }
  get failure(): Failure {
    return failureOf("broadcast_exists")
  }
}

/** The key came before with another specification. */
export class KeyReused extends Schema.TaggedError<KeyReused>()("KeyReused", { key: Schema.String }) {
  override get message() {
    return `the idempotency key "${this.key}" was used with another specification`
  }
  get failure(): Failure {
    return failureOf("idempotency_key_reused")
  }
}

/** A stop that was offered later has arrived before this start. */
export class StartCancelled extends Schema.TaggedError<StartCancelled>()("StartCancelled", { id: Schema.String }) {
  override get message() {
    return `the start of ${this.id} was cancelled by a stop that was asked for after it`
  }
  get failure(): Failure {
    return failureOf("cancelled", { fault: "caller" })
  }
}

/** There is no such broadcast: never was, or it ended longer than 24 hours ago. */
export class BroadcastNotFound extends Schema.TaggedError<BroadcastNotFound>()("BroadcastNotFound", {
  // whatever was asked for, also what can be no id
  id: Schema.String
}) {
  override get message() {
    return `there is no broadcast ${this.id}`
  }
  get failure(): Failure {
    return failureOf("broadcast_not_found")
  }
}

/** A newer owner has the lease. */
export class Fenced extends Schema.TaggedError<Fenced>()("Fenced", { id: Schema.String }) {
  override get message() {
    return `broadcast ${this.id} belongs to another worker by now`
  }
  get failure(): Failure {
    return failureOf("superseded")
  }
}

/**
 * A stored specification cannot be read: no configured key opens it, or this app does not have its kind of source. What
 * its ledger lists can be undone even so.
 */
export class SpecUnreadable extends Schema.TaggedError<SpecUnreadable>()("SpecUnreadable", { reason: Schema.String }) {
  override get message() {
    return `the stored specification cannot be read: ${this.reason}`
  }
  get failure(): Failure {
    return failureOf("spec_unreadable")
  }
}

/** The log does not reach back that far (any more). */
export class PositionTooOld extends Schema.TaggedError<PositionTooOld>()("PositionTooOld", {
  position: Schema.String
}) {
  override get message() {
    return `the event log does not reach back to ${this.position}`
  }
}

/** The registry does not answer, or takes nothing. What is on air goes on meanwhile. */
export class RegistryUnavailable extends Schema.TaggedError<RegistryUnavailable>()("RegistryUnavailable", {
  reason: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message() {
    return `the registry is unavailable: ${this.reason}`
  }
  get failure(): Failure {
    return failureOf("registry_unavailable")
  }
}
