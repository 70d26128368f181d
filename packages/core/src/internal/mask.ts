/**
 * Masks secrets: wherever the decoded value is `Redacted`, the encoded one is replaced. It needs no list of fields, so a
 * source kind from outside is masked as well. A reference is no secret, and stays.
 */
import { Redacted } from "effect"
import { SecretReference } from "../Secret.ts"

export const masked = "***"

/** The encoded value, with what is secret in the decoded one masked. */
export const mask = (decoded: unknown, encoded: unknown): unknown => {
  if (Redacted.isRedacted(decoded)) return masked
  if (decoded instanceof SecretReference) return encoded
  if (Array.isArray(decoded) && Array.isArray(encoded)) return encoded.map((one, i) => mask(decoded[i], one))
  if (isRecord(decoded) && isRecord(encoded)) {
    return Object.fromEntries(Object.entries(encoded).map(([key, one]) => [key, mask(decoded[key], one)]))
  }
  return encoded
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
