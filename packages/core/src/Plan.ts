/**
 * A dry run: what would be asked of which program, redacted, with warnings. Each port gives its part.
 */
import { Schema } from "effect"
import { HopName } from "./Failure.ts"

/** One thing that would be done: a request to a server with its body, or a program with its arguments. */
export const PlanStep = Schema.Struct({
  hop: HopName,
  /** In words: `create mountpoint 12`. */
  does: Schema.String,
  /** Which server: `janus`, `obs`. */
  server: Schema.optionalKey(Schema.String),
  /** The request as it would go over the wire, secrets masked. */
  request: Schema.optionalKey(Schema.Unknown),
  /** The argument array of a program, secrets masked. */
  command: Schema.optionalKey(Schema.Array(Schema.String)),
  /** When it is done, if not at once: `when a publisher sends`. */
  when: Schema.optionalKey(Schema.String)
})
export type PlanStep = typeof PlanStep.Type

export const Plan = Schema.Struct({ steps: Schema.Array(PlanStep), warnings: Schema.Array(Schema.String) })
export type Plan = typeof Plan.Type

/** Nothing would be asked of anybody. */
export const empty: Plan = { steps: [], warnings: [] }

/** One plan after another. */
export const concat = (...plans: ReadonlyArray<Plan>): Plan => ({
  steps: plans.flatMap((plan) => plan.steps),
  warnings: plans.flatMap((plan) => plan.warnings)
})
