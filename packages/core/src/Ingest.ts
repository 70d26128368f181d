/**
 * An ingest: the RTMP address that an encoder publishes to, and a relay reads from.
 */
import { Redacted, Schema } from "effect"
import { type Resolved, Secret, secret } from "./Secret.ts"

/** A host name or an address, as a pattern: it begins with a letter, a digit or, for IPv6, a bracket. */
export const host = "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+\\]"

/** 1 to 65535, as a pattern. */
export const port = "6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}"

export const Ingest = Schema.Struct({
  rtmpUrl: Schema.String.check(Schema.isPattern(new RegExp(`^rtmps?://(${host})(:(${port}))?$`), {
    message: "expected rtmp://host or rtmp://host:port, a port from 1 to 65535, without an app"
  })),
  app: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/, {
    message: "expected letters, digits, dots, dashes and slashes"
  })),
  /** Who knows it may publish: a secret. */
  streamKey: secret(Schema.String.check(Schema.isPattern(/^[^\s/\p{Cc}]+$/u, {
    message: "expected a key without spaces or slashes"
  }))),
  /** Address of the SRS HTTP API, for liveness, codecs and kicking. A user and a password have fields of their own. */
  srsApi: Schema.optionalKey(Schema.String.check(
    Schema.isPattern(/^https?:\/\/\S+$/, { message: "expected an http:// address" }),
    Schema.isPattern(/^[^@?#]*$/, { message: "expected an address without a user, a query or a fragment" }),
    // judged where the others have nothing to say
    Schema.isPattern(new RegExp(`^(?!https?://[^\\s@?#]+$)|^https?://(${host})(:(${port}))?(/|$)`), {
      message: "expected a host name or an address, and a port from 1 to 65535"
    })
  )),
  /** Where the SRS HTTP API asks for them (`http_api.auth`). */
  srsUsername: Schema.optionalKey(Schema.NonEmptyString),
  srsPassword: Schema.optionalKey(Secret)
}).check(
  Schema.makeFilter((ingest) =>
    ingest.srsApi === undefined && (ingest.srsUsername ?? ingest.srsPassword) !== undefined
      ? { path: ["srsApi"], issue: "needed where a user or a password for it is given" }
      : undefined
  )
)
/** As it is specified: its secrets may be references. */
export type IngestChoice = typeof Ingest.Type
export type Ingest = Resolved<IngestChoice>

/** `{rtmpUrl}/{app}/{streamKey}`. */
export const publishUrl = (ingest: Ingest): Redacted.Redacted =>
  Redacted.make(`${ingest.rtmpUrl}/${ingest.app}/${Redacted.value(ingest.streamKey)}`)

/** The name of the stream at the server: a key without the parameters that an encoder may have behind it. */
export const streamName = (ingest: Ingest): string => Redacted.value(ingest.streamKey).split("?")[0]!

/** The parameters of the key as servers tell them, `?token=…`, or nothing. */
export const streamParameters = (ingest: Ingest): string =>
  Redacted.value(ingest.streamKey).slice(streamName(ingest).length)

/** The ingest that an address for playing belongs to; none when it has no application. */
export const fromUrl = (url: Redacted.Redacted): Ingest | undefined => {
  const [, scheme, at, app, streamKey] =
    /^(rtmps?:\/\/)(?:[^/@]*@)?([^/?#]+)\/([^?#]+)\/([^/?#]+(?:\?\S*)?)$/i.exec(Redacted.value(url)) ?? []
  return app === undefined || streamKey === undefined
    ? undefined
    : { rtmpUrl: `${scheme}${at}`, app, streamKey: Redacted.make(streamKey) }
}
