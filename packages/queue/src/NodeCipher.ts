/**
 * AES-256-GCM of Node for the keyring: it seals and opens where it is called, which a queue of many jobs feels.
 */
import { Cipher } from "@headend/core/Keyring"
import { Layer, Result } from "effect"
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomFillSync } from "node:crypto"

const name = "aes-256-gcm"
const nonceBytes = 12
const tagBytes = 16

/** As Node wants them: made once for each key. */
const keys = new WeakMap<Uint8Array, KeyObject>()
const keyOf = (bytes: Uint8Array): KeyObject => {
  const known = keys.get(bytes) ?? createSecretKey(bytes)
  keys.set(bytes, known)
  return known
}

/** Random bytes for many nonces at once; each is used once. */
const pool = Buffer.alloc(nonceBytes * 512)
let used = pool.length
const nonceOf = (): Buffer => {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += nonceBytes
  return pool.subarray(used - nonceBytes, used)
}

const node: Cipher = {
  seal: (key, plain) => {
    const nonce = nonceOf()
    const cipher = createCipheriv(name, keyOf(key), nonce)
    const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()])
    return { nonce: nonce.toString("base64url"), body: body.toString("base64url") }
  },
  open: (key, { body, nonce }) => {
    const sealed = Buffer.from(body, "base64url")
    if (sealed.length < tagBytes) return undefined
    const opened = Result.try(() => {
      const cipher = createDecipheriv(name, keyOf(key), Buffer.from(nonce, "base64url"), { authTagLength: tagBytes })
      cipher.setAuthTag(sealed.subarray(-tagBytes))
      return cipher.update(sealed.subarray(0, -tagBytes), undefined, "utf8") + cipher.final("utf8")
    })
    return Result.isSuccess(opened) ? opened.success : undefined
  }
}

/** To be provided to the layer of a keyring. */
export const layer: Layer.Layer<never> = Layer.succeed(Cipher, node)
