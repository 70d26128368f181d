/**
 * The settings of this app: those that all apps share.
 */
import * as Settings from "@headend/app/Settings"
import { reader } from "@headend/app/SettingsReader"
import { Effect } from "effect"

/** Reads them all; what is wrong, one line each. */
export const settings = Effect.gen(function*() {
  const from = reader()
  return { settings: yield* Settings.shared(from, { port: 8081 }), wrong: from.wrong }
})
