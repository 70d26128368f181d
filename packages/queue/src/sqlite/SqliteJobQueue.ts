/**
 * The queue of one process in an SQLite file: the embedded default. An offer that was answered is there again after
 * `kill -9`. Jobs are sealed.
 */
import {
  dead,
  DeadLetterNotFound,
  defaultOptions,
  QueueFull,
  type QueueOptions,
  QueueUnavailable
} from "@headend/core/Delivery"
import * as Job from "@headend/core/Job"
import { type JobQueue, layerStored } from "@headend/core/JobQueue"
import type { JobQueueStore, Taken } from "@headend/core/JobQueueStore"
import type { Keyring } from "@headend/core/Keyring"
import { Clock, Duration, Effect, Layer, Result } from "effect"
import { type Held, Jobs } from "../internal/sqlite/jobs.ts"
import { idOf } from "../internal/sqlite/letters.ts"
import { SqliteFile } from "./SqliteFile.ts"

const unreadable: Job.JobSummary = { type: "unreadable", broadcast: null }

const reasonOf = (cause: unknown) => cause instanceof Error ? cause.message : String(cause)

const make = Effect.fnUntraced(function*(options: QueueOptions) {
  const { maxBacklog, visibility, ...limits } = { ...defaultOptions, ...options }
  const file = yield* SqliteFile
  const envelopes = yield* Job.enveloping
  const jobs = new Jobs(file, {
    ...limits,
    maxBacklog,
    visibility: Duration.toMillis(Duration.fromInputUnsafe(visibility))
  })
  const at = <A>(step: (now: number) => A) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.try({
        try: () => step(now),
        catch: (cause) => new QueueUnavailable({ reason: `${file.path}: ${reasonOf(cause)}`, cause })
      }))
  yield* at((now) => jobs.open(now))

  const offer: JobQueueStore["offer"] = Effect.fnUntraced(function*(job, { delay = 0, dedupeKey }) {
    const envelope = yield* envelopes.seal({ job, key: dedupeKey })
    const millis = Duration.toMillis(Duration.fromInputUnsafe(delay))
    const offered = yield* at((now) => jobs.offer({ ...Job.summary(job), envelope }, dedupeKey, millis, now))
    if (offered === null) return yield* new QueueFull({ limit: maxBacklog })
    return { id: idOf(offered.seq), duplicate: offered.duplicate }
  })

  const taken = (held: Held, { job, key, trace }: Job.Enveloped): Taken => {
    const id = idOf(held.seq)
    return {
      delivery: { id, job, key: key ?? id, attempt: held.attempts + 1, trace, offeredAt: held.offeredAt },
      extend: at((now) => jobs.extend(held, now)),
      settle: (outcome) => at((now) => jobs.settle(held, Job.summary(job), outcome, now))
    }
  }

  const take: JobQueueStore["take"] = Effect.gen(function*() {
    while (true) {
      const held = yield* at((now) => jobs.take(now))
      if (held === undefined) return undefined
      const opened = yield* Effect.result(envelopes.open(held.envelope))
      if (Result.isSuccess(opened)) return taken(held, opened.success)
      const { message } = opened.failure
      yield* at((now) => jobs.settle(held, unreadable, dead(message), now))
    }
  })

  return layerStored({
    backend: "sqlite",
    abilities: { bounded: true, dedupes: true, expires: true, stamps: true, durable: true },
    offer,
    take,
    due: at(() => jobs.due),
    backlog: at((now) => jobs.backlog(now)),
    dead: (limit, cursor) => at(() => jobs.letters.list(limit, cursor)),
    redrive: (id) =>
      Effect.filterOrFail(at((now) => jobs.redrive(id, now)), (found) => found, () => new DeadLetterNotFound({ id }))
        .pipe(Effect.asVoid)
  })
})

/** In the file of the layer below. */
export const layer = (options: QueueOptions = {}): Layer.Layer<JobQueue, QueueUnavailable, SqliteFile | Keyring> =>
  Layer.unwrap(make(options))
