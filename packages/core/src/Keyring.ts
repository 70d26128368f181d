/**
 * The keys of an installation: what derives the secrets of mountpoints and rooms, seals what is stored, and tells two
 * specifications apart without keeping them. The newest key makes new things; older ones still open and derive.
 */
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { Aead, Mac, SecureRandom } from "effect/crypto"
import { Base64, Base64Url, Hex } from "effect/encoding"
import * as Utf8 from "./internal/utf8.ts"

export class Keyring extends Context.Service<Keyring, {
  /** Name of the newest key: the first 8 hex digits of an HMAC of a fixed text. Says nothing about the key. */
  readonly keyId: string
  /** A secret of 32 characters from the given parts, by HMAC-SHA-256 with the named key. */
  readonly derive: (
    keyId: string,
    parts: ReadonlyArray<string | number>
  ) => Effect.Effect<Redacted.Redacted, KeyMissing>
  /** Encrypts with the newest key (AES-256-GCM). */
  readonly seal: (plain: Redacted.Redacted) => Effect.Effect<string>
  /** Decrypts what any of the keys sealed. */
  readonly open: (sealed: string) => Effect.Effect<Redacted.Redacted, KeyMissing>
  /**
   * The same in bytes, and with the text in clear as it is, for whoever shows it to nobody: base64 and wrappers cost a queue
   * of many jobs more than the cipher.
   */
  readonly sealBytes: (plain: string) => Effect.Effect<Uint8Array>
  readonly openBytes: (sealed: Uint8Array) => Effect.Effect<string, KeyMissing>
  /** HMAC-SHA-256 with each of the keys, the newest first, as 32 hex digits: what an older key told of it is known again. */
  readonly fingerprints: (text: string) => Effect.Effect<readonly [string, ...Array<string>]>
}>()("@headend/core/Keyring") {}

/** What was sealed or derived with a key that is not configured (any more), or was tampered with. */
export class KeyMissing extends Schema.TaggedError<KeyMissing>()("KeyMissing", { keyId: Schema.String }) {
  override get message() {
    return `no configured key opens what key ${this.keyId} made: add the old key after the new one`
  }
}

/**
 * AES-256-GCM of the runtime without a hop to another thread, which costs more than the cipher. Sealed texts are in base64url:
 * a nonce of 12 bytes, and what was encrypted with its tag of 16 at the end.
 */
export interface Cipher {
  readonly seal: (key: Uint8Array, plain: string) => Sealed
  /** Nothing, of what was tampered with. */
  readonly open: (key: Uint8Array, sealed: Sealed) => string | undefined
  /** The same in bytes: `head` as it is, the nonce, what was encrypted, the tag. */
  readonly sealBytes: (key: Uint8Array, plain: string, head: Uint8Array) => Uint8Array
  /** Of such bytes, without their head. */
  readonly openBytes: (key: Uint8Array, sealed: Uint8Array) => string | undefined
}

/** Encrypted and authenticated (AES-256-GCM), both parts in base64url. */
export interface Sealed {
  readonly nonce: string
  readonly body: string
}

/** That of Web Crypto unless a runtime has its own. It is the same cipher: what one sealed, the other opens. */
export const Cipher = Context.Reference<Cipher | undefined>("@headend/core/Keyring/Cipher", {
  defaultValue: () => undefined
})

const nonceBytes = 12

/** Sealed bytes begin with this, then the four bytes of the key's name. No text begins so. */
const bytesVersion = 1
const headBytes = 5

interface Entry {
  readonly hmac: Mac.Key
  readonly aes: Aead.Key
  readonly bytes: Uint8Array
  /** What bytes that it sealed begin with. */
  readonly head: Uint8Array
}

/** The name of the key in a head, as a number. */
const named = (head: Uint8Array): number =>
  ((head[1] ?? 0) << 24 | (head[2] ?? 0) << 16 | (head[3] ?? 0) << 8 | (head[4] ?? 0)) >>> 0

const hexOf = (head: Uint8Array): string => Hex.encode(head.subarray(1, headBytes))

