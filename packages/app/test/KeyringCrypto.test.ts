import { assert, describe, it } from "@effect/vitest"
import { Keyring, layer as layerWebCrypto, layerWith } from "@headend/core/Keyring"
import { Effect, Layer, Redacted } from "effect"
import * as KeyringCrypto from "../src/KeyringCrypto.ts"

const keys = [
  Redacted.make(Buffer.alloc(32, "b").toString("base64")),
  Redacted.make(Buffer.alloc(32, "a").toString("base64"))
] as const

const signed = Effect.gen(function*() {
  const keyring = yield* Keyring
  const first = yield* keyring.derive(keyring.keyId, ["mountpoint", "default", "lobby", 1])
  const again = yield* keyring.derive(keyring.keyId, ["mountpoint", "default", "lobby", 1])
  const other = yield* keyring.derive(keyring.keyId, ["mountpoint", "default", "lobby", 2])
  return {
    keyId: keyring.keyId,
    secrets: [first, again, other].map(Redacted.value),
    fingerprints: yield* keyring.fingerprints("a specification")
  }
})

describe("what the keyring of an app signs with", () => {
  it.effect("signs as Web Crypto does, with each of the keys, and the same again", () =>
    Effect.gen(function*() {
      const here = yield* Effect.provide(signed, Layer.provide(layerWith(keys), KeyringCrypto.layer))
      const elsewhere = yield* Effect.provide(signed, layerWebCrypto(keys))
      assert.deepStrictEqual(here, elsewhere)
      assert.lengthOf(here.fingerprints, 2)
      assert.strictEqual(here.secrets[0], here.secrets[1])
      assert.notStrictEqual(here.secrets[0], here.secrets[2])
    }))
})
