/**
 * What a specification says about each kind of source. A kind becomes usable when it is a value in the list of kinds
 * (see `Source.ts`); its schema is here, so that all of them stand side by side.
 */
import { Schema } from "effect"
import { between, DurationInput } from "../DurationInput.ts"
import { host, Ingest, port } from "../Ingest.ts"
import * as Cross from "../internal/crossChecks.ts"
import { Relay } from "../Relay.ts"
import { ForwardOptions, PublisherId, RoomId, RoomSpec } from "../Room.ts"
import { redacted, type Resolved, Secret, secret } from "../Secret.ts"

/** What goes into a line of a protocol. */
const Credential = secret(Schema.NonEmptyString.check(Schema.isPattern(/^\P{Cc}*$/u, {
  message: "expected no line break and no other control character"
})))

const written = (schemes: string) =>
  schemes.split("|").flatMap((scheme) =>
    scheme.endsWith("s?") ? [`${scheme.slice(0, -2)}://`, `${scheme.slice(0, -1)}://`] : [`${scheme}://`]
  )

/** No white space or control characters, and a host that no program could take for an option. */
const address = (schemes: string) =>
  redacted(Schema.String.check(
    Schema.isPattern(new RegExp(`^(${schemes})://[^\\s\\p{Cc}]+$`, "u"), {
      message: `expected an address that begins with ${written(schemes).join(" or ")}`
    }),
    Schema.isPattern(
      new RegExp(`^(?!(${schemes})://)|^(file:///|[a-z]+://([^/@]*@)?(${host})(:(${port}))?([/?]|$))`, "i"),
      {
        message: "expected a host name or an address after the scheme, and a port from 1 to 65535"
      }
    )
  ))

/** The room to take a publisher from. */
export const RoomChoice = Schema.Struct({
  id: RoomId,
  /** Needed to forward from a room that has one. */
  secret: Schema.optionalKey(Secret),
  /** Needed to join a room that has one. */
  pin: Schema.optionalKey(Secret),
  /** `fail`, or make it with `spec`; a room that we make is destroyed at the end. */
  ifMissing: Schema.optionalKey(Schema.Literals(["fail", "create"])),
  spec: Schema.optionalKey(RoomSpec)
}).check(Schema.makeFilter(Cross.room))
export type RoomChoice = Resolved<typeof RoomChoice.Type>

const absent = Schema.optionalKey(
  Schema.Never.annotate({ message: "name the publisher by id or by display, not both" })
)

/** Which publisher: by id, by display name, or whoever publishes. */
export const PublisherChoice = Schema.Union([
  Schema.Literal("any"),
  Schema.Struct({ id: PublisherId, display: absent }),
  Schema.Struct({ display: Schema.NonEmptyString, id: absent })
]).annotate({ message: "expected \"any\", {\"id\": …} or {\"display\": …}" })

/** A publisher in a VideoRoom room, forwarded. */
export const VideoroomSource = Schema.Struct({
  kind: Schema.tag("videoroom"),
  room: RoomChoice,
  publisher: Schema.optionalKey(PublisherChoice),
  /** How long the first one is waited for; 30 seconds unless given. */
  waitForPublisher: Schema.optionalKey(DurationInput),
  forward: Schema.optionalKey(ForwardOptions)
})
export type VideoroomSource = typeof VideoroomSource.Type

/** A browser, or any WHIP client. */
export const BrowserWebrtcSource = Schema.Struct({
  kind: Schema.tag("browser_webrtc"),
  /** One of our own unless given. */
  room: Schema.optionalKey(RoomChoice),
  /** Who knows it may publish over WHIP. */
  token: Schema.optionalKey(Secret),
  forward: Schema.optionalKey(ForwardOptions)
})
export type BrowserWebrtcSource = typeof BrowserWebrtcSource.Type

/** The frontend sends by itself. */
export const FrontendOwnedSource = Schema.Struct({ kind: Schema.tag("frontend_owned") })

