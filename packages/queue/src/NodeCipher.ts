/**
 * AES-256-GCM of Node for the keyring: it seals and opens where it is called, which a queue of many jobs feels.
 */
import { Cipher } from "@headend/core/Keyring"
import { Layer, Result } from "effect"
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto"

const name = "aes-256-gcm"
const tagBytes = 16

/** As Node wants them: made once for each key. */
const keys = new WeakMap<Uint8Array, KeyObject>()
const keyOf = (bytes: Uint8Array): KeyObject => {
  const known = keys.get(bytes) ?? createSecretKey(bytes)
  keys.set(bytes, known)
  return known
}

const node: Cipher = {
  seal: (key, nonce, plain) => {
    const cipher = createCipheriv(name, keyOf(key), nonce)
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  },
  open: (key, nonce, sealed) => {
    if (sealed.length < tagBytes) return undefined
    const opened = Result.try(() => {
      const cipher = createDecipheriv(name, keyOf(key), nonce, { authTagLength: tagBytes })
      cipher.setAuthTag(sealed.subarray(-tagBytes))
      return Buffer.concat([cipher.update(sealed.subarray(0, -tagBytes)), cipher.final()])
    })
    return Result.isSuccess(opened) ? opened.success : undefined
  }
}

/** To be provided to the layer of a keyring. */
export const layer: Layer.Layer<never> = Layer.succeed(Cipher, node)
