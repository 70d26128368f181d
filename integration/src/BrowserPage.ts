// One page of the real browser with our functions in it, and how they are called from Effect.
import { Effect, Schema } from "effect"
import type { Page } from "playwright-core"
import type { Outcome, PageApi } from "../page/Protocol.ts"

/** The browser or the page broke down: a test's own trouble, not an answer of the server under test. */
export class BrowserFailed extends Schema.TaggedError<BrowserFailed>()("BrowserFailed", {
  does: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.does}: ${this.reason}`
  }
}

/** The server under test said no: `code` is an HTTP status (WHIP, WHEP) or an error code of Janus. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  does: Schema.String,
  code: Schema.Int,
  reason: Schema.String
}) {
  override get message() {
    return `${this.does}: ${this.code} ${this.reason}`
  }
}

/** Longer than every limit inside the page, in milliseconds. */
const PATIENCE = 90_000

/** Runs a step of the browser's driver. */
export const attempt = <A>(does: string, step: () => Promise<A>): Effect.Effect<A, BrowserFailed> =>
  Effect.tryPromise({
    try: step,
    catch: (cause) => new BrowserFailed({ does, reason: cause instanceof Error ? cause.message : String(cause) })
  }).pipe(
    Effect.timeoutOrElse({
      duration: PATIENCE,
      orElse: () => Effect.fail(new BrowserFailed({ does, reason: `not done in ${PATIENCE} ms` }))
    })
  )

/** Calls one of the page's functions. */
export const call = <K extends keyof PageApi>(
  page: Page,
  name: K,
  ...args: Parameters<PageApi[K]>
): Effect.Effect<Awaited<ReturnType<PageApi[K]>>, BrowserFailed> =>
  attempt(name, () => page.evaluate<Awaited<ReturnType<PageApi[K]>>>(`headend.${name}(...${JSON.stringify(args)})`))

/** What was done, or the server's refusal as an error. */
export const settled = (does: string) => <A>(outcome: Outcome<A>): Effect.Effect<A, Refused> =>
  "done" in outcome ? Effect.succeed(outcome.done) : Effect.fail(new Refused({ does, ...outcome.refused }))
