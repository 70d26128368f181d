/**
 * What Janus says when it refuses, with names for its codes. The same number means different things in the core and in
 * each plugin, so the source is kept beside it; and 456 of Streaming has many meanings that only its text tells apart.
 */
import { ServerUnavailable, Unauthorized } from "@headend/core/Failure"
import { Schema } from "effect"

/** Who refused. */
export const Source = Schema.Literals(["core", "streaming", "videoroom"])
export type Source = typeof Source.Type

/** A request that Janus understood, and refused. */
export class JanusRefused extends Schema.TaggedError<JanusRefused>()("JanusRefused", {
  source: Source,
  request: Schema.String,
  code: Schema.Int,
  reason: Schema.String
}) {
  override get message() {
    return `${this.source} refused ${this.request}: ${this.code} ${this.reason}`
  }
}

/** Codes of Janus itself. */
export const core = {
  /** Wrong or missing secret or token. */
  unauthorized: 403,
  /** The token may not use this plugin. */
  pluginForbidden: 405,
  noSuchSession: 458,
  noSuchHandle: 459,
  unknownJsep: 464,
  invalidSdp: 465
} as const

/** Codes of the Streaming plugin. */
export const streaming = {
  missingElement: 453,
  invalidElement: 454,
  noSuchMountpoint: 455,
  /** Id taken, port taken, no port left, codec missing, unknown interface, no media, bad SRTP key, no such file. */
  cannotCreate: 456,
  /** Wrong admin_key, secret or pin. */
  unauthorized: 457
} as const

/** Codes of the VideoRoom plugin. */
export const videoroom = {
  alreadyJoined: 425,
  noSuchRoom: 426,
  roomExists: 427,
  /** No such publisher, forwarder or user. */
  noSuchFeed: 428,
  missingElement: 429,
  invalidElement: 430,
  roomFull: 432,
  /** Wrong admin_key, secret, pin or token. */
  unauthorized: 433,
  idExists: 436,
  invalidSdp: 437
} as const

/** Whether Janus refused because a key, secret, pin or token is wrong. */
export const isUnauthorized = (error: JanusRefused): boolean => {
  switch (error.source) {
    case "core":
      return error.code === core.unauthorized || error.code === core.pluginForbidden
    case "streaming":
      return error.code === streaming.unauthorized || isMissingKey(error, streaming.missingElement)
    case "videoroom":
      return error.code === videoroom.unauthorized || isMissingKey(error, videoroom.missingElement)
  }
}

// `Missing mandatory element (admin_key)`: there only when a key was not sent at all
const isMissingKey = (error: JanusRefused, code: number) =>
  error.code === code && /\((?:admin_key|secret|pin|token)\)/.test(error.reason)

/** Whether what was asked is wrong in itself: a missing or an invalid element. Asking again changes nothing. */
export const isInvalid = (error: JanusRefused): boolean => {
  switch (error.source) {
    case "core":
      return false
    case "streaming":
      return error.code === streaming.missingElement || error.code === streaming.invalidElement
    case "videoroom":
      return error.code === videoroom.missingElement || error.code === videoroom.invalidElement
  }
}

/** For the ports: a refusal over a key as `Unauthorized`. `what` is the resource in words. */
export const unauthorized = (what: string, error: JanusRefused): Unauthorized =>
  new Unauthorized({ server: "janus", reason: `${what}: ${error.code} ${error.reason}` })

/** For requests that have no business being refused. */
export const unexpected = (error: JanusRefused): ServerUnavailable =>
  new ServerUnavailable({ server: "janus", reason: error.message })
