/**
 * Core's values and errors as answers: the one place where a failure becomes a status.
 */
import * as Problem from "@headend/api/Problem"
import type { QueueFull, QueueUnavailable } from "@headend/core/Delivery"
import type { EndReason } from "@headend/core/EndReason"
import type {
  BroadcastNotFound,
  KeyReused,
  RegistryUnavailable,
  SpecConflict,
  StartCancelled
} from "@headend/core/RegistryFailure"
import type { SecretUnavailable } from "@headend/core/Secrets"
import type { Snapshot } from "@headend/core/Snapshot"
import type { SpecInvalid } from "@headend/core/SpecInvalid"
import { HttpServerResponse } from "effect/http"

/** A snapshot with this status. What is known of a broadcast is JSON already. */
export const snapshot = (value: Snapshot, status: number): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(value, { status, headers: { "cache-control": "no-store" } })

export const notFound = (error: BroadcastNotFound) =>
  new Problem.NotFound({ code: "broadcast_not_found", detail: error.message })

export const unavailable = (error: RegistryUnavailable) =>
  new Problem.Unavailable({ code: "registry_unavailable", detail: error.message })

export const queueUnavailable = (error: QueueUnavailable) =>
  new Problem.Unavailable({ code: "queue_unavailable", detail: error.message })

export const queueFull = (error: QueueFull) => new Problem.Unavailable({ code: "queue_full", detail: error.message })

export const secretUnavailable = (error: SecretUnavailable) =>
  new Problem.Unavailable({ code: "secret_unavailable", detail: error.message })

export const exists = (error: SpecConflict) => new Problem.Conflict({ code: "broadcast_exists", detail: error.message })

export const keyReused = (error: KeyReused) =>
  new Problem.Conflict({ code: "idempotency_key_reused", detail: error.message })

export const cancelled = (error: StartCancelled) => new Problem.Conflict({ code: "cancelled", detail: error.message })

export const invalid = (error: SpecInvalid) =>
  new Problem.Unprocessable({ code: "spec_invalid", detail: error.message, errors: error.errors })

/** It has failed: 422 when the caller can mend it, 502 when the world must. */
export const failed = (value: Snapshot, reason: EndReason) => {
  const problem = {
    code: reason.code,
    detail: reason.message,
    broadcast: value.id,
    run: value.run,
    endReason: reason
  }
  return reason.fault === "caller" ? new Problem.Unprocessable(problem) : new Problem.BadGateway(problem)
}

/** It ended, as was asked for, before it was on air. */
export const never = (value: Snapshot) =>
  new Problem.Conflict({
    code: "broadcast_ended",
    detail: `broadcast ${value.id} ended before it was on air: ${value.endReason?.message ?? value.state}`,
    broadcast: value.id,
    run: value.run,
    ...(value.endReason === null ? {} : { endReason: value.endReason })
  })
