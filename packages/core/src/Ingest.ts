/**
 * An ingest: the RTMP address that an encoder publishes to, and a relay reads from.
 */
import { Redacted, Schema } from "effect"

export const Ingest = Schema.Struct({
  rtmpUrl: Schema.String.check(Schema.isPattern(/^rtmps?:\/\/[^\s/]+$/, {
    message: "expected rtmp://host or rtmp://host:port, without an app"
  })),
  app: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/, {
    message: "expected letters, digits, dots, dashes and slashes"
  })),
  /** Who knows it may publish: a secret. */
  streamKey: Schema.RedactedFromValue(Schema.String.check(Schema.isPattern(/^[^\s/]+$/, {
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
