/**
 * An ingest: the RTMP address that an encoder publishes to, and a relay reads from.
 */
import { Redacted, Schema } from "effect"

/** A host name or an address, as a pattern: it begins with a letter, a digit or, for IPv6, a bracket. */
export const host = "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+\\]"

export const Ingest = Schema.Struct({
  rtmpUrl: Schema.String.check(Schema.isPattern(new RegExp(`^rtmps?://(${host})(:[0-9]{1,5})?$`), {
    message: "expected rtmp://host or rtmp://host:port, without an app"
  })),
  app: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/, {
    message: "expected letters, digits, dots, dashes and slashes"
  })),
  /** Who knows it may publish: a secret. */
  streamKey: Schema.RedactedFromValue(Schema.String.check(Schema.isPattern(/^[^\s/\p{Cc}]+$/u, {
    message: "expected a key without spaces or slashes"
  }))),
  /** Address of the SRS HTTP API, for liveness, codecs and kicking. */
  srsApi: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^https?:\/\/\S+$/, {
    message: "expected an http:// address"
  })))
})
export type Ingest = typeof Ingest.Type

/** `{rtmpUrl}/{app}/{streamKey}`. */
export const publishUrl = (ingest: Ingest): Redacted.Redacted =>
  Redacted.make(`${ingest.rtmpUrl}/${ingest.app}/${Redacted.value(ingest.streamKey)}`)
