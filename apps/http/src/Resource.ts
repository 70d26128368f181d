/**
 * The address of a session: its id and a seal over what it belongs to, so that it is none under another broadcast, and
 * nothing has to be remembered for as long as it lives.
 */
import { NotFound } from "@headend/api/Problem"
import { same } from "@headend/app/ApiTokens"
import { Effect } from "effect"
import { createHmac, randomBytes } from "node:crypto"

/** Sessions end with the process, and so may their seals. */
const key = randomBytes(32)

const seal = (kind: "whip" | "whep", broadcast: string, id: string) =>
  createHmac("sha256", key).update(JSON.stringify([kind, broadcast, id])).digest("hex").slice(0, 24)

/** The path of a session. */
export const path = (kind: "whip" | "whep", broadcast: string, id: string): string =>
  `/${kind}/${encodeURIComponent(broadcast)}/${id}-${seal(kind, broadcast, id)}`

/** The session's id, when it is one of this broadcast. */
export const read = (
  kind: "whip" | "whep",
  { id: broadcast, resource }: { readonly id: string; readonly resource: string }
): Effect.Effect<string, NotFound> => {
  const dash = resource.lastIndexOf("-")
  const id = resource.slice(0, Math.max(dash, 0))
  return same(seal(kind, broadcast, id), resource.slice(dash + 1))
    ? Effect.succeed(id)
    : Effect.fail(
      new NotFound({ code: "resource_not_found", detail: `there is no session ${resource} of ${broadcast}` })
    )
}
