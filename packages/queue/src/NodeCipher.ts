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

const options = { authTagLength: tagBytes } as const

const sealBytes = (key: Uint8Array, plain: string, head: Uint8Array): Buffer => {
  const nonce = nonceOf()
  const cipher = createCipheriv(name, keyOf(key), nonce, options)
  const encrypted = cipher.update(Buffer.from(plain))
  cipher.final() // nothing is left over in this mode
  const at = head.length + nonceBytes
  const sealed = Buffer.allocUnsafe(at + encrypted.length + tagBytes)
  sealed.set(head)
  sealed.set(nonce, head.length)
  sealed.set(encrypted, at)
  sealed.set(cipher.getAuthTag(), at + encrypted.length)
  return sealed
}

const openBytes = (key: Uint8Array, sealed: Uint8Array): string | undefined => {
  const end = sealed.length - tagBytes
  if (end < nonceBytes) return undefined
  const opened = Result.try(() => {
    const cipher = createDecipheriv(name, keyOf(key), sealed.subarray(0, nonceBytes), options)
    cipher.setAuthTag(sealed.subarray(end))
    const plain = cipher.update(sealed.subarray(nonceBytes, end))
    cipher.final() // throws when it was tampered with
    return plain.toString("utf8")
  })
  return Result.isSuccess(opened) ? opened.success : undefined
}

const none = Buffer.alloc(0)

const node: Cipher = {
  sealBytes,
  openBytes,
  seal: (key, plain) => {
    const sealed = sealBytes(key, plain, none)
    return { nonce: sealed.toString("base64url", 0, nonceBytes), body: sealed.toString("base64url", nonceBytes) }
  },
  open: (key, { body, nonce }) =>
    openBytes(key, Buffer.concat([Buffer.from(nonce, "base64url"), Buffer.from(body, "base64url")]))
}

/** To be provided to the layer of a keyring. */
export const layer: Layer.Layer<never> = Layer.succeed(Cipher, node)
