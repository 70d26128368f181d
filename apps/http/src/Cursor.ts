/**
 * The cursor of a list as clients see it: nothing to make up or to read, and refused when it is none of ours.
 */
import { BadRequest } from "@headend/api/Problem"
import { Effect } from "effect"

export const write = (cursor: string): string => Buffer.from(cursor).toString("base64url")

const refused = new BadRequest({
  code: "invalid_request",
  detail: "query.cursor: expected the `next` of a page",
  errors: [{ path: ["query", "cursor"], message: "expected the `next` of a page" }]
})

export const read = (given = ""): Effect.Effect<string | undefined, BadRequest> => {
  const cursor = Buffer.from(given, "base64url").toString()
  // what is decoded leniently is not the same when it is written again
  if (given === "") return Effect.undefined
  return write(cursor) === given && /^[\x20-\x7e]+$/.test(cursor) ? Effect.succeed(cursor) : Effect.fail(refused)
}
