/**
 * The settings of this app, from the environment, each with the prefix `HEADEND_`. All wrong ones are named at once, and
 * none of their values: some are secrets. Those of Janus are read where Janus is known, in `JanusConfig`.
 */
import { Scope } from "@headend/api/Authorized"
import { fastTimings, type Timings } from "@headend/core/Lease"
import { defaultTimings } from "@headend/core/Lease"
import * as InputPolicy from "@headend/relay/InputPolicy"
import { Config, Effect, type LogLevel, Option, Redacted, Result, Schema } from "effect"
import { hostname } from "node:os"
import type { ApiToken } from "./ApiTokens.ts"
import { isLoopback } from "./Guard.ts"
import type { IceServer } from "./IceServers.ts"

export interface Settings {
  readonly instance: string
  /** The embedded fake, for trying the API without a media server. */
  readonly fakeJanus: boolean
  /** Newest first, each base64 of 32 bytes; none: the key file. */
  readonly secretKeys: ReadonlyArray<Redacted.Redacted>
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly tokens: ReadonlyArray<ApiToken>
  readonly embedWorker: boolean
  readonly workerId: string
  readonly workerCapacity: number
  readonly timings: Timings
  readonly iceServers: ReadonlyArray<IceServer>
  /** Addresses and networks that inputs may come from; all that are not denied when empty. */
  readonly inputAllow: ReadonlyArray<string>
  /** And may not come from, besides those that never may. */
  readonly inputDeny: ReadonlyArray<string>
  /** Where `pull` may read files; nowhere when empty. */
  readonly inputFolder: string
  readonly logLevel: LogLevel.LogLevel
  readonly logFormat: "pretty" | "logfmt" | "json"
}

/** Settings that cannot be used, one line each. */
export class SettingsInvalid extends Schema.TaggedError<SettingsInvalid>()("SettingsInvalid", {
  wrong: Schema.Array(Schema.String)
}) {
  override get message() {
    return `headend cannot start with these settings:\n${this.wrong.map((line) => `  ${line}`).join("\n")}`
  }
}

type Parse<A> = (text: string) => Result.Result<A, string>

const matching = (pattern: RegExp, expected: string): Parse<string> => (text) =>
  pattern.test(text) ? Result.succeed(text) : Result.fail(`expected ${expected}`)

const oneOf = <const A>(table: Readonly<Record<string, A>>): Parse<A> => (text) => {
  const found = Object.entries(table).find(([name]) => name === text.toLowerCase())
  return found === undefined
    ? Result.fail(`expected one of ${Object.keys(table).join(", ")}`)
    : Result.succeed(found[1])
}

const number = (minimum: number, maximum: number, whole: boolean): Parse<number> => (text) => {
  const value = Number(text)
  return text.trim() !== "" && value >= minimum && value <= maximum && (!whole || Number.isInteger(value))
    ? Result.succeed(value)
    : Result.fail(`expected a ${whole ? "whole " : ""}number from ${minimum} to ${maximum}`)
}

const listOf = <A>(parse: Parse<A>): Parse<ReadonlyArray<A>> => (text) => {
  const parsed = text.split(",").map((part) => part.trim()).filter((part) => part !== "").map(parse)
  const failed = parsed.find(Result.isFailure)
  return failed === undefined
    ? Result.succeed(parsed.flatMap((one) => (Result.isSuccess(one) ? [one.success] : [])))
    : Result.fail(failed.failure)
}

const key: Parse<Redacted.Redacted> = (text) =>
  Result.map(
    matching(/^[A-Za-z0-9+/]{43}=$/, "base64 of 32 bytes; several are separated by commas")(text),
    Redacted.make
  )

const token: Parse<ApiToken> = (text) => {
  const [, name, scope, secret] = /^([A-Za-z0-9_-]+):([a-z]+):(\S+)$/.exec(text) ?? []
  return name !== undefined && secret !== undefined && Schema.is(Scope)(scope)
    ? Result.succeed({ name, scope, token: Redacted.make(secret) })
    : Result.fail("expected name:scope:token, separated by commas; scopes are read and write")
}

const tokens: Parse<ReadonlyArray<ApiToken>> = (text) =>
  Result.flatMap(listOf(token)(text), (list) =>
    new Set(list.map(({ name }) => name)).size === list.length
      ? Result.succeed(list)
      : Result.fail("two tokens have the same name"))

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

/** What will be there, and is not yet, is refused by name. */
const onlyMemory: Parse<"memory"> = (text) =>
  text === "memory" ? Result.succeed(text) : Result.fail(`"${text}" is not available; available: memory`)

const network: Parse<string> = (text) => Result.map(InputPolicy.network(text), () => text)

const levels = {
  all: "All",
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  warning: "Warn",
  error: "Error",
  fatal: "Fatal",
  none: "None"
} as const

/** Reads them all, or fails with all that are wrong. */
export const settings = Effect.gen(function*() {
  const wrong: Array<string> = []
  /** An empty one counts as absent: that is how compose files say it. */
  const read = <A>(name: string, parse: Parse<A>, absent: A) =>
    Effect.map(Config.option(Config.String(`HEADEND_${name}`)), (text) => {
      if (Option.isNone(text) || text.value.trim() === "") return absent
      return Result.getOrElse(parse(text.value.trim()), (reason) => {
        wrong.push(`HEADEND_${name}: ${reason}`)
        return absent
      })
    })
  const address = yield* read("JANUS_URL", (text) => Result.succeed(text), "")
  yield* read("REGISTRY", onlyMemory, "memory")
  yield* read("QUEUE", onlyMemory, "memory")
  const all: Settings = {
    instance: yield* read("INSTANCE", matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "letters and digits"), "default"),
    fakeJanus: address === "fake",
    secretKeys: yield* read("SECRET_KEY", listOf(key), []),
    host: yield* read("HTTP_HOST", matching(/^\S+$/, "an address or a host name"), "127.0.0.1"),
    port: yield* read("HTTP_PORT", number(0, 65_535, true), 8080),
    tokens: yield* read("API_TOKENS", tokens, []),
    embedWorker: yield* read("EMBED_WORKER", oneOf({ true: true, false: false }), true),
    workerId: yield* read("WORKER_ID", matching(/^\S{1,128}$/, "no spaces"), `${hostname()}-${process.pid}`),
    workerCapacity: yield* read("WORKER_CAPACITY", number(0, 1_000_000, false), 100),
    timings: yield* read("FLEET_PROFILE", oneOf({ default: defaultTimings, fast: fastTimings }), defaultTimings),
    iceServers: yield* read("ICE_SERVERS", listOf(iceServer), []),
    inputAllow: yield* read("INPUT_ALLOW", listOf(network), []),
    inputDeny: yield* read("INPUT_DENY", listOf(network), []),
    inputFolder: yield* read("INPUT_FOLDER", matching(/^\//, "an absolute path"), ""),
    logLevel: yield* read("LOG_LEVEL", oneOf<LogLevel.LogLevel>(levels), "Info"),
    logFormat: yield* read("LOG_FORMAT", oneOf({ pretty: "pretty", logfmt: "logfmt", json: "json" }), "logfmt")
  }
  if (
    all.tokens.length === 0 && !isLoopback(all.host) && !wrong.some((line) => line.startsWith("HEADEND_API_TOKENS"))
  ) {
    wrong.push(
      `HEADEND_API_TOKENS: needed to listen on ${all.host} (HEADEND_HTTP_HOST); without tokens only 127.0.0.1 is served`
    )
  }
  return { settings: all, wrong }
})
