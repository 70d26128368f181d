/**
 * How a relay fails, told apart by class: whose fault it is decides whether recovery tries again, waits, or gives up.
 * Every text in them is redacted by whoever makes them.
 */
import { Schema } from "effect"
import { failureOf } from "./Failure.ts"

const fields = {
  /** Where it failed: `ingest` for an RTMP server, `relay` for every other source and for the process itself. */
  hop: Schema.Literals(["ingest", "relay"]),
  /** In words, with what the program said last. */
  reason: Schema.String
}

/** The server answers, and nobody publishes there yet. Waited for, and never counted. */
export class SourceAbsent extends Schema.TaggedError<SourceAbsent>()("SourceAbsent", fields) {
  override get message() {
    return `nobody publishes yet: ${this.reason}`
  }
  get failure() {
    return failureOf("source_absent", { hop: this.hop })
  }
}

/** No connection: refused, no route, no such host, or no answer in time. */
export class SourceUnreachable extends Schema.TaggedError<SourceUnreachable>()("SourceUnreachable", fields) {
  override get message() {
    return `the source is out of reach: ${this.reason}`
  }
  get failure() {
    return failureOf("source_unreachable", { hop: this.hop })
  }
}

/** The server lets nobody play that: an unknown application, or its hook said no. Hooks may think better of it. */
export class SourceDenied extends Schema.TaggedError<SourceDenied>()("SourceDenied", fields) {
  override get message() {
    return `the source is denied: ${this.reason}`
  }
  get failure() {
    return failureOf("source_denied", { hop: this.hop })
  }
}

/** A wrong user or password (401, 403). No retry mends that. */
export class SourceUnauthorized extends Schema.TaggedError<SourceUnauthorized>()("SourceUnauthorized", fields) {
  override get message() {
    return `the source wants another user or password: ${this.reason}`
  }
  get failure() {
    return failureOf("source_unauthorized", { hop: this.hop })
  }
}

const fieldsOnceThere = {
  ...fields,
  /** Media came from there before. */
  wasThere: Schema.optionalKey(Schema.Boolean)
}

/** There is no such address or file (404): the caller's mistake before the first picture, waited for after it. */
export class SourceNotFound extends Schema.TaggedError<SourceNotFound>()("SourceNotFound", fieldsOnceThere) {
  override get message() {
    return `the source does not exist: ${this.reason}`
  }
  get failure() {
    const { hop, wasThere } = this
    return failureOf("source_not_found", wasThere === true ? { hop } : { hop, fault: "caller" })
  }
}

/**
 * It carries nothing that the mountpoint could take, or is no media at all: the caller's mistake before the first picture.
 * After it, a camera that wakes or starts again says so for a while.
 */
export class SourceUnsuitable extends Schema.TaggedError<SourceUnsuitable>()("SourceUnsuitable", fieldsOnceThere) {
  override get message() {
    return `the source does not suit the mountpoint: ${this.reason}`
  }
  get failure() {
    const { hop, wasThere } = this
    return failureOf("source_unsuitable", wasThere === true ? { hop, fault: "world" } : { hop })
  }
}

/** Media came, and then the source ended. */
export class SourceEnded extends Schema.TaggedError<SourceEnded>()("SourceEnded", fields) {
  override get message() {
    return `the source has ended: ${this.reason}`
  }
  get failure() {
    return failureOf("source_ended", { hop: this.hop })
  }
}

/** A file was played to its end, as it was asked for. */
export class SourceFinished extends Schema.TaggedError<SourceFinished>()("SourceFinished", fields) {
  override get message() {
    return `the file was played to its end: ${this.reason}`
  }
  get failure() {
    return failureOf("source_finished", { hop: this.hop })
  }
}

/** The connection stands, and no media comes: not in time, or no more. */
export class SourceFrozen extends Schema.TaggedError<SourceFrozen>()("SourceFrozen", fields) {
  override get message() {
    return `the source is frozen: ${this.reason}`
  }
  get failure() {
    return failureOf("source_frozen", { hop: this.hop })
  }
}

/** Somebody or something else ended the process by a signal. */
export class RelayKilled extends Schema.TaggedError<RelayKilled>()("RelayKilled", fields) {
  override get message() {
    return `the relay was killed: ${this.reason}`
  }
  get failure() {
    return failureOf("relay_killed", { hop: this.hop })
  }
}

/** The process ended with an error that says nothing better. */
export class RelayFailed extends Schema.TaggedError<RelayFailed>()("RelayFailed", fields) {
  override get message() {
    return `the relay failed: ${this.reason}`
  }
  get failure() {
    return failureOf("relay_failed", { hop: this.hop })
  }
}

/** It used more memory or processor time than it may. */
export class RelayTooGreedy extends Schema.TaggedError<RelayTooGreedy>()("RelayTooGreedy", fields) {
  override get message() {
    return `the relay used more than it may: ${this.reason}`
  }
  get failure() {
    return failureOf("relay_too_greedy", { hop: this.hop })
  }
}

/** The program refuses its arguments: an unknown encoder, filter or option, or a codec that RTP cannot carry here. */
export class RelayMisconfigured extends Schema.TaggedError<RelayMisconfigured>()("RelayMisconfigured", fields) {
  override get message() {
    return `the relay cannot do that: ${this.reason}`
  }
  get failure() {
    return failureOf("relay_misconfigured", { hop: this.hop })
  }
}

/** The operator's settings do not allow this address, file or pipeline. */
export class InputRefused extends Schema.TaggedError<InputRefused>()("InputRefused", fields) {
  override get message() {
    return `the input is refused: ${this.reason}`
  }
  get failure() {
    return failureOf("input_refused", { hop: this.hop })
  }
}

/** All of them, by tag. */
export const classes = {
  SourceAbsent,
  SourceUnreachable,
  SourceDenied,
  SourceUnauthorized,
  SourceNotFound,
  SourceUnsuitable,
  SourceEnded,
  SourceFinished,
  SourceFrozen,
  RelayKilled,
  RelayFailed,
  RelayTooGreedy,
  RelayMisconfigured,
  InputRefused
} as const

/** All of them. */
export type RelayFailure = InstanceType<(typeof classes)[keyof typeof classes]>
/** The tag of one of them. */
export type RelayFailureTag = keyof typeof classes
