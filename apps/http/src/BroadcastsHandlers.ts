/**
 * The calls on broadcasts. Nothing here waits for Janus, unless the caller asks to wait.
 */
import { Api } from "@headend/api/Api"
import { BadRequest, Conflict } from "@headend/api/Problem"
import { Broadcasts, type Started } from "@headend/core/Broadcasts"
import { isEnded, type State } from "@headend/core/Health"
import type { Query } from "@headend/core/Lease"
import { Relays } from "@headend/core/Relays"
import type { Snapshot } from "@headend/core/Snapshot"
import { Sources } from "@headend/core/Sources"
import { SpecInvalid } from "@headend/core/SpecInvalid"
import { Duration, Effect, Option, Result } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as Answer from "./Answer.ts"
import * as Body from "./Body.ts"
import * as Cursor from "./Cursor.ts"
import * as Kicking from "./Kicking.ts"

interface Filter {
  readonly state?: State
  readonly source?: string
  readonly label?: string
}

const filterOf = (query: Filter): Omit<Query, "limit" | "cursor"> => {
  const colon = query.label?.indexOf(":") ?? 0
  return {
    ...(query.state === undefined ? {} : { state: query.state }),
    ...(query.source === undefined ? {} : { source: query.source }),
    ...(query.label === undefined ? {} : { label: [query.label.slice(0, colon), query.label.slice(colon + 1)] })
  }
}

const isObject = (body: unknown): body is Record<string, unknown> =>
  typeof body === "object" && body !== null && !Array.isArray(body)

/** On air, if not without trouble; or over. */
const settled = ({ startedAt, state }: Snapshot) =>
  state === "running" || (state === "degraded" && startedAt !== null) || isEnded(state)

const standsFor = (timeout: number | undefined) => Duration.seconds(timeout ?? 30)

