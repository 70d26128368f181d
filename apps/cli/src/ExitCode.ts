/**
 * How a command ends. The number is part of the interface: scripts rely on it (README).
 */
import { Schema } from "effect"

export const codes = {
  /** The broadcast ended with a failure, or `doctor` found something broken. */
  failed: 1,
  /** Wrong usage, an unreadable file, a specification that cannot be used. */
  usage: 2,
  /** The app, or what it needs, is out of reach. */
  unreachable: 3,
  /** The token is missing, unknown, or may not do this. */
  refused: 4,
  /** There is no such broadcast, or another one is there. */
  conflict: 5,
  /** It is not done within the time to wait, and goes on without us. */
  late: 6
} as const

/** The end of a command that did not do what it was asked, in words. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", {
  code: Schema.Literals([1, 2, 3, 4, 5, 6]),
  message: Schema.String,
  /** For `--json`: the problem as the app told it. */
  problem: Schema.optionalKey(Schema.Unknown)
}) {}
