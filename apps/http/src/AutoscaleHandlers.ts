/**
 * What the fleet needs, for autoscalers.
 */
import { Api } from "@headend/api/Api"
import { FleetAdvice } from "@headend/core/FleetAdvice"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import * as Answer from "./Answer.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "autoscale",
  Effect.fnUntraced(function*(handlers) {
    const { advice } = yield* FleetAdvice
    return handlers.handle("autoscale", () => Effect.mapError(advice, Answer.unavailable))
  })
)
