/**
 * A job: a command on the queue. A job takes milliseconds to accept; the broadcast that it asks for runs for hours, and
 * is the registry's. What a queue stores is the envelope: JSON with a version, sealed unless its producer is not headend.
 */
import { Effect, Redacted, Result, Schema } from "effect"
import { BroadcastId } from "./BroadcastSpec.ts"
import * as Utf8 from "./internal/utf8.ts"
import { Keyring } from "./Keyring.ts"
import { fieldErrors, SpecInvalid } from "./SpecInvalid.ts"
import * as Trace from "./Trace.ts"
import type { TraceParent } from "./Trace.ts"

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

/** What a job asks for, without secrets: for lists and logs. */
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
  /** A W3C `traceparent`: the trace that the job belongs to. */
  trace: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(64))),
  job: Job
})
export type PlainEnvelope = typeof PlainEnvelope.Type

/** What headend writes: `sealed` holds the JSON of the job. */
const SealedEnvelope = Schema.Struct({
  v: Schema.Literal(1),
  key: Schema.optionalKey(Schema.String),
  trace: Schema.optionalKey(Schema.String),
  sealed: Schema.String
})

/** A job with the key that it was offered under. */
export interface Enveloped {
  readonly job: Job
  readonly key: string | undefined
  /** The span that it was offered in, where somebody traces. */
  readonly trace?: TraceParent | undefined
}

const strict = { errors: "all", onExcessProperty: "error" } as const
type Read = (input: unknown) => Effect.Effect<Job, Schema.SchemaError>
const members: { readonly [T in Job["type"]]: Read } = {
  start_broadcast: Schema.decodeUnknownEffect(StartBroadcast, strict),
  stop_broadcast: Schema.decodeUnknownEffect(StopBroadcast, strict)
}

const isKnown = (type: unknown): type is Job["type"] => typeof type === "string" && Object.hasOwn(members, type)

/** Reads a job in clear. What it fails with names every failing field, and none of their values. */
export const decode = (input: unknown): Effect.Effect<Job, SpecInvalid> => {
  const type = typeof input === "object" && input !== null && "type" in input ? input.type : undefined
  return isKnown(type)
    ? Effect.mapError(members[type](input), ({ issue }) => new SpecInvalid({ errors: fieldErrors(issue) }))
    : Effect.fail(
      new SpecInvalid({
        errors: [{ path: ["type"], message: `expected one of ${Object.keys(members).join(", ")}` }]
      })
    )
}

/** Each failing field, and none of their values. */
const unreadable = ({ issue }: Schema.SchemaError) =>
  new JobUnreadable({ reason: new SpecInvalid({ errors: fieldErrors(issue) }).message })

/** The job in an envelope, which is at this path. */
const jobAt = (input: unknown, path: ReadonlyArray<string>) =>
  Effect.mapError(decode(input), ({ errors }) =>
    new JobUnreadable({
      reason: new SpecInvalid({ errors: errors.map((one) => ({ ...one, path: [...path, ...one.path] })) }).message
    }))

/** As its schema encodes it; by hand, since a queue of many jobs feels it. */
const encodeJob = (job: Job) =>
  job.type === "start_broadcast" ? { type: job.type, spec: Redacted.value(job.spec) } : job
const { job: _job, ...wrapping } = PlainEnvelope.fields
const readPlain = Schema.decodeUnknownEffect(Schema.Struct({ ...wrapping, job: Schema.Unknown }), strict)
const readSealed = Schema.decodeUnknownEffect(SealedEnvelope)
const parse = (text: string): Result.Result<unknown, JobUnreadable> =>
  Result.try({
    try: (): unknown => JSON.parse(text),
    catch: () => new JobUnreadable({ reason: "it is no JSON" })
  })

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string | undefined => value === undefined || typeof value === "string"

/** What headend wrote looks like this; where it does not, a schema says which field is wrong. It costs more than the rest. */
const isSealed = (json: Readonly<Record<string, unknown>>): json is typeof SealedEnvelope.Type =>
  json["v"] === 1 && typeof json["sealed"] === "string" && isText(json["key"]) && isText(json["trace"])

