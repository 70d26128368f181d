/**
 * The mark that says whose a resource on the media server is: which installation, broadcast and run made it, and under
 * which epoch its secret was derived. What carries no mark of ours belongs to someone else.
 */
import { Option, Schema } from "effect"

export const Mark = Schema.Struct({
  /** Name of the installation. */
  instance: Schema.String,
  broadcast: Schema.String,
  run: Schema.Int,
  epoch: Schema.Int,
  worker: Schema.String
})
export type Mark = typeof Mark.Type

/** What of a mark says who owns a thing, whoever holds it at the moment. */
export const Owner = Schema.Struct({ instance: Schema.String, broadcast: Schema.String, run: Schema.Int })
export type Owner = typeof Owner.Type

/** Whose it is, as far as taking down is concerned: the epoch does not matter. */
export const ownerOf = (mark: Mark): Owner => ({ instance: mark.instance, broadcast: mark.broadcast, run: mark.run })

/** Whether both are the same run of the same broadcast in the same installation. */
export const sameOwner = (a: Owner, b: Owner): boolean =>
  a.instance === b.instance && a.broadcast === b.broadcast && a.run === b.run

/** How a resource's secret can be found again: derived with the named key, or the caller's own, sealed, or none. */
export const SecretOrigin = Schema.Union([
  Schema.Struct({ derived: Schema.String }),
  Schema.Struct({ sealed: Schema.String })
])
export type SecretOrigin = typeof SecretOrigin.Type

const Metadata = Schema.fromJsonString(Schema.Struct({
  headend: Schema.Struct({
    v: Schema.Literal(1),
    ...Mark.fields,
    secret: Schema.optionalKey(SecretOrigin),
    permanent: Schema.optionalKey(Schema.Literal(true))
  }),
  data: Schema.optionalKey(Schema.Unknown)
}))
const encodeMetadata = Schema.encodeSync(Metadata)
const decodeMetadata = Schema.decodeUnknownOption(Metadata)

/** A mark as it was found on a server, with what helps to undo what carries it. */
export interface Marked {
  readonly mark: Mark
  readonly secret?: SecretOrigin
  /** It is written into the server's configuration file, and must be taken out of there, too. */
  readonly permanent?: true
}

/** A mountpoint's `metadata`: our mark, and the caller's own beside it. */
export const toMetadata = (marked: Marked, data?: unknown): string =>
  encodeMetadata({
    headend: {
      v: 1,
      ...marked.mark,
      ...(marked.secret === undefined ? {} : { secret: marked.secret }),
      ...(marked.permanent === undefined ? {} : { permanent: marked.permanent })
    },
    ...(data === undefined ? {} : { data })
  })

/** Reads the mark back; none when somebody else wrote the metadata. */
export const fromMetadata = (metadata: unknown): Option.Option<Marked> =>
  Option.map(decodeMetadata(metadata), ({ headend }) => ({
    mark: {
      instance: headend.instance,
      broadcast: headend.broadcast,
      run: headend.run,
      epoch: headend.epoch,
      worker: headend.worker
    },
    ...(headend.secret === undefined ? {} : { secret: headend.secret }),
    ...(headend.permanent === undefined ? {} : { permanent: headend.permanent })
  }))

const prefix = "[headend "

/** The caller's own metadata beside our mark; none when somebody else wrote all of it. */
export const callersData = (metadata: unknown): unknown => Option.getOrUndefined(decodeMetadata(metadata))?.data

/** A room's `description`: our mark as a prefix, then the caller's words. Janus rooms have no metadata (before 1.3). */
export const toDescription = (marked: Marked, words: string): string =>
  `${prefix}${toMetadata(marked).slice("{\"headend\":".length, -1)}] ${words}`

/** The mark in a room's description; none when it has none of ours. */
export const fromDescription = (description: unknown): Option.Option<Marked> => {
  if (typeof description !== "string" || !description.startsWith(prefix)) return Option.none()
  const end = description.indexOf("}] ")
  return end < 0 ? Option.none() : fromMetadata(`{"headend":${description.slice(prefix.length, end + 1)}}`)
}
