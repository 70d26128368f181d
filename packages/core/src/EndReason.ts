/**
 * Why a broadcast ended: the same stable code in the snapshot, the event, the metric label and the span.
 */
import { Schema } from "effect"
import { type Code, codes } from "./Code.ts"
import { type Failing, type Fault, HopName } from "./Failure.ts"

export const EndReason = Schema.Struct({
  /** A stable string, such as `stopped`, `publisher_absent`, `mountpoint_taken`. */
  code: Schema.String,
  message: Schema.String,
  hop: Schema.NullOr(HopName),
  /** Who can mend it: the caller, with another specification, or the world. Null when it ended as it was asked to. */
  fault: Schema.NullOr(Schema.Literals(["caller", "world"]))
})
export type EndReason = typeof EndReason.Type

/** Who can mend it, of all whose fault a failure may be. */
const faultOf = (fault: Fault): EndReason["fault"] => {
  if (fault === "done") return null
  return fault === "caller" || fault === "absent" ? "caller" : "world"
}

const ended = (code: Code, message: string): EndReason => ({
  code,
  message,
  hop: null,
  fault: faultOf(codes[code].fault)
})

/** Somebody asked for it. */
export const stopped = ended("stopped", "stopped on request")
/** `limits.maxDuration` is over. */
export const maxDuration = ended("max_duration", "the longest duration that was asked for is over")
/** A run that was still waiting for the one before it, and was then stopped. */
export const cancelled = ended("cancelled", "stopped before it began")
/** Nothing arrived for `limits.giveUpAfter`. */
export const gaveUp = ended("gave_up", "nothing has arrived for as long as was asked for")
/** It costs more than the largest worker has room for, when that worker is empty. */
export const noCapacity = (cost: number, largest: number): EndReason =>
  ended("no_capacity", `it costs ${cost}, and the largest worker has room for ${largest}`)
/** A defect of headend or of a source kind: it ends the broadcast, not the worker. */
export const defect = (message: string): EndReason => ended("defect", message)

/** The end that an error brings which cannot be waited for or tried again. */
export const fromFailure = ({ failure: { code, fault, hop }, message }: Failing): EndReason => ({
  code,
  message,
  hop: hop ?? null,
  fault: faultOf(fault)
})

/** The state that it ends in. */
export const state = (reason: EndReason): "stopped" | "failed" => (reason.fault === null ? "stopped" : "failed")
