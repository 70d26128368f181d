/**
 * The one input everywhere: library, HTTP body, queue job. What cannot work cannot be written.
 *
 * The `source` is a union derived from the list of source kinds in use, so this module makes a schema from a source's
 * schema; `Sources` decodes with it.
 */
import { Schema } from "effect"
import { atLeast } from "./DurationInput.ts"
import * as Cross from "./internal/crossChecks.ts"
import { Adopted, MountpointSpec } from "./Mountpoint.ts"
import type { TrackType } from "./Track.ts"

/** 1 to 64 letters, digits, dots, dashes or underscores, the first a letter or digit. */
export const BroadcastId = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/u, {
  message: "expected 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit"
}))
export type BroadcastId = typeof BroadcastId.Type

/** When to end a broadcast by itself. */
export const Limits = Schema.Struct({
  /** End it then, whatever happens; counted from its start. A second or more. */
  maxDuration: Schema.optionalKey(atLeast("1 second")),
  /** End it when nothing has arrived for so long, a second or more. */
  giveUpAfter: Schema.optionalKey(atLeast("1 second"))
})
export type Limits = typeof Limits.Type

/** A mountpoint to create, or one that exists. */
export const MountpointChoice = Schema.Struct({
  create: Schema.optionalKey(MountpointSpec),
  adopt: Schema.optionalKey(Adopted)
}).check(Schema.makeFilter(Cross.choice))
export type MountpointChoice = typeof MountpointChoice.Type

const Labels = Schema.Record(Schema.String, Schema.String.check(Schema.isMaxLength(256))).check(
  // not a schema of the keys: one that does not fit would only be called an excess property
  Schema.makeFilter((labels) =>
    Object.keys(labels).flatMap((label) =>
      /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/.test(label)
        ? []
        : [{
          path: [label],
          issue: "expected a label of 1 to 63 letters, digits, dots, dashes, slashes or underscores"
        }]
    )
  )
)

const fields = {
  id: Schema.optionalKey(BroadcastId),
  description: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(1024))),
  labels: Schema.optionalKey(Labels),
  limits: Schema.optionalKey(Limits),
  mountpoint: Schema.optionalKey(MountpointChoice)
}

/** What a kind of source can feed: the types of tracks, or nothing, where the frontend brings its own media. */
export type Feeds = ReadonlyArray<TrackType>

/** The specification of a broadcast with this source. `feeds` is what the kind can send. */
export const make = <S extends Schema.Constraint>(source: S, feeds: Feeds) =>
  Schema.Struct({ ...fields, source }).check(Schema.makeFilter((spec: Common) => Cross.fits(spec, feeds)))

/** What the specifications of all kinds have. */
export type Common = typeof common.Type
const common = Schema.Struct(fields)

export type BroadcastSpec<Source = { readonly kind: string }> = Common & { readonly source: Source }
