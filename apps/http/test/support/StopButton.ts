// The page's button that asks before it stops a broadcast, pressed as often as that takes: the question is taken back after
// four seconds, which a machine that has much to do may need for one click.
import { isEnded } from "@headend/core/Health"
import type { Snapshot } from "@headend/core/Snapshot"
import type { WhipPublisher } from "@headend/integration/Browser"
import { attempt } from "@headend/integration/BrowserPage"
import { Effect } from "effect"
import { eventually } from "./RealApp.ts"

type Page = WhipPublisher["page"]

/** Done when the server has heard of it. */
export const press = <E, R>(page: Page, id: string, snapshot: Effect.Effect<Snapshot, E, R>) => {
  const button = page.locator(`[data-broadcast='${id}'] .stop`)
  const isHeard = ({ state }: Snapshot) => state === "stopping" || isEnded(state)
  const ask = attempt("ask to stop", () => button.and(page.locator(":not(.asked)")).click({ timeout: 5_000 }))
  const answer = attempt("answer for good", () => button.and(page.locator(".asked")).click({ timeout: 4_000 }))
  return eventually(Effect.andThen(Effect.ignore(Effect.andThen(ask, answer)), snapshot), isHeard)
}