export const layer = HttpApiBuilder.group(
  Api,
  "broadcasts",
  Effect.fnUntraced(function*(handlers) {
    const broadcasts = yield* Broadcasts
    const sources = yield* Sources
    const relays = yield* Effect.serviceOption(Relays)
    const { kick } = yield* Kicking.make

    /** The specification in the body; for a PUT its id is the path's. */
    const read = Effect.fnUntraced(function*(request: HttpServerRequest.HttpServerRequest, id?: string) {
      const body = yield* Body.json(request)
      if (id === undefined || !isObject(body)) return yield* sources.decode(body)
      const decoded = yield* Effect.result(sources.decode({ ...body, id }))
      if (body.id === undefined || body.id === id) return yield* Effect.fromResult(decoded)
      const others = Result.isFailure(decoded) ? decoded.failure.errors : []
      return yield* new SpecInvalid({
        errors: [{ path: ["id"], message: `expected "${id}", as in the path` }, ...others]
      })
    })

    const answer = Effect.fnUntraced(function*(started: Started, waiting: boolean, timeout: number | undefined) {
      const status = started.outcome === "created" ? 201 : 200
      if (!waiting) return Answer.snapshot(started.snapshot, status)
      const { id, run } = started.snapshot
      const now = yield* broadcasts.await(id, run, settled, standsFor(timeout))
      const reason = now.endReason
      if (isEnded(now.state) && reason !== null && reason.fault !== null) return yield* Answer.failed(now, reason)
      if (isEnded(now.state) && now.startedAt === null) return yield* Answer.never(now)
      return Answer.snapshot(now, settled(now) ? status : 202)
    })

    const start = Effect.fnUntraced(
      function*(
        { headers, query, request }: {
          readonly request: HttpServerRequest.HttpServerRequest
          readonly headers: { readonly "idempotency-key"?: string }
          readonly query: { readonly wait?: "running"; readonly timeout?: number }
        },
        id?: string
      ) {
        const spec = yield* read(request, id)
        const key = headers["idempotency-key"]
        const started = yield* broadcasts.start(spec, key === undefined ? {} : { key })
        return yield* answer(started, query.wait === "running", query.timeout)
      },
      Effect.catchTags({
        SpecInvalid: (error) => Effect.fail(Answer.invalid(error)),
        SpecConflict: (error) => Effect.fail(Answer.exists(error)),
        StartCancelled: (error) => Effect.fail(Answer.cancelled(error)),
        KeyReused: (error) => Effect.fail(Answer.keyReused(error)),
        RegistryUnavailable: (error) => Effect.fail(Answer.unavailable(error)),
        // it was there a moment ago, and is not kept any longer than a running request
        BroadcastNotFound: (error) => Effect.die(error)
      })
    )

    const stop = Effect.fnUntraced(function*(id: string, waiting: boolean, timeout: number | undefined) {
      const before = yield* broadcasts.get(id)
      const after = yield* broadcasts.stop(id)
      if (waiting) {
        const now = yield* broadcasts.await(id, after.run, ({ state }) => isEnded(state), standsFor(timeout))
        return Answer.snapshot(now, isEnded(now.state) ? 200 : 202)
      }
      const again = before.run === after.run && (isEnded(before.state) || before.state === "stopping")
      return Answer.snapshot(after, again ? 200 : 202)
    })

    const restart = Effect.fnUntraced(function*(id: string) {
      const { state } = yield* broadcasts.get(id)
      if (isEnded(state) || state === "stopping") {
        return yield* new Conflict({ code: "broadcast_ended", detail: `broadcast ${id} is ${state}: start it anew` })
      }
      return Answer.snapshot(yield* broadcasts.restart(id), 202)
    })

    const refused = {
      BroadcastNotFound: (error: Parameters<typeof Answer.notFound>[0]) => Effect.fail(Answer.notFound(error)),
      RegistryUnavailable: (error: Parameters<typeof Answer.unavailable>[0]) => Effect.fail(Answer.unavailable(error))
    }

    return handlers
      .handle("list", ({ query }) =>
        Effect.flatMap(Cursor.read(query.cursor), (cursor) =>
          broadcasts.list({
            ...filterOf(query),
            ...(query.limit === undefined ? {} : { limit: query.limit }),
            ...(cursor === undefined ? {} : { cursor })
          })).pipe(
            Effect.map((page) =>
              HttpServerResponse.jsonUnsafe({ ...page, next: page.next === null ? null : Cursor.write(page.next) }, {
                headers: { "cache-control": "no-store" }
              })
            ),
            Effect.catchTags({ RegistryUnavailable: refused.RegistryUnavailable })
          ))
      .handleRaw("start", (request) => start(request))
      .handleRaw("put", (request) => start(request, request.params.id))
      .handle("get", ({ params }) =>
        broadcasts.get(params.id).pipe(
          Effect.map((found) => Answer.snapshot(found, 200)),
          Effect.catchTags(refused)
        ))
      .handle(
        "stop",
        ({ params, query }) => stop(params.id, query.wait === "stopped", query.timeout).pipe(Effect.catchTags(refused))
      )
      .handle("stopAll", ({ query }) =>
        query.all === "true"
          ? broadcasts.stopAll(filterOf(query)).pipe(
            Effect.map((stopping) => ({ stopping })),
            Effect.catchTags({ RegistryUnavailable: refused.RegistryUnavailable })
          )
          : Effect.fail(new BadRequest({ code: "all_required", detail: "to stop many, say all=true" })))
      .handle("restart", ({ params }) => restart(params.id).pipe(Effect.catchTags(refused)))
      .handle(
        "kick",
        ({ params }) => kick(params.id).pipe(Effect.map((kicked) => ({ kicked })), Effect.catchTags(refused))
      )
      .handle("logs", ({ params }) =>
        broadcasts.get(params.id).pipe(
          Effect.andThen(Option.isSome(relays) ? relays.value.logs(params.id) : Effect.succeed([])),
          // its relay may run in another process
          Effect.filterOrElse((here) => here.length > 0, () => broadcasts.logs(params.id)),
          Effect.map((runs) => ({ runs })),
          Effect.catchTags(refused)
        ))
      .handleRaw("plan", ({ request }) =>
        read(request).pipe(
          Effect.flatMap(broadcasts.plan),
          Effect.map((plan) => HttpServerResponse.jsonUnsafe(plan)),
          Effect.catchTags({ SpecInvalid: (error) => Effect.fail(Answer.invalid(error)) })
        ))
  })
)