const joined = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const make = Effect.fnUntraced(function*(keys: readonly [Uint8Array, ...Array<Uint8Array>]) {
  const mac = yield* Mac.Mac
  const aead = yield* Aead.Aead
  const random = yield* SecureRandom.SecureRandom
  const cipher = yield* Cipher
  const ring = new Map<string, Entry>()
  const sign = (key: Mac.Key, text: string) => Effect.orDie(mac.sign(key, Utf8.encode(text)))
  for (const bytes of keys) {
    const root = yield* Effect.orDie(Mac.key(Mac.hmacSha256, bytes))
    const name = (yield* sign(root, "headend key id")).subarray(0, 4)
    const id = Hex.encode(name)
    const sealing = yield* sign(root, "headend seal")
    ring.set(id, {
      hmac: yield* Effect.orDie(Mac.key(Mac.hmacSha256, yield* sign(root, "headend derive"))),
      aes: yield* Effect.orDie(Aead.key(Aead.aes256Gcm, sealing)),
      bytes: sealing,
      head: joined(new Uint8Array([bytesVersion]), name)
    })
  }
  const byName = new Map([...ring.values()].map((one) => [named(one.head), one]))
  const [[keyId, newest], ...rest] = [...ring] as [[string, Entry], ...Array<[string, Entry]>] // one key at least
  const older = rest.map(([, one]) => one)
  const encrypt = Effect.fnUntraced(function*(plain: string) {
    const nonce = yield* random.randomBytes(nonceBytes)
    return { nonce, body: yield* Effect.orDie(aead.encrypt(newest.aes, Utf8.encode(plain), { nonce })) }
  })
  const decrypt = (key: Entry, nonce: Uint8Array, body: Uint8Array) =>
    Effect.map(aead.decrypt(key.aes, body, { nonce }), Utf8.decode)
  const sealSlowly = (plain: string) =>
    Effect.map(
      encrypt(plain),
      ({ body, nonce }) => `v1.${keyId}.${Base64Url.encode(nonce)}.${Base64Url.encode(body)}`
    )
  const openSlowly = Effect.fnUntraced(function*(key: Entry, sealed: Sealed) {
    const body = yield* Effect.fromResult(Base64Url.decode(sealed.body))
    return yield* decrypt(key, yield* Effect.fromResult(Base64Url.decode(sealed.nonce)), body)
  })
  return Keyring.of({
    keyId,
    derive: Effect.fnUntraced(function*(keyId, parts) {
      const key = ring.get(keyId)
      if (key === undefined) return yield* new KeyMissing({ keyId })
      const signed = yield* sign(key.hmac, parts.map((part) => `${String(part).length}:${part}`).join(","))
      return Redacted.make(Base64Url.encode(signed.subarray(0, 24)))
    }),
    seal: (plain) =>
      cipher === undefined ? sealSlowly(Redacted.value(plain)) : Effect.sync(() => {
        const { body, nonce } = cipher.seal(newest.bytes, Redacted.value(plain))
        return `v1.${keyId}.${nonce}.${body}`
      }),
    open: (text) =>
      Effect.suspend(() => {
        const [version, keyId = "none", nonce = "", body = ""] = text.split(".")
        const key = version === "v1" ? ring.get(keyId) : undefined
        if (key === undefined) return Effect.fail(new KeyMissing({ keyId }))
        const sealed = { nonce, body }
        if (cipher === undefined) {
          return Effect.mapBoth(openSlowly(key, sealed), {
            onFailure: () => new KeyMissing({ keyId }),
            onSuccess: (plain) => Redacted.make(plain)
          })
        }
        const plain = cipher.open(key.bytes, sealed)
        return plain === undefined ? Effect.fail(new KeyMissing({ keyId })) : Effect.succeed(Redacted.make(plain))
      }),
    sealBytes: (plain) =>
      cipher === undefined
        ? Effect.map(encrypt(plain), ({ body, nonce }) => joined(newest.head, nonce, body))
        : Effect.sync(() => cipher.sealBytes(newest.bytes, plain, newest.head)),
    openBytes: (bytes) => {
      const key = bytes[0] === bytesVersion ? byName.get(named(bytes)) : undefined
      const missing = () => new KeyMissing({ keyId: bytes[0] === bytesVersion ? hexOf(bytes) : "none" })
      if (key === undefined) return Effect.suspend(() => Effect.fail(missing()))
      const sealed = bytes.subarray(headBytes)
      if (cipher === undefined) {
        return Effect.mapError(decrypt(key, sealed.subarray(0, nonceBytes), sealed.subarray(nonceBytes)), missing)
      }
      const plain = cipher.openBytes(key.bytes, sealed)
      return plain === undefined ? Effect.suspend(() => Effect.fail(missing())) : Effect.succeed(plain)
    },
    fingerprints: (text) => {
      const print = ({ hmac }: typeof newest) =>
        Effect.map(sign(hmac, text), (signed) => Hex.encode(signed).slice(0, 32))
      return Effect.flatMap(print(newest), (first) =>
        older.length === 0
          ? Effect.succeed([first] as const)
          : Effect.map(Effect.forEach(older, print), (rest) => [first, ...rest] as const))
    }
  })
})

type Crypto = Mac.Mac | Aead.Aead | SecureRandom.SecureRandom

const webCrypto: Layer.Layer<Crypto> = Layer.mergeAll(Mac.layerWebCrypto, Aead.layerWebCrypto).pipe(
  Layer.provideMerge(SecureRandom.layerWebCrypto)
)

/** A key is 32 bytes in base64. */
export const Key = Schema.RedactedFromValue(
  Schema.String.check(Schema.isPattern(/^[A-Za-z0-9+/]{43}=$/, { message: "expected base64 of 32 bytes" }))
)

type Keys = readonly [Redacted.Redacted, ...Array<Redacted.Redacted>]

/**
 * With these keys, newest first, each base64 of 32 bytes, on whatever cryptography there is. That of Node
 * (`NodeCrypto.layer`) signs without a hop to another thread, which a start feels.
 */
export const layerWith = (keys: Keys): Layer.Layer<Keyring, never, Crypto> =>
  Layer.effect(
    Keyring,
    Effect.suspend(() => {
      const bytes = (key: Redacted.Redacted) => Effect.orDie(Effect.fromResult(Base64.decode(Redacted.value(key))))
      const [first, ...rest] = keys
      return Effect.flatMap(
        bytes(first),
        (newest) => Effect.flatMap(Effect.forEach(rest, bytes), (older) => make([newest, ...older]))
      )
    })
  )

/** With these keys, on Web Crypto, which every runtime has. */
export const layer = (keys: Keys): Layer.Layer<Keyring> => Layer.provide(layerWith(keys), webCrypto)

/** With a random key, for a library or a test: after a restart nothing made with it can be opened. */
export const layerRandomWith: Layer.Layer<Keyring, never, Crypto> = Layer.effect(
  Keyring,
  Effect.flatMap(
    Effect.flatMap(SecureRandom.SecureRandom, (random) => random.randomBytes(32)),
    (bytes) => make([bytes])
  )
)

/** The same on Web Crypto. */
export const layerRandom: Layer.Layer<Keyring> = Layer.provide(layerRandomWith, webCrypto)
