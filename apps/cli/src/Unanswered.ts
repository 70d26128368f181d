/**
 * Why there was no answer of headend, in words that say what to do: the HTTP client tells it in the causes of its error.
 */
import { Schema } from "effect"
import { HttpClientError } from "effect/http"
import { codes, CommandFailed } from "./ExitCode.ts"

const noTls = "it speaks no TLS: is it http:// instead?"

const named: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there: is the HTTP app running?",
  ECONNRESET: "it hangs up",
  EHOSTUNREACH: "there is no way to that machine",
  ENETUNREACH: "there is no way to that machine",
  ENOTFOUND: "that name is not known",
  EAI_AGAIN: "that name cannot be looked up now",
  ETIMEDOUT: "it does not answer",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer",
  EPROTO: noTls
}

/** The innermost cause says most. */
const innermost = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "cause" in error && error.cause !== undefined
    ? innermost(error.cause)
    : error

const reasonOf = (error: unknown): string => {
  const isOther = error instanceof HttpClientError.HttpClientError && error.reason._tag !== "TransportError"
  if (isOther || Schema.isSchemaError(error)) {
    return "what answers there is no headend of this version"
  }
  const cause = innermost(error)
  if (typeof cause !== "object" || cause === null) return String(cause)
  const code = "code" in cause ? String(cause.code) : ""
  if (code.startsWith("ERR_SSL")) return noTls
  return named[code] ?? ("message" in cause ? String(cause.message) : code)
}

export const unanswered = (url: string, error: unknown): CommandFailed =>
  new CommandFailed({
    code: codes.unreachable,
    message: `no answer from ${url} (HEADEND_URL, --url): ${reasonOf(error)}`
  })
