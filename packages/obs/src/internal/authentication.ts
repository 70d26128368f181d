// The proof that we know the password, without saying it.
import { Redacted } from "effect"
import { createHash } from "node:crypto"

const hash = (text: string) => createHash("sha256").update(text).digest("base64")

/** base64(sha256(base64(sha256(password + salt)) + challenge)). */
export const authentication = (
  password: Redacted.Redacted,
  { challenge, salt }: { readonly challenge: string; readonly salt: string }
): string => hash(hash(Redacted.value(password) + salt) + challenge)
