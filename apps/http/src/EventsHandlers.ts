/**
 * Events as they happen, over one long answer. The position is taken before the answer begins, so nothing is lost between
 * the two; a comment now and then keeps proxies from closing what is merely quiet.
 */
import { Api } from "@headend/api/Api"
import type { Figures, Reset } from "@headend/api/Events"
import type { BroadcastEvent } from "@headend/core/BroadcastEvent"
import { Broadcasts } from "@headend/core/Broadcasts"
import type { Query } from "@headend/core/Lease"
import { Context, type Duration, Effect, identity, Option, Schedule, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as Answer from "./Answer.ts"
import * as LiveFigures from "./LiveFigures.ts"

/** Time between two comments. */
export const KeepAlive = Context.Reference<Duration.Input>("@headend/http/EventsHandlers/KeepAlive", {
  defaultValue: () => "15 seconds"
})

interface Asked {
  readonly headers: { readonly "last-event-id"?: string }
  readonly query: { readonly after?: string; readonly reset?: "true" | "false"; readonly figures?: "true" | "false" }
}

const sent = (event: string, id: string, data: unknown) =>
  `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
const eventSent = (event: BroadcastEvent) => sent(event._tag, event.position, event)

export const layer = HttpApiBuilder.group(
  Api,
  "events",
  Effect.fnUntraced(function*(handlers) {
    const broadcasts = yield* Broadcasts
    const keepAlive = yield* KeepAlive
    const live = yield* LiveFigures.make

    /** All snapshots, in as many parts as the list has pages. */
    const everything = (at: string) =>
      Stream.paginate({ limit: 500 } as Query, (query: Query) =>
        Effect.map(broadcasts.list(query), (page) => {
          const reset: Reset = { items: page.items, more: page.next !== null }
          return [
            [sent("reset", at, reset)],
            page.next === null ? Option.none() : Option.some({ ...query, cursor: page.next })
          ] as const
        }))

    const one = (id: string, at: string) =>
      Stream.fromEffect(
        broadcasts.get(id).pipe(
          Effect.map((snapshot) => [snapshot]),
          Effect.catchTag("BroadcastNotFound", () => Effect.succeed([])),
          Effect.map((items) => sent("reset", at, { items, more: false } satisfies Reset))
        )
      )

    /** Without an `id`: where the client resumes is not changed by them. */
    const figures = (id: string | undefined) =>
      live.pipe(
        Stream.map((all) => all.filter(({ broadcast }) => id === undefined || broadcast === id)),
        Stream.filter((items) => items.length > 0),
        Stream.map((items) => `event: figures\ndata: ${JSON.stringify({ items } satisfies Figures)}\n\n`),
        // the registry is away: the events end for want of it, too, or go on without
        Stream.retry(Schedule.spaced("1 second"))
      )

    const stream = Effect.fnUntraced(function*({ headers, query }: Asked, id?: string) {
      const resumed = headers["last-event-id"] ?? query.after
      const now = yield* broadcasts.position
      const follow = (after: string) =>
        broadcasts.changes(after).pipe(
          Stream.filter((event) => id === undefined || event.broadcast === id),
          Stream.map(eventSent)
        )
      const anew = Stream.unwrap(
        Effect.map(
          broadcasts.position,
          (at) => Stream.concat(id === undefined ? everything(at) : one(id, at), follow(at))
        )
      )
      const first = resumed !== undefined ? follow(resumed) : query.reset === "true" ? anew : follow(now)
      const body = first.pipe(
        Stream.catchTag("PositionTooOld", () => anew),
        query.figures === "true" ? Stream.merge(figures(id), { haltStrategy: "left" }) : identity,
        Stream.merge(Stream.map(Stream.tick(keepAlive), () => ": \n\n"), { haltStrategy: "left" }),
        // the client connects again and says where it was
        Stream.catchCause((cause) => Stream.fromEffectDrain(Effect.logWarning("an event stream ends", cause)))
      )
      return HttpServerResponse.stream(Stream.encodeText(body), {
        contentType: "text/event-stream",
        headers: { "cache-control": "no-store", "x-accel-buffering": "no" }
      })
    }, Effect.catchTag("RegistryUnavailable", (error) => Effect.fail(Answer.unavailable(error))))

    return handlers
      .handle("all", (request) => stream(request))
      .handle("of", (request) =>
        broadcasts.get(request.params.id).pipe(
          Effect.catchTags({
            BroadcastNotFound: (error) => Effect.fail(Answer.notFound(error)),
            RegistryUnavailable: (error) => Effect.fail(Answer.unavailable(error))
          }),
          Effect.andThen(stream(request, request.params.id))
        ))
  })
)
