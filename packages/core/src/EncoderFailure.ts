/**
 * How an encoder fails, told apart by class: whose fault it is decides whether recovery tries again, waits, or gives up.
 * None of them holds a password or a stream key.
 */
import { Schema } from "effect"
import { failureOf } from "./Failure.ts"

const fields = {
  /** Its address. */
  encoder: Schema.String,
  reason: Schema.String
}

/** It cannot be reached, or does not answer, or hangs up. What it does goes on. Waited for, and never counted. */
export class EncoderUnreachable extends Schema.TaggedError<EncoderUnreachable>()("EncoderUnreachable", fields) {
  override get message() {
    return `OBS at ${this.encoder} is out of reach: ${this.reason}`
  }
  get failure() {
    return failureOf("encoder_unreachable")
  }
}

/** A wrong password, or none where one is asked for. No retry mends that. */
export class EncoderUnauthorized extends Schema.TaggedError<EncoderUnauthorized>()("EncoderUnauthorized", fields) {
  override get message() {
    return `OBS at ${this.encoder} wants another password: ${this.reason}`
  }
  get failure() {
    return failureOf("encoder_unauthorized")
  }
}

/** It speaks another protocol, or lacks what we ask for. */
export class EncoderIncompatible extends Schema.TaggedError<EncoderIncompatible>()("EncoderIncompatible", fields) {
  override get message() {
    return `OBS at ${this.encoder} cannot be driven: ${this.reason}`
  }
  get failure() {
    return failureOf("encoder_incompatible")
  }
}

/** Somebody who sits at it has thrown us out, which is their right: we do not come back for this run. */
export class EncoderKicked extends Schema.TaggedError<EncoderKicked>()("EncoderKicked", fields) {
  override get message() {
    return `somebody at OBS (${this.encoder}) has thrown headend out: ${this.reason}`
  }
  get failure() {
    return failureOf("encoder_kicked")
  }
}

/** Another broadcast drives it. One at a time. */
export class EncoderBusy extends Schema.TaggedError<EncoderBusy>()("EncoderBusy", fields) {
  override get message() {
    return `OBS at ${this.encoder} is taken: ${this.reason}`
  }
  get failure() {
    return failureOf("encoder_busy")
  }
}

/** It streams already, and was not to be taken over. */
export class EncoderStreaming extends Schema.TaggedError<EncoderStreaming>()("EncoderStreaming", fields) {
  override get message() {
    return `OBS at ${this.encoder} streams already: ${this.reason}`
  }
  get failure() {
    return failureOf("encoder_streaming")
  }
}

/** It streamed, and has stopped, though nobody here asked for that. */
export class EncoderStopped extends Schema.TaggedError<EncoderStopped>()("EncoderStopped", fields) {
  override get message() {
    return `OBS at ${this.encoder} has stopped streaming: ${this.reason}`
  }
  get failure() {
    return failureOf("encoder_stopped")
  }
}

/** It understands a request and refuses it. */
export class EncoderRefused extends Schema.TaggedError<EncoderRefused>()("EncoderRefused", {
  ...fields,
  request: Schema.String,
  /** The status code of the answer; 0 where something did not happen that was promised. */
  code: Schema.Int
}) {
  override get message() {
    return `OBS at ${this.encoder} refuses ${this.request}: ${this.reason}`
  }
  get failure() {
    return failureOf("encoder_refused")
  }
}

/** It could not begin: nobody listens at the ingest. */
export class StartUnreachable extends Schema.TaggedError<StartUnreachable>()("StartUnreachable", fields) {
  override get message() {
    return `OBS cannot publish, the ingest is out of reach: ${this.reason}`
  }
  get failure() {
    return failureOf("ingest_unreachable")
  }
}

/** It could not begin, though somebody listens at the ingest. Encoders do not say why; hooks may think better of it. */
export class StartDenied extends Schema.TaggedError<StartDenied>()("StartDenied", fields) {
  override get message() {
    return `the ingest does not let OBS publish: ${this.reason}`
  }
  get failure() {
    return failureOf("ingest_denied")
  }
}

/** The ingest accepts the connection and says nothing. The start cannot be taken back, and no other one may be sent. */
export class StartUnanswered extends Schema.TaggedError<StartUnanswered>()("StartUnanswered", fields) {
  override get message() {
    return `the ingest accepts OBS' connection and never answers: ${this.reason}`
  }
  get failure() {
    return failureOf("ingest_unanswered")
  }
}

/** All of them. */
export type EncoderFailure =
  | EncoderUnreachable
  | EncoderUnauthorized
  | EncoderIncompatible
  | EncoderKicked
  | EncoderBusy
  | EncoderStreaming
  | EncoderStopped
  | EncoderRefused
  | StartUnreachable
  | StartDenied
  | StartUnanswered
