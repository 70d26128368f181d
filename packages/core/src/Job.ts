/**
 * A job: a command on the queue. A job takes milliseconds to accept; the broadcast that it asks for runs for hours, and
 * is the registry's. What a queue stores is the envelope: JSON with a version, sealed unless its producer is not headend.
 */
import { Effect, Redacted, Schema } from "effect"
import { BroadcastId } from "./BroadcastSpec.ts"
import { Keyring } from "./Keyring.ts"
import { fieldErrors, SpecInvalid } from "./SpecInvalid.ts"

/** Wants a broadcast on air. Its specification is read, with all its failing fields, by whoever takes the job. */
export const StartBroadcast = Schema.Struct({
  type: Schema.tag("start_broadcast"),
  /** In its JSON form, secrets in clear: nothing may print it. */
  spec: Schema.RedactedFromValue(Schema.Record(Schema.String, Schema.Unknown))
})
export type StartBroadcast = typeof StartBroadcast.Type

/** Wants a broadcast stopped: every run of it that was offered before this job was. */
export const StopBroadcast = Schema.Struct({ type: Schema.tag("stop_broadcast"), id: BroadcastId })
export type StopBroadcast = typeof StopBroadcast.Type

export const Job = Schema.Union([StartBroadcast, StopBroadcast]).pipe(Schema.toTaggedUnion("type"))
export type Job = typeof Job.Type

/** As it is known without its secrets: what dead letters and logs say of a job. */
export interface JobSummary {
  readonly type: Job["type"] | "unreadable"
  /** Of the broadcast, where the job names one. */
  readonly broadcast: string | null
}

export const summary = (job: Job): JobSummary => {
  const id = job.type === "stop_broadcast" ? job.id : Redacted.value(job.spec)["id"]
  return { type: job.type, broadcast: typeof id === "string" ? id : null }
}

/** What is neither a plain nor a sealed envelope of a version that we know. Trying again cannot help. */
export class JobUnreadable extends Schema.TaggedError<JobUnreadable>()("JobUnreadable", { reason: Schema.String }) {
  override get message() {
    return `the job cannot be read: ${this.reason}`
  }
}

/**
 * What a producer writes that is not headend, in clear. `key` makes repeating harmless: one key starts at most one run.
 * Version 1 is the only one so far.
 */
export const PlainEnvelope = Schema.Struct({
  v: Schema.Literal(1),
  key: Schema.optionalKey(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(256))),
  job: Job
})
export type PlainEnvelope = typeof PlainEnvelope.Type

/** What headend writes: `sealed` holds the JSON of the job. */
const SealedEnvelope = Schema.Struct({
  v: Schema.Literal(1),
  key: Schema.optionalKey(Schema.String),
  sealed: Schema.String
})

/** A job with the key that it was offered under. */
export interface Enveloped {
  readonly job: Job
  readonly key: string | undefined
}

/** Each failing field, and none of their values. */
const unreadable = ({ issue }: Schema.SchemaError) =>
  new JobUnreadable({ reason: new SpecInvalid({ errors: fieldErrors(issue) }).message })

const encodeJob = Schema.encodeSync(Schema.fromJsonString(Job))
const readJob = Schema.decodeUnknownEffect(Schema.fromJsonString(Job), { errors: "all", onExcessProperty: "error" })
const readPlain = Schema.decodeUnknownEffect(PlainEnvelope, { errors: "all", onExcessProperty: "error" })
const readSealed = Schema.decodeUnknownEffect(SealedEnvelope)
const readJson = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Unknown))

/** The envelope as text. Its job is sealed with the newest key; a job that holds no secret is sealed all the same. */
export const seal = ({ job, key }: Enveloped): Effect.Effect<string, never, Keyring> =>
  Effect.gen(function*() {
    const keyring = yield* Keyring
    const sealed = yield* keyring.seal(Redacted.make(encodeJob(job)))
    return JSON.stringify({ v: 1, ...(key === undefined ? {} : { key }), sealed })
  })

/** Reads either envelope. What it says when that fails holds none of the job's values. */
export const open = (text: string): Effect.Effect<Enveloped, JobUnreadable, Keyring> =>
  Effect.gen(function*() {
    const keyring = yield* Keyring
    const json = yield* Effect.mapError(readJson(text), () => new JobUnreadable({ reason: "it is no JSON" }))
    if (typeof json === "object" && json !== null && "sealed" in json) {
      const { key, sealed } = yield* Effect.mapError(readSealed(json), unreadable)
      const plain = yield* Effect.mapError(
        keyring.open(sealed),
        ({ message }) => new JobUnreadable({ reason: message })
      )
      return { job: yield* Effect.mapError(readJob(Redacted.value(plain)), unreadable), key }
    }
    const { job, key } = yield* Effect.mapError(readPlain(json), unreadable)
    return { job, key }
  })
