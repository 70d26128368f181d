/**
 * What the keyring signs and encrypts with in an app: Node's own, where it is called, with keys that are made once. Of bytes
 * Node makes a key anew for each signature, which takes five times as long as the signature.
 */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeCipher from "@headend/queue/NodeCipher"
import { Layer } from "effect"
import { Mac } from "effect/crypto"
import { createHmac, createSecretKey, type KeyObject } from "node:crypto"

const prepared = new WeakMap<Uint8Array, KeyObject>()
const prepare = (bytes: Uint8Array): KeyObject => {
  const key = createSecretKey(bytes)
  prepared.set(bytes, key)
  return key
}

/** Node's names have no dash: `SHA-256` is `sha256`. */
const hmac = (hash: string, key: Uint8Array, data: Uint8Array): Uint8Array =>
  createHmac(hash.replace("-", ""), prepared.get(key) ?? prepare(key)).update(data).digest()

export const layer = Layer.mergeAll(
  NodeCrypto.layerSecureRandom,
  NodeCrypto.layerAead,
  Layer.provide(Mac.layerWebCryptoWith({ hmac }), NodeCrypto.layerSecureRandom),
  NodeCipher.layer
)
