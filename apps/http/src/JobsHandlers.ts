/**
 * The calls on the job queue. What can be told at the door is refused there: a job that nobody can ever do is better not
 * offered than found among the dead letters.
 */
import { Api } from "@headend/api/Api"
import * as Problem from "@headend/api/Problem"
import * as Job from "@headend/core/Job"
import { JobQueue } from "@headend/core/JobQueue"
import { iso } from "@headend/core/RunRecord"
import { Sources } from "@headend/core/Sources"
import { type FieldError, SpecInvalid } from "@headend/core/SpecInvalid"
import { Effect, Redacted } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as Answer from "./Answer.ts"
import * as Body from "./Body.ts"
import * as Cursor from "./Cursor.ts"

/** A kind that is not known here may be one that a worker has. */
const isOfKind = ({ path }: FieldError, job: Job.StartBroadcast) => {
  const { source } = Redacted.value(job.spec)
  return path.join(".") === "source.kind" && typeof source === "object" && source !== null && "kind" in source
    && typeof source.kind === "string"
}

export const layer = HttpApiBuilder.group(
  Api,
  "jobs",
  Effect.fnUntraced(function*(handlers) {
    const queue = yield* JobQueue
    const sources = yield* Sources

    const read = Effect.fnUntraced(function*(request: HttpServerRequest.HttpServerRequest) {
      const job = yield* Effect.flatMap(Body.json(request), Job.decode)
      if (job.type === "stop_broadcast") return job
      // its form alone: what is allowed is for the worker that takes it to say, which may be set otherwise
      const found = yield* Effect.match(sources.restore(Redacted.value(job.spec)), {
        onFailure: ({ errors }) => errors.filter((error) => !isOfKind(error, job)),
        onSuccess: () => []
      })
      if (found.length === 0) return job
      return yield* new SpecInvalid({
        errors: found.map(({ message, path }) => ({ path: ["spec", ...path], message }))
      })
    })

    const offer = Effect.fnUntraced(
      function*({ headers, request }: {
        readonly request: HttpServerRequest.HttpServerRequest
        readonly headers: { readonly "idempotency-key"?: string }
      }) {
        const job = yield* read(request)
        const key = headers["idempotency-key"]
        const offered = yield* queue.offer(job, key === undefined ? {} : { dedupeKey: key })
        return HttpServerResponse.jsonUnsafe(offered, { status: 202, headers: { "cache-control": "no-store" } })
      },
      Effect.catchTags({
        SpecInvalid: (error) => Effect.fail(Answer.invalid(error)),
        QueueFull: (error) => Effect.fail(Answer.queueFull(error)),
        QueueUnavailable: (error) => Effect.fail(Answer.queueUnavailable(error))
      })
    )

    return handlers
      .handleRaw("offer", offer)
      .handle("queue", () =>
        Effect.mapBoth(queue.backlog, {
          onSuccess: (backlog) => ({ backend: queue.backend, ...backlog }),
          onFailure: Answer.queueUnavailable
        }))
      .handle("dead", ({ query }) =>
        Effect.gen(function*() {
          const cursor = yield* Cursor.read(query.cursor)
          const page = yield* queue.dead.list({
            ...(query.limit === undefined ? {} : { limit: query.limit }),
            ...(cursor === undefined ? {} : { cursor })
          })
          return {
            items: page.items.map((letter) => ({
              ...letter,
              offeredAt: iso(letter.offeredAt),
              failedAt: iso(letter.failedAt)
            })),
            next: page.next === null ? null : Cursor.write(page.next)
          }
        }).pipe(Effect.catchTags({ QueueUnavailable: (error) => Effect.fail(Answer.queueUnavailable(error)) })))
      .handle("redrive", ({ params }) =>
        queue.dead.redrive(params.id).pipe(
          Effect.as({ id: params.id }),
          Effect.catchTags({
            DeadLetterNotFound: (error) =>
              Effect.fail(new Problem.NotFound({ code: "dead_letter_not_found", detail: error.message })),
            QueueUnavailable: (error) => Effect.fail(Answer.queueUnavailable(error))
          })
        ))
  })
)
