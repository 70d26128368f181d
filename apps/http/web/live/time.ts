// What time it is at the server: "for 8 s" is counted from its times, and the clock of whoever looks may be minutes off.
import { Effect } from "effect"
import { HttpClient } from "effect/http"
import { lead } from "../model/lead.ts"

let ahead = 0

/** Milliseconds since 1970, by the server's clock as far as it is known. */
export const serverNow = (): number => Date.now() + ahead

/** Asks for a sign of life, which needs nothing but the process itself, and learns the time from the date of the answer. */
export const ask = Effect.gen(function*() {
  const client = HttpClient.filterStatusOk(yield* HttpClient.HttpClient)
  const askedAt = Date.now()
  const { headers } = yield* client.get(`${location.origin}/livez`)
  ahead = lead(headers["date"], askedAt, Date.now())
})
