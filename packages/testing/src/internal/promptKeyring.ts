/**
 * A keyring whose work is done where it is asked for: what waits for another thread waits in real time, while a test
 * moves the clock. Its cryptography is real, so that what should be secret can be searched for.
 */
import { KeyMissing, Keyring } from "@headend/core/Keyring"
import { Effect, Layer, Redacted, Result } from "effect"
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto"

const cipher = "aes-256-gcm"
const nonceBytes = 12
const tagBytes = 16

/** With a random key for each world. */
export const layer: Layer.Layer<Keyring> = Layer.sync(Keyring, () => {
  const key = randomBytes(32)
  const sign = (text: string) => createHmac("sha256", key).update(text).digest()
  const keyId = sign("key id").toString("hex").slice(0, 8)

  const seal = (plain: string) => {
    const nonce = randomBytes(nonceBytes)
    const sealing = createCipheriv(cipher, key, nonce)
    const body = Buffer.concat([sealing.update(plain, "utf8"), sealing.final(), sealing.getAuthTag()])
    return `v1.${keyId}.${nonce.toString("base64url")}.${body.toString("base64url")}`
  }

  const open = (sealed: string) =>
    Result.try(() => {
      const [, , nonce = "", text = ""] = sealed.split(".")
      const body = Buffer.from(text, "base64url")
      const opening = createDecipheriv(cipher, key, Buffer.from(nonce, "base64url"), { authTagLength: tagBytes })
      opening.setAuthTag(body.subarray(-tagBytes))
      return opening.update(body.subarray(0, -tagBytes), undefined, "utf8") + opening.final("utf8")
    })

  return Keyring.of({
    keyId,
    derive: (id, parts) =>
      Effect.suspend(() =>
        id === keyId
          ? Effect.succeed(Redacted.make(sign(JSON.stringify(parts)).toString("base64url").slice(0, 32)))
          : Effect.fail(new KeyMissing({ keyId: id }))
      ),
    seal: (plain) => Effect.sync(() => seal(Redacted.value(plain))),
    open: (sealed) =>
      Effect.suspend(() =>
        Result.match(open(sealed), {
          onSuccess: (plain) => Effect.succeed(Redacted.make(plain)),
          onFailure: () => Effect.fail(new KeyMissing({ keyId: sealed.split(".")[1] ?? "none" }))
        })
      ),
    sealBytes: (plain) => Effect.sync(() => Buffer.concat([Buffer.of(1), Buffer.from(seal(plain))])),
    openBytes: (sealed) =>
      Effect.suspend(() =>
        Result.match(open(Buffer.from(sealed.subarray(1)).toString()), {
          onSuccess: Effect.succeed,
          onFailure: () => Effect.fail(new KeyMissing({ keyId: "none" }))
        })
      ),
    fingerprints: (text) => Effect.sync((): readonly [string] => [sign(text).toString("hex").slice(0, 32)])
  })
})
