// One request and its answer, on the hot path: no span unless somebody traces what it is part of, no fibre, no schema. Janus answers a refusal of a plugin like a
// success, with `error_code` inside; its own refusals come from janode as texts that begin with the code.
import { ServerUnavailable } from "@headend/core/Failure"
import * as Trace from "@headend/core/Trace"
import { Effect } from "effect"
import * as JanusError from "../JanusError.ts"
import type { RawHandle } from "./janode.ts"

/** How a request to Janus fails. */
export type Failure = JanusError.JanusRefused | ServerUnavailable

/** What a plugin answers. */
export interface Answer {
  /** `plugindata.data`. */
  readonly data: unknown
  readonly jsep: unknown
}

interface PluginMessage {
  readonly plugindata?: { readonly data?: Record<string, unknown> }
  readonly jsep?: unknown
}

export const unavailable = (reason: string, cause?: unknown): ServerUnavailable =>
  new ServerUnavailable({ server: "janus", reason, ...(cause === undefined ? {} : { cause }) })

/** The `message` of whatever a promise was rejected with: janode also rejects with events that are no errors. */
export const textOf = (error: unknown): string => {
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : error
  return String(message) === "" ? "no reason given" : String(message)
}

const refusal = /^(\d{3}) ([\s\S]*)$/
const timedOut = "Transaction timed out!"

const failed = (name: string, timeoutMs: number, error: unknown): Failure => {
  const text = textOf(error)
  if (text === timedOut) return unavailable(`no answer to ${name} within ${timeoutMs} ms`)
  const [, code, reason] = refusal.exec(text) ?? []
  if (code === undefined || reason === undefined) return unavailable(text, error)
  return new JanusError.JanusRefused({ source: "core", request: name, code: Number(code), reason })
}

/** Core refusals after which the session or handle is of no use any more. */
const isGone = (error: Failure) =>
  error._tag === "JanusRefused" && error.source === "core" &&
  (error.code === JanusError.core.noSuchSession || error.code === JanusError.core.noSuchHandle)

export interface Exchange {
  readonly handle: RawHandle
  readonly source: JanusError.Source
  readonly timeoutMs: number
  /** Called when Janus does not know the session or the handle. */
  readonly onGone: (reason: string) => void
}

/** Sends a plugin request; done with the plugin's answer. Not taken back when interrupted: it may be executed. */
export const exchange = (
  on: Exchange,
  body: Readonly<Record<string, unknown>>,
  jsep?: unknown
): Effect.Effect<Answer, Failure> =>
  Trace.within(send(on, body, jsep), `Janus.${String(body["request"])}`, { plugin: on.source })

const send = (
  on: Exchange,
  body: Readonly<Record<string, unknown>>,
  jsep: unknown
): Effect.Effect<Answer, Failure> =>
  Effect.callback((resume) => {
    const name = String(body["request"])
    on.handle.send(jsep === undefined ? { janus: "message", body } : { janus: "message", body, jsep }, on.timeoutMs)
      .then(
        (message) => {
          const { jsep, plugindata } = message as PluginMessage
          const data = plugindata?.data
          const code = data?.["error_code"]
          resume(
            typeof code === "number"
              ? Effect.fail(
                new JanusError.JanusRefused({
                  source: on.source,
                  request: name,
                  code,
                  reason: String(data?.["error"]).trim()
                })
              )
              : Effect.succeed({ data, jsep })
          )
        },
        (error) => {
          const failure = failed(name, on.timeoutMs, error)
          if (isGone(failure)) {
            on.onGone(failure.message)
            resume(Effect.fail(unavailable(failure.message)))
          } else resume(Effect.fail(failure))
        }
      )
  })
