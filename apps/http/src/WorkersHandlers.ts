/**
 * The fleet, as the registry knows it.
 */
import { Api } from "@headend/api/Api"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import * as Answer from "./Answer.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "workers",
  Effect.fnUntraced(function*(handlers) {
    const registry = yield* BroadcastRegistry
    return handlers.handle("fleet", () =>
      registry.fleet.pipe(
        Effect.map((fleet) => ({
          workers: fleet.workers
            .map((one) => ({ ...one, seenAt: new Date(one.seenAt).toISOString() }))
            .toSorted((a, b) => a.id.localeCompare(b.id)),
          unplaced: { broadcasts: fleet.unplaced, cost: fleet.unplacedCost, oldestMs: fleet.oldestUnplacedMs }
        })),
        Effect.mapError(Answer.unavailable)
      ))
  })
)
