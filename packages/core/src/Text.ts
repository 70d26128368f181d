/**
 * Text that goes into SDP, into a request or into a configuration file of Janus: one line of it.
 */
import { Schema } from "effect"

/** No control characters: a line break would begin another line of SDP. */
export const Line = Schema.String.check(Schema.isPattern(/^\P{Cc}*$/u, {
  message: "expected text without line breaks and other control characters"
}))
