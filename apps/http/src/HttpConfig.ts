/**
 * The settings of this app: those that all apps share, and its own.
 */
import * as Settings from "@headend/app/Settings"
import { listOf, matching, oneOf, type Parse, reader } from "@headend/app/SettingsReader"
import { Effect, Redacted, Result } from "effect"
import type { HookSettings } from "./HookSettings.ts"
import type { IceServer } from "./IceServers.ts"

export interface HttpSettings extends Settings.Settings {
  readonly embedWorker: boolean
  readonly iceServers: ReadonlyArray<IceServer>
  readonly hooks: HookSettings
}

const iceServer: Parse<IceServer> = (text) => {
  const [url = "", username, credential] = text.split("|")
  return /^(stuns?|turns?):\S+$/.test(url)
    ? Result.succeed({
      url,
      ...(username === undefined ? {} : { username }),
      ...(credential === undefined ? {} : { credential: Redacted.make(credential) })
    })
    : Result.fail("expected stun:host:port or turn:host:port|username|credential, separated by commas")
}

/** It is a part of an address, and guessed by nobody. */
const hookSecret: Parse<Redacted.Redacted> = (text) =>
  Result.map(
    matching(/^[A-Za-z0-9._~-]{16,}$/, "16 or more letters, digits, dots and dashes; several are separated by commas")(
      text
    ),
    Redacted.make
  )

/** Reads them all; what is wrong, one line each. */
export const settings = Effect.gen(function*() {
  const from = reader()
  const { read, wrong } = from
  const shared = yield* Settings.shared(from, { port: 8080 })
  const all: HttpSettings = {
    ...shared,
    embedWorker: yield* read("EMBED_WORKER", oneOf({ true: true, false: false }), shared.registry !== "redis"),
    iceServers: yield* read("ICE_SERVERS", listOf(iceServer), []),
    hooks: {
      secrets: yield* read("HOOK_SECRET", listOf(hookSecret), []),
      refuseUnknown: yield* read("HOOK_REFUSE_UNKNOWN", oneOf({ true: true, false: false }), false)
    }
  }
  if (
    all.hooks.refuseUnknown && all.hooks.secrets.length === 0 && !wrong.some((line) => line.includes("HOOK_SECRET"))
  ) {
    wrong.push(
      "HEADEND_HOOK_SECRET: needed to refuse anybody (HEADEND_HOOK_REFUSE_UNKNOWN); without it there are no hooks"
    )
  }
  const forgotten = Object.entries({ HEADEND_REGISTRY: all.registry, HEADEND_QUEUE: all.queue })
    .flatMap(([name, kept]) => (kept === "memory" ? [`${name}=memory`] : []))
  if (!all.embedWorker && forgotten.length > 0) {
    wrong.push(
      `HEADEND_EMBED_WORKER: without a worker in this process nobody ever takes what is in ${forgotten.join(" and ")}`
    )
  }
  if (
    all.tokens.length === 0 && !Settings.isLoopback(all.host) &&
    !wrong.some((line) => line.startsWith("HEADEND_API_TOKENS"))
  ) {
    wrong.push(
      `HEADEND_API_TOKENS: needed to listen on ${all.host} (HEADEND_HTTP_HOST); without tokens only 127.0.0.1 is served`
    )
  }
  return { settings: all, wrong }
})
