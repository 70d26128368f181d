/**
 * Takes secrets out of what programs say: they print whole addresses, with users, passwords and stream keys.
 */
import { Redacted } from "effect"

/** A text without what nobody may read. */
export type Redact = (text: string) => string

const masked = "***"

/** Users and passwords of any address, and query strings, which often hold tokens. */
const general: Redact = (text) =>
  text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]+@/gi, `$1${masked}@`)
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s?'"]+)\?[^\s'"]*/gi, `$1?${masked}`)

const encoded = (secret: string): ReadonlyArray<string> => [...new Set([secret, encodeURIComponent(secret)])]

/** Replaces these secrets wherever they stand, as they are and percent-encoded, and what looks like one in addresses. */
export const make = (secrets: ReadonlyArray<Redacted.Redacted | string>): Redact => {
  const plain = secrets
    .map((secret) => (typeof secret === "string" ? secret : Redacted.value(secret)))
    .filter((secret) => secret.length > 1)
    .flatMap(encoded)
    .toSorted((a, b) => b.length - a.length)
  return (text) => general(plain.reduce((all, secret) => all.replaceAll(secret, masked), text))
}

/** What is secret in an address: user, password, query; in an RTMP address the stream key, its last part. */
export const secretsOf = (url: string, hasKey: boolean): ReadonlyArray<string> => {
  const [, credentials = "", path = "", query = ""] =
    /^[a-z0-9+.-]+:\/\/(?:([^/@?#]*)@)?[^/?#]*([^?#]*)(?:\?(.*))?$/i.exec(url) ?? []
  const key = hasKey ? path.split("/").at(-1) ?? "" : ""
  const password = credentials.split(":").slice(1).join(":")
  // a short value is no secret, and would be found in every other word
  const values = query.split("&").map((pair) => pair.split("=").slice(1).join("=")).filter((value) => value.length > 3)
  return [credentials, password, decode(password), query, key, ...values].filter((one) => one !== "")
}

const decode = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