const startOf = (json: unknown): StartBroadcast | undefined => {
  if (!isObject(json)) return undefined
  const { spec, type } = json
  return type === "start_broadcast" && isObject(spec) && Object.keys(json).length === 2
    ? { type, spec: Redacted.make(spec) }
    : undefined
}

/** Seals and opens envelopes. */
export interface Enveloping {
  /** The envelope as text. Its job is sealed with the newest key; a job that holds no secret is sealed all the same. */
  readonly seal: (what: Enveloped) => Effect.Effect<string>
  /** Reads either envelope. What it says when that fails holds none of the job's values. */
  readonly open: (text: string) => Effect.Effect<Enveloped, JobUnreadable>
  /** An envelope that is sealed whole, for a queue that keeps bytes: a quarter shorter, and twice as fast. */
  readonly sealBytes: (what: Enveloped) => Effect.Effect<Uint8Array>
  /** Reads those bytes, and either envelope as text. */
  readonly openBytes: (bytes: Uint8Array) => Effect.Effect<Enveloped, JobUnreadable>
}

/** What was sealed in an envelope; a schema reads it where it does not have the shape that is expected. */
const withJob = (
  json: unknown,
  key: string | undefined,
  trace: TraceParent | undefined
): Effect.Effect<Enveloped, JobUnreadable> => {
  const job = startOf(json)
  return job === undefined
    ? Effect.map(jobAt(json, []), (job) => ({ job, key, trace }))
    : Effect.succeed({ job, key, trace })
}

/** Of an envelope as text, and of what is none at all: sealed bytes begin with a number that no text begins with. */
const startsAsText = ([first = 0x20]: Uint8Array): boolean => first >= 0x09

/** With the keys of the installation. */
export const enveloping: Effect.Effect<Enveloping, never, Keyring> = Effect.map(Keyring, (keyring) => {
  const openSealed = ({ key, sealed, trace }: typeof SealedEnvelope.Type) =>
    Effect.matchEffect(keyring.open(sealed), {
      onFailure: ({ message }) => Effect.fail(new JobUnreadable({ reason: message })),
      onSuccess: (plain): Effect.Effect<Enveloped, JobUnreadable> => {
        const json = parse(Redacted.value(plain))
        return Result.isFailure(json) ? Effect.fail(json.failure) : withJob(json.success, key, trace)
      }
    })
  const openPlain = (json: unknown) =>
    Effect.flatMap(
      Effect.mapError(readPlain(json), unreadable),
      ({ job, key, trace }) => Effect.map(jobAt(job, ["job"]), (job) => ({ job, key, trace }))
    )
  const open = (text: string) =>
    Effect.suspend((): Effect.Effect<Enveloped, JobUnreadable> => {
      const parsed = parse(text)
      if (Result.isFailure(parsed)) return Effect.fail(parsed.failure)
      const json = parsed.success
      if (!isObject(json) || !("sealed" in json)) return openPlain(json)
      return isSealed(json)
        ? openSealed(json)
        : Effect.flatMap(Effect.mapError(readSealed(json), unreadable), openSealed)
    })
  const openWhole = (plain: string) => {
    const json = parse(plain)
    if (Result.isFailure(json)) return Effect.fail(json.failure)
    const { job, key, trace } = isObject(json.success) ? json.success : {}
    return withJob(job, isText(key) ? key : undefined, isText(trace) ? trace : undefined)
  }
  return {
    open,
    seal: ({ job, key }) =>
      Effect.flatMap(Trace.current, (trace) =>
        Effect.map(
          keyring.seal(Redacted.make(JSON.stringify(encodeJob(job)))),
          (sealed) => JSON.stringify({ v: 1, key, trace, sealed })
        )),
    sealBytes: ({ job, key }) =>
      Effect.flatMap(
        Trace.current,
        (trace) => keyring.sealBytes(JSON.stringify({ key, trace, job: encodeJob(job) }))
      ),
    openBytes: (bytes) =>
      startsAsText(bytes) ?
        Effect.suspend(() => open(Utf8.decode(bytes))) :
        Effect.matchEffect(keyring.openBytes(bytes), {
          onFailure: ({ message }) => Effect.fail(new JobUnreadable({ reason: message })),
          onSuccess: openWhole
        })
  }
})
