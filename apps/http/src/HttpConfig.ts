/**
 * The settings of this app: those that all apps share, and its own.
 */
import * as Settings from "@headend/app/Settings"
import { ports } from "@headend/app/Variables"
import * as Setting from "@headend/core/Setting"
import { Effect, Redacted, Result } from "effect"
import type { HookSettings } from "./HookSettings.ts"
import type { IceServer } from "./IceServers.ts"

export interface HttpSettings extends Settings.Settings {
  readonly embedWorker: boolean
  readonly iceServers: ReadonlyArray<IceServer>
  readonly hooks: HookSettings
}

const iceServer: Setting.Form<IceServer> = {
  takes: "stun:host:port or turn:host:port|username|credential, separated by commas",
  parse: (text) => {
    const [url = "", username, credential] = text.split("|")
    return /^(stuns?|turns?):\S+$/.test(url)
      ? Result.succeed({
        url,
        ...(username === undefined ? {} : { username }),
        ...(credential === undefined ? {} : { credential: Redacted.make(credential) })
      })
      : Result.fail(`expected ${iceServer.takes}`)
  }
}

/** It is a part of an address, and guessed by nobody. */
const hookSecret = Setting.redacted(
  Setting.matching(
    /^[A-Za-z0-9._~-]{16,}$/,
    "16 or more letters, digits, `.`, `_`, `~`, `-`; several are separated by commas"
  )
)

/** What this app reads besides the settings of all apps. */
export const variables = {
  embedWorker: Setting.open("HEADEND_EMBED_WORKER", {
    form: Setting.boolean,
    otherwise: "`true`; `false` with Redis",
    means: "whether the HTTP app has a worker in it; without one, broadcasts are the business of workers that share "
      + "registry and queue, and the app does not start with one in memory; with SQLite it warns, and what it accepts waits "
      + "in the file for an app with a worker"
  }),
  iceServers: Setting.make("HEADEND_ICE_SERVERS", {
    form: Setting.listOf(iceServer),
    default: "",
    means: "told to WHIP and WHEP clients"
  }),
  hookSecret: Setting.make("HEADEND_HOOK_SECRET", {
    form: Setting.listOf(hookSecret),
    default: "",
    means: "what stands in the path of hooks of RTMP servers; of several, all let in. Without it there are no hooks"
  }),
  hookRefuseUnknown: Setting.make("HEADEND_HOOK_REFUSE_UNKNOWN", {
    form: Setting.boolean,
    default: "false",
    means:
      "`true`: only the stream keys of broadcasts that are not over may publish. While the registry is out of reach "
      + "nobody new may"
  })
}

/** Reads them all; what is wrong, one line each. */
export const settings = Effect.gen(function*() {
  const from = Setting.reader()
  const { read, wrong } = from
  const shared = yield* Settings.shared(from, { port: ports.http })
  const all: HttpSettings = {
    ...shared,
    embedWorker: yield* read(variables.embedWorker, shared.registry !== "redis"),
    iceServers: yield* read(variables.iceServers),
    hooks: {
      secrets: yield* read(variables.hookSecret),
      refuseUnknown: yield* read(variables.hookRefuseUnknown)
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