const ObsAddress = Schema.Struct({
  url: Schema.optionalKey(Schema.String.check(Schema.isPattern(new RegExp(`^wss?://(${host})(:(${port}))?/?$`), {
    message: "expected ws://host:port or wss://host:port, a port from 1 to 65535, without a user"
  }))),
  host: Schema.optionalKey(Schema.String.check(Schema.isPattern(new RegExp(`^(${host})$`), {
    message: "expected a host name or an address"
  }))),
  /** 4455 unless given. */
  port: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 }))),
  /** `wss://` instead of `ws://`. */
  secure: Schema.optionalKey(Schema.Boolean),
  password: Schema.optionalKey(Secret),
  /** Take over an OBS that is streaming already: that stream ends. */
  takeOver: Schema.optionalKey(Schema.Boolean)
}).check(Schema.makeFilter((obs) =>
  (obs.url === undefined) === (obs.host === undefined)
    ? { path: ["url"], issue: "name the OBS by url, or by host and port" }
    : obs.url !== undefined && (obs.port !== undefined || obs.secure !== undefined)
    ? { path: [obs.port === undefined ? "secure" : "port"], issue: "the url says this already" }
    : undefined
))

/** An OBS that is told to publish to an ingest. */
export const ObsSource = Schema.Struct({
  kind: Schema.tag("obs"),
  obs: ObsAddress,
  ingest: Ingest,
  relay: Schema.optionalKey(Relay)
})

const oneInput = Schema.makeFilter((source: { readonly ingest?: unknown; readonly inputUrl?: unknown }) =>
  (source.ingest === undefined) === (source.inputUrl === undefined)
    ? { path: ["ingest"], issue: "name the input by ingest or by inputUrl, one of them" }
    : undefined
)

const rtmpExternal = <K extends string>(kind: K) =>
  Schema.Struct({
    kind: Schema.tag(kind),
    ingest: Schema.optionalKey(Ingest),
    inputUrl: Schema.optionalKey(address("rtmps?")),
    relay: Schema.optionalKey(Relay)
  }).check(oneInput)

/** Somebody publishes to an ingest. */
export const RtmpExternalSource = rtmpExternal("rtmp_external")
/** The same under its old name. */
export const ExternalSource = rtmpExternal("external")

/** An RTSP camera; its timeout is 1 second to 5 minutes. */
export const RtspCameraSource = Schema.Struct({
  kind: Schema.tag("rtsp_camera"),
  camera: Schema.Struct({
    url: address("rtsps?"),
    username: Schema.optionalKey(Credential),
    password: Schema.optionalKey(Credential),
    transport: Schema.optionalKey(Schema.Literals(["tcp", "udp"])),
    timeout: Schema.optionalKey(between("1 second", "5 minutes"))
  }),
  relay: Schema.optionalKey(Relay)
})

/** HLS, SRT, HTTP, or a file below the operator's folder. */
export const PullSource = Schema.Struct({
  kind: Schema.tag("pull"),
  url: address("https?|srt|file"),
  /** Begin again at the end of a file. */
  loop: Schema.optionalKey(Schema.Boolean),
  relay: Schema.optionalKey(Relay)
})

const Pixels = Schema.Int.check(Schema.isBetween({ minimum: 16, maximum: 7680 }))

/** A generated picture with a tone. */
export const TestPatternSource = Schema.Struct({
  kind: Schema.tag("test_pattern"),
  width: Schema.optionalKey(Pixels),
  height: Schema.optionalKey(Pixels),
  fps: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 120 }))),
  relay: Schema.optionalKey(Relay)
})
export type TestPatternSource = typeof TestPatternSource.Type

/** Every kind that headend knows by name, whether an app has what it needs or not. */
export const known: ReadonlyArray<string> = [
  "videoroom",
  "browser_webrtc",
  "obs",
  "rtmp_external",
  "external",
  "rtsp_camera",
  "pull",
  "frontend_owned",
  "test_pattern"
]
