/**
 * The settings of this app: those that all apps share.
 */
import * as Settings from "@headend/app/Settings"
import { ports } from "@headend/app/Variables"
import { reader } from "@headend/core/Setting"
import { Effect } from "effect"

/** Reads them all; what is wrong, one line each. */
export const settings = Effect.gen(function*() {
  const from = reader()
  return { settings: yield* Settings.shared(from, { port: ports.worker }), wrong: from.wrong }
})
